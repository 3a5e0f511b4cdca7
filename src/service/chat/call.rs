//! A shopper needs a person: the case that begins with the reply, or the ticket where nobody is there at this hour.

use super::{Chat, Visitor};
use crate::clock::Timestamp;
use crate::desk::hours_in_words;
use crate::desk::priority::{self, Pressing};
use crate::desk::rules;
use crate::dialogue::{Assistant, Effect, Turn};
use crate::model::chat::{Body, HandoverReason, Notice};
use crate::model::id::CaseId;
use crate::service::desk::plan::{self, Plan};
use crate::store::StoreError;
use crate::store::desk::case;
use crate::store::journal::NewCase;
use std::time::Duration;
use uuid::Uuid;

/// How long an agent stays known to a shopper.
const KNOWN_FOR: Duration = Duration::from_hours(30 * 24);

/// Why a turn calls a person, if it does.
pub(super) fn reason(turn: &Turn) -> Option<HandoverReason> {
    turn.effects.iter().find_map(|effect| match effect {
        Effect::CallPerson { reason } => Some(*reason),
        _ => None,
    })
}

/// The reply to somebody who asks for a person when none is there: the hours are those of the desk.
pub(super) fn ticket_reply(plan: &Plan, now: Timestamp) -> Body {
    let hours = hours_in_words::week(&plan.settings.hours);
    let back = hours_in_words::back_at(&plan.hours, now);
    let promise = back.map_or_else(|| "客服上班后".to_owned(), |back| format!("客服{back}上班，之后"));
    let text = format!(
        "现在不在人工服务时间（{hours}），您的问题已经记成工单。{promise}会在这里回复您，不用守着窗口；这期间您也可以继续问我。"
    );
    Body { notice: Some(Notice::TicketOpened), ..Body::text(text) }
}

impl Chat {
    /// The case that a turn begins.
    pub(super) async fn new_case(
        &self,
        assistant: &Assistant,
        visitor: Visitor,
        turn: &Turn,
        reason: HandoverReason,
        now: Timestamp,
    ) -> Result<NewCase, StoreError> {
        let plan = self.plans.current();
        let price = |sku: &str| assistant.knowledge.product(sku).map(|product| product.price);
        let value = plan::value(&self.db, visitor.shopper, price, now).await?;
        let intent = turn.trace.reading.intents.first().map(|intent| intent.name.as_str());
        let (group, by_rule) = rules::route(&plan.rules, &value, intent);
        let mood = &turn.trace.reading.mood;
        let pressing = Pressing { reason, mood: mood.value, urgent: mood.urgent, spent: value.spent, by_rule };
        let ticket = !plan.hours.is_open(now);
        let opens = plan.hours.next_open(now).unwrap_or(now);
        let since = Timestamp(now.0.saturating_sub(i64::try_from(KNOWN_FOR.as_millis()).unwrap_or(i64::MAX)));
        let known = case::known_agent(&self.db, visitor.shopper, since).await?;
        let known_until = opens.plus(Duration::from_secs(u64::from(plan.settings.known_agent_s)));
        let title = |name: &str| assistant.knowledge.content.intents.iter().find(|intent| intent.name == name);
        Ok(NewCase {
            id: CaseId(Uuid::now_v7()),
            shopper: visitor.shopper,
            reason,
            ticket,
            group,
            known: known.map(|agent| (agent, known_until)),
            rank_at: priority::rank(opens, priority::head_start(&pressing)),
            first_answer: plan.clock(now, plan.settings.first_answer_s),
            resolution: plan.clock(now, plan.settings.resolution_s),
            intent: intent.and_then(title).map(|intent| intent.title.clone()),
            mood: mood.value,
            urgent: mood.urgent,
            spent: value.spent,
        })
    }
}
