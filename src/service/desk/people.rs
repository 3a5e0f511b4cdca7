//! Who works at the desk: presence, names, capacity, skill groups; and how the desk works.

use super::{Desk, DeskRefused};
use crate::desk::hours::Hours;
use crate::live::desk_hub::DeskEvent;
use crate::model::customer::Staff;
use crate::model::desk::{AgentCard, DeskSettings, HandoverRule, Named, Presence};
use crate::model::id::{ConversationId, StaffId};
use crate::model::knowledge::Intent;
use crate::store::desk::{agent, plan};
use crate::store::staff;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest name of an agent, a group or a rule, in characters.
const NAME: usize = 20;

/// Most open conversations that an agent can have.
const CAPACITY: i64 = 50;

/// Longest head start of a rule, in seconds: that of the queue itself.
const HEAD_START: u32 = 1_800;

/// Something that shoppers want, to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IntentChoice {
    /// Its name, which rules keep.
    pub name: String,
    /// Its title in Chinese.
    pub title: String,
}

fn name(text: &str) -> Result<String, DeskRefused> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= NAME;
    fits.then(|| text.to_owned()).ok_or_else(|| DeskRefused::Invalid(format!("名称要有 1 到 {NAME} 个字")))
}

impl Desk {
    /// Somebody at the desk.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn agent(&self, id: StaffId) -> Result<AgentCard, DeskRefused> {
        self.agents().await?.into_iter().find(|agent| agent.id == id.0).ok_or(DeskRefused::NotFound)
    }

    /// Somebody has opened or closed a session, or been heard.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails.
    pub async fn came_or_went(&self, staff: &Staff) -> Result<(), DeskRefused> {
        let away = staff.role != crate::model::customer::Role::Agent;
        agent::seen(&self.db, &[staff.id], away, self.clock.now()).await?;
        self.show_agent(staff.id).await?;
        self.look();
        Ok(())
    }

    /// Takes new conversations, or does not.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn set_presence(&self, staff: &Staff, presence: Presence) -> Result<(), DeskRefused> {
        if presence == Presence::Offline {
            return Err(DeskRefused::Invalid("离线由服务器判断，请关闭页面或退出登录".to_owned()));
        }
        agent::set_away(&self.db, staff.id, presence == Presence::Away, self.clock.now()).await?;
        self.show_agent(staff.id).await?;
        self.look();
        Ok(())
    }

    /// Asks for a look at the queue.
    fn look(&self) {
        self.hub.attend(DeskEvent::Queue(ConversationId::default()));
    }

    /// Changes how somebody works.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn set_agent(
        &self,
        by: &Staff,
        id: StaffId,
        display_name: &str,
        capacity: Option<i64>,
        groups: &[Uuid],
    ) -> Result<AgentCard, DeskRefused> {
        let former = self.agent(id).await?;
        if capacity.is_some_and(|capacity| !(0..=CAPACITY).contains(&capacity)) {
            return Err(DeskRefused::Invalid(format!("同时接待数应在 0 到 {CAPACITY} 之间")));
        }
        let known = agent::groups(&self.db).await?;
        if groups.iter().any(|group| known.iter().all(|known| known.id != *group)) {
            return Err(DeskRefused::Invalid("没有这个技能组".to_owned()));
        }
        let display_name = name(display_name)?;
        agent::put(&self.db, id, &display_name, capacity, groups).await?;
        let former_groups: Vec<Uuid> = former.groups.iter().map(|group| group.id).collect();
        let detail = serde_json::json!({
            "before": { "display_name": former.display_name, "capacity": former.capacity, "groups": former_groups },
            "after": { "display_name": display_name, "capacity": capacity, "groups": groups },
        });
        staff::audit(&self.db, &by.name, "desk_agent_put", &id.to_string(), &detail, self.clock.now()).await?;
        self.show_agent(id).await?;
        self.look();
        // What they view may be another group's now.
        for conversation in self.hub.viewed_by(id) {
            self.hub.attend(DeskEvent::Queue(conversation));
        }
        self.agent(id).await
    }

    /// All skill groups, by name.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails.
    pub async fn groups(&self) -> Result<Vec<Named>, DeskRefused> {
        Ok(agent::groups(&self.db).await?)
    }

    /// Adds a skill group, or with an id gives it another name.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn put_group(&self, by: &Staff, id: Option<Uuid>, group: &str) -> Result<Named, DeskRefused> {
        let former = match id {
            Some(id) => Some(self.group(id).await?),
            None => None,
        };
        let (group, now) = (Named { id: id.unwrap_or_else(Uuid::now_v7), name: name(group)? }, self.clock.now());
        if !agent::put_group(&self.db, &group, now).await? {
            return Err(DeskRefused::Invalid("已经有同名的技能组".to_owned()));
        }
        let detail = serde_json::json!({ "before": former, "after": group });
        staff::audit(&self.db, &by.name, "desk_group_put", &group.name, &detail, now).await?;
        Ok(group)
    }

    async fn group(&self, id: Uuid) -> Result<Named, DeskRefused> {
        agent::groups(&self.db).await?.into_iter().find(|known| known.id == id).ok_or(DeskRefused::NotFound)
    }

    /// Removes a skill group. Rules that named it send to anybody from then on.
    ///
    /// # Errors
    /// [`DeskRefused::NotFound`] where there is none.
    pub async fn remove_group(&self, by: &Staff, id: Uuid) -> Result<(), DeskRefused> {
        let former = self.group(id).await?;
        if !agent::remove_group(&self.db, id).await? {
            return Err(DeskRefused::NotFound);
        }
        let detail = serde_json::json!({ "before": former, "after": null });
        staff::audit(&self.db, &by.name, "desk_group_removed", &former.name, &detail, self.clock.now()).await?;
        self.plans.changed(&self.db).await?;
        self.look();
        Ok(())
    }

    /// What shoppers can be understood to want: what rules choose from, in the order of the knowledge.
    pub fn intents(&self) -> Vec<IntentChoice> {
        let assistant = self.chat.published.assistant();
        let choice = |intent: &Intent| IntentChoice { name: intent.name.clone(), title: intent.title.clone() };
        assistant.knowledge.content.intents.iter().map(choice).collect()
    }

    /// How the desk works.
    pub fn plan(&self) -> std::sync::Arc<super::plan::Plan> {
        self.plans.current()
    }

    /// Puts settings in force.
    ///
    /// # Errors
    /// [`DeskRefused::Invalid`] where they make no sense.
    pub async fn set_settings(&self, by: &Staff, settings: &DeskSettings) -> Result<(), DeskRefused> {
        Hours::read(&settings.hours).map_err(DeskRefused::Invalid)?;
        let invalid = |text: &str| Err(DeskRefused::Invalid(text.to_owned()));
        if !(1..=CAPACITY).contains(&settings.capacity) {
            return invalid("默认同时接待数应在 1 到 50 之间");
        }
        if settings.first_answer_s == 0 || settings.resolution_s == 0 {
            return invalid("时限目标要大于 0");
        }
        if settings.resolutions.is_empty() || settings.score_sheet.is_empty() {
            return invalid("至少要有一个办结原因和一个评分项");
        }
        let before = plan::settings(&self.db).await?;
        plan::put_settings(&self.db, settings, self.clock.now()).await?;
        let detail = serde_json::json!({ "before": before, "after": settings });
        staff::audit(&self.db, &by.name, "desk_settings_put", "desk", &detail, self.clock.now()).await?;
        self.plans.changed(&self.db).await?;
        self.look();
        Ok(())
    }

    /// Adds a rule, or with an id changes one.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn put_rule(
        &self,
        by: &Staff,
        id: Option<Uuid>,
        mut rule: HandoverRule,
    ) -> Result<HandoverRule, DeskRefused> {
        if let Some(id) = id
            && !plan::rules(&self.db).await?.iter().any(|known| known.id == id)
        {
            return Err(DeskRefused::NotFound);
        }
        rule.name = name(&rule.name)?;
        let assistant = self.chat.published.assistant();
        let intents = &assistant.knowledge.content.intents;
        if let Some(unknown) = rule.intents.iter().find(|name| intents.iter().all(|intent| intent.name != **name)) {
            return Err(DeskRefused::Invalid(format!("没有“{unknown}”这个意图")));
        }
        if rule.head_start_s > HEAD_START || rule.min_order_value.is_some_and(|value| value.0 < 0) {
            return Err(DeskRefused::Invalid("提前量应在 0 到 1800 秒之间，金额不能为负".to_owned()));
        }
        if let Some(group) = rule.group
            && !agent::groups(&self.db).await?.iter().any(|known| known.id == group)
        {
            return Err(DeskRefused::Invalid("没有这个技能组".to_owned()));
        }
        rule.id = id.unwrap_or_else(Uuid::now_v7);
        let before = plan::rules(&self.db).await?.into_iter().find(|known| known.id == rule.id);
        plan::put_rule(&self.db, &rule, self.clock.now()).await?;
        let detail = serde_json::json!({ "before": before, "after": rule });
        staff::audit(&self.db, &by.name, "desk_rule_put", &rule.id.to_string(), &detail, self.clock.now()).await?;
        self.plans.changed(&self.db).await?;
        Ok(rule)
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// [`DeskRefused::NotFound`] where there is none.
    pub async fn remove_rule(&self, by: &Staff, id: Uuid) -> Result<(), DeskRefused> {
        let before = plan::rules(&self.db).await?.into_iter().find(|known| known.id == id);
        if !plan::remove_rule(&self.db, id).await? {
            return Err(DeskRefused::NotFound);
        }
        let detail = serde_json::json!({ "before": before, "after": null });
        staff::audit(&self.db, &by.name, "desk_rule_removed", &id.to_string(), &detail, self.clock.now()).await?;
        self.plans.changed(&self.db).await?;
        Ok(())
    }
}
