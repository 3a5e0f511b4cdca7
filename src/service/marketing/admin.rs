//! What admins keep: segments, campaigns, limits. Every change is written down with who did it.

use super::one_person::agreed;
use super::{LIMITS, Marketing, MarketingRefused};
use crate::clock::Timestamp;
use crate::marketing::assemble::cluster_name;
use crate::marketing::campaign::{Mistake, Plan};
use crate::marketing::profile::{Field, Profile};
use crate::marketing::report::{Report, report};
use crate::marketing::rfm::Group;
use crate::marketing::segment::{Reasons, Rule};
use crate::marketing::sending::{Limits, Refusal};
use crate::service::Failure;
use crate::store::audit::Deed;
use crate::store::marketing::campaign::{self, CampaignRow, CampaignState, Kept};
use crate::store::marketing::report as rows;
use crate::store::marketing::segment::{self, SegmentRow};
use crate::store::setting;
use serde_json::json;
use uuid::Uuid;

/// Longest name of a segment or a campaign, in characters.
const LONGEST_NAME: usize = 40;

/// A segment with how many are in it.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentView {
    /// Its id; the automatic ones have none.
    pub id: Option<Uuid>,
    /// What it is called.
    pub name: String,
    /// Its rule.
    pub rule: String,
    /// What the persons in it are like; for clusters.
    pub description: String,
    /// How many are in it.
    pub count: usize,
}

/// A person of a segment: key, name, the conditions that decided, channels they agreed to.
pub type Member = (String, String, Reasons, Vec<&'static str>);

/// Name and plan of a campaign as they come from the editor.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignDraft {
    /// What it is called.
    pub name: String,
    /// What it does.
    pub plan: Plan,
    /// The revision it was made from; 0 for a new one.
    pub revision: i64,
}

/// Why something was not sent, with the number of occasions.
pub type Untold = (Refusal, i64);

/// What came of a campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignReport {
    /// The figures.
    pub report: Report,
    /// Why others did not get it.
    pub refused: Vec<Untold>,
}

impl Marketing {
    /// All segments with live counts: those that admins wrote, then the groups of customers, then the clusters.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn segments(&self) -> Result<(Vec<SegmentView>, usize), Failure> {
        let crowd = self.crowd().await?;
        let people = &crowd.people;
        let count = |rule: &str| {
            let rule = rule.parse::<Rule>();
            rule.map_or(0, |rule| people.profiles.values().filter(|profile| rule.holds(profile)).count())
        };
        let mut all = Vec::new();
        for SegmentRow { id, name, rule, .. } in segment::all(&self.db).await? {
            let count = count(&rule);
            all.push(SegmentView { id: Some(id), name, rule, description: String::new(), count });
        }
        for (group, description) in Group::ALL {
            let rule = format!("{} = {}", Field::Group.name(), group.title());
            let (name, count) = (group.title().to_owned(), count(&rule));
            all.push(SegmentView { id: None, name, rule, description: description.to_owned(), count });
        }
        for (place, cluster) in people.clusters.iter().enumerate() {
            let name = cluster_name(place);
            let rule = format!("{} = {name}", Field::Cluster.name());
            let description = cluster.description.clone();
            all.push(SegmentView {
                id: None,
                name: format!("相似客群{name}"),
                rule,
                description,
                count: cluster.customers,
            });
        }
        Ok((all, people.profiles.len()))
    }

    /// How many a rule means, and some of them, each with why.
    ///
    /// # Errors
    /// [`MarketingRefused::Bad`] where the rule cannot be read.
    pub async fn members(
        &self,
        rule: &str,
        limit: usize,
        offset: usize,
    ) -> Result<(usize, Vec<Member>), MarketingRefused> {
        let rule: Rule = rule
            .parse()
            .map_err(|error: crate::marketing::segment::BadRule| MarketingRefused::Bad(error.to_string()))?;
        let crowd = self.crowd().await?;
        let meant = || crowd.people.profiles.iter().filter(|(_, profile)| rule.holds(profile));
        let member = |(key, profile): (&String, &Profile)| {
            let name = profile.words(Field::Name).unwrap_or_default().to_owned();
            let agreed = crowd.traces.get(key).map(agreed).unwrap_or_default();
            (key.clone(), name, rule.explain(profile), agreed)
        };
        Ok((meant().count(), meant().skip(offset).take(limit).map(member).collect()))
    }

    /// The segments that somebody is in, with the conditions that decided.
    pub(super) async fn segments_of(&self, profile: &Profile) -> Result<Vec<(String, Vec<String>)>, Failure> {
        let mut found = Vec::new();
        for SegmentRow { name, rule, .. } in segment::all(&self.db).await? {
            let Ok(rule) = rule.parse::<Rule>() else { continue };
            let why = rule.explain(profile);
            if why.holds {
                found.push((name, why.lines.into_iter().map(|line| line.text).collect()));
            }
        }
        Ok(found)
    }

    /// Keeps a segment; without an id a new one. Returns its id.
    ///
    /// # Errors
    /// [`MarketingRefused`] where name or rule make no sense.
    pub async fn put_segment(
        &self,
        id: Option<Uuid>,
        name: &str,
        rule: &str,
        by: &str,
    ) -> Result<Uuid, MarketingRefused> {
        let name = named(name)?;
        let rule: Rule = rule.parse().map_err(|error: crate::marketing::segment::BadRule| {
            MarketingRefused::Invalid(vec![Mistake { place: "rule".to_owned(), reason: error.to_string() }])
        })?;
        let all = segment::all(&self.db).await?;
        let before = all.iter().find(|one| Some(one.id) == id);
        if id.is_some() && before.is_none() {
            return Err(MarketingRefused::NotFound("这个人群"));
        }
        let row = SegmentRow {
            id: id.unwrap_or_else(Uuid::now_v7),
            name: name.clone(),
            rule: rule.to_string(),
            updated_at: self.clock.now(),
        };
        let subject = row.id.to_string();
        let deed = Deed::new(by, "segment_saved", &subject, row.updated_at).from_to(
            before.map(|one| json!({ "name": one.name, "rule": one.rule })),
            Some(json!({ "name": row.name, "rule": row.rule })),
        );
        if segment::put(&self.db, &row, &deed).await? { Ok(row.id) } else { Err(MarketingRefused::NameTaken(name)) }
    }

    /// Removes a segment.
    ///
    /// # Errors
    /// [`MarketingRefused::NotFound`].
    pub async fn remove_segment(&self, id: Uuid, by: &str) -> Result<(), MarketingRefused> {
        let all = segment::all(&self.db).await?;
        let before = all.iter().find(|one| one.id == id).ok_or(MarketingRefused::NotFound("这个人群"))?;
        let subject = id.to_string();
        let deed = Deed::new(by, "segment_removed", &subject, self.clock.now())
            .from_to(Some(json!({ "name": before.name, "rule": before.rule })), None);
        let gone = segment::remove(&self.db, id, &deed).await?;
        if gone { Ok(()) } else { Err(MarketingRefused::NotFound("这个人群")) }
    }

    /// All campaigns, the newest first.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn campaigns(&self) -> Result<Vec<CampaignRow>, Failure> {
        Ok(campaign::all(&self.db).await?)
    }

    /// One campaign.
    ///
    /// # Errors
    /// [`MarketingRefused::NotFound`].
    pub async fn campaign(&self, id: Uuid) -> Result<CampaignRow, MarketingRefused> {
        campaign::by_id(&self.db, id).await?.ok_or(MarketingRefused::NotFound("这个活动"))
    }

    /// Keeps a campaign that does not run; without an id a new one.
    ///
    /// # Errors
    /// [`MarketingRefused`] with everything that is wrong with it.
    pub async fn put_campaign(
        &self,
        id: Option<Uuid>,
        draft: CampaignDraft,
        by: &str,
    ) -> Result<CampaignRow, MarketingRefused> {
        let name = named(&draft.name)?;
        let assistant = self.chat.published.assistant();
        let mistakes = draft.plan.mistakes(|sku| assistant.knowledge.product(sku).is_some());
        if !mistakes.is_empty() {
            return Err(MarketingRefused::Invalid(mistakes));
        }
        let before = match id {
            Some(id) => Some(self.campaign(id).await?),
            None => None,
        };
        if before.as_ref().is_some_and(|one| !matches!(one.state, CampaignState::Draft | CampaignState::Paused)) {
            return Err(MarketingRefused::NotNow("进行中的活动要先暂停再改；结束的活动不能再改".to_owned()));
        }
        let row = CampaignRow {
            id: id.unwrap_or_else(Uuid::now_v7),
            name: name.clone(),
            state: before.as_ref().map_or(CampaignState::Draft, |one| one.state),
            plan: draft.plan,
            revision: if id.is_some() { draft.revision } else { 0 },
            updated_at: self.clock.now(),
            started_at: before.as_ref().and_then(|one| one.started_at),
        };
        let side = |one: &CampaignRow| json!({ "name": one.name, "plan": one.plan });
        let subject = row.id.to_string();
        let deed = Deed::new(by, "campaign_saved", &subject, row.updated_at)
            .from_to(before.as_ref().map(side), Some(side(&row)));
        match campaign::put(&self.db, &row, &deed).await? {
            Kept::Done => self.campaign(row.id).await,
            Kept::Stale => Err(MarketingRefused::Stale),
            Kept::NameTaken => Err(MarketingRefused::NameTaken(name)),
        }
    }

    /// Starts, pauses or ends a campaign.
    ///
    /// # Errors
    /// [`MarketingRefused::NotNow`] where it is not at that stage.
    pub async fn move_campaign(
        &self,
        id: Uuid,
        next: CampaignState,
        by: &str,
    ) -> Result<CampaignRow, MarketingRefused> {
        let row = self.campaign(id).await?;
        if !row.state.may_become(next) {
            return Err(MarketingRefused::NotNow("这个活动现在不能这样做".to_owned()));
        }
        let now = self.clock.now();
        if next == CampaignState::Running && row.plan.ends_at.is_some_and(|end| end <= now) {
            return Err(MarketingRefused::NotNow("结束时间已经过了，请先改结束时间".to_owned()));
        }
        let subject = id.to_string();
        let state = |state: CampaignState| Some(json!({ "name": row.name, "state": state }));
        let deed = Deed::new(by, "campaign_moved", &subject, now).from_to(state(row.state), state(next));
        if campaign::set_state(&self.db, &row, next, &deed).await? {
            self.campaign(id).await
        } else {
            Err(MarketingRefused::Stale)
        }
    }

    /// Removes a campaign that never ran.
    ///
    /// # Errors
    /// [`MarketingRefused::NotNow`] where it did.
    pub async fn remove_campaign(&self, id: Uuid, by: &str) -> Result<(), MarketingRefused> {
        let row = self.campaign(id).await?;
        let subject = id.to_string();
        let before = json!({ "name": row.name, "plan": row.plan });
        let deed = Deed::new(by, "campaign_removed", &subject, self.clock.now()).from_to(Some(before), None);
        let gone = campaign::remove(&self.db, id, &deed).await?;
        if gone {
            Ok(())
        } else {
            Err(MarketingRefused::NotNow("只有草稿可以删除；做过的活动留着，好看效果".to_owned()))
        }
    }

    /// What came of a campaign.
    ///
    /// # Errors
    /// [`MarketingRefused::NotFound`].
    pub async fn report(&self, id: Uuid) -> Result<CampaignReport, MarketingRefused> {
        let row = self.campaign(id).await?;
        let window = i64::from(row.plan.credited_days) * 86_400_000;
        let report = report(&rows::rows(&self.db, id, window).await?, row.plan.variants.len());
        let refused = rows::refusals(&self.db, id).await?.into_iter().filter_map(|(name, count)| {
            let known = Refusal::ALL.iter().find(|(_, known, _)| *known == name);
            known.map(|(refusal, ..)| (*refusal, count))
        });
        Ok(CampaignReport { report, refused: refused.collect() })
    }

    /// Keeps the limits of all campaigns.
    ///
    /// # Errors
    /// [`MarketingRefused::Invalid`].
    pub async fn put_limits(&self, limits: Limits, by: &str) -> Result<(), MarketingRefused> {
        let mut mistakes = Vec::new();
        let mut bad = |place: &str, reason: String| mistakes.push(Mistake { place: place.to_owned(), reason });
        if let Some(reason) = limits.cap.mistake() {
            bad("cap", reason);
        }
        if limits.quiet.from >= 1_440 || limits.quiet.until > 1_440 {
            bad("quiet", "时间要在一天之内".to_owned());
        }
        if !mistakes.is_empty() {
            return Err(MarketingRefused::Invalid(mistakes));
        }
        let now: Timestamp = self.clock.now();
        let before = self.limits().await?;
        let deed =
            Deed::new(by, "marketing_limits_saved", LIMITS, now).from_to(Some(json!(before)), Some(json!(limits)));
        setting::put(&self.db, LIMITS, &json!(limits), Some(&deed), now).await?;
        Ok(())
    }
}

fn named(name: &str) -> Result<String, MarketingRefused> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let reason = format!("名称要有 1 到 {LONGEST_NAME} 个字");
        return Err(MarketingRefused::Invalid(vec![Mistake { place: "name".to_owned(), reason }]));
    }
    Ok(name.to_owned())
}
