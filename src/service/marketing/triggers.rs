//! What is due: looked for again and again by the server's clock, and at once where a page is opened.

use super::one_person::recipient;
use super::send::Due;
use super::{Crowd, Marketing, Outcome};
use crate::classify::mood::Mood;
use crate::clock::Timestamp;
use crate::marketing::campaign::Trigger;
use crate::marketing::due::{Occasion, Seen, Shelf, due};
use crate::marketing::profile::Profile;
use crate::marketing::sending::{Limits, Moment, Refusal, may_send};
use crate::marketing::traces::Traces;
use crate::marketing::wording::fits;
use crate::model::id::ShopperId;
use crate::service::Failure;
use crate::store::audit::Deed;
use crate::store::marketing::campaign::{self, CampaignRow, CampaignState};
use crate::store::marketing::delivery::{self, Dealt};
use crate::store::marketing::{Recipient, goods};
use futures_util::StreamExt;
use futures_util::stream;
use std::time::Duration;

/// Messages under way at a time.
const AT_ONCE: usize = 8;

/// After this time a message that was decided and never settled is lost: longer than any channel may take.
const LOST: Duration = Duration::from_secs(5 * 60);

/// Reasons that only the database knows, and how long it is not asked again about somebody because of them.
const CAPS: [Refusal; 2] = [Refusal::CapReached, Refusal::CampaignCapReached];
const ASK_AGAIN: Duration = Duration::from_secs(10 * 60);

/// How long news of prices and stock are told.
const NEWS: i64 = 7 * 86_400_000;

impl Marketing {
    /// Looks once for what is due and sends what may be sent; returns how many messages went out.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn tick(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        let assistant = self.chat.published.assistant();
        let products = &assistant.knowledge.content.products;
        goods::notice(&self.db, products, now).await?;
        delivery::settle_lost(&self.db, Timestamp(now.0 - i64::try_from(LOST.as_millis()).unwrap_or(i64::MAX))).await?;
        let mut running = campaign::running(&self.db).await?;
        running.retain(|one| !matches!(one.plan.trigger, Trigger::Page { .. }));
        if running.is_empty() {
            return Ok(0);
        }
        let (limits, crowd) = (self.limits().await?, self.refresh().await?);
        let shelf = Shelf::new(goods::changes(&self.db, Timestamp(now.0 - NEWS)).await?, products);
        let mut sent = 0;
        for campaign in running {
            if self.ends(&campaign, now).await? {
                continue;
            }
            let dealt = delivery::dealt(&self.db, campaign.id).await?;
            let due = due_of(&campaign, &crowd, &shelf, &dealt, now);
            let due = self.worth_asking(&campaign, &limits, &crowd, &dealt, due).await?;
            let messages: Vec<_> = (due.iter())
                .map(|(to, profile, occasion)| self.consider(&campaign, &limits, Due { to, profile, occasion }))
                .collect();
            let outcomes: Vec<_> = stream::iter(messages).buffer_unordered(AT_ONCE).collect().await;
            for outcome in outcomes {
                sent += usize::from(outcome? == Outcome::Sent);
            }
        }
        Ok(sent)
    }

    /// Ends a campaign whose time is over.
    async fn ends(&self, campaign: &CampaignRow, now: Timestamp) -> Result<bool, Failure> {
        let over = campaign.plan.ends_at.is_some_and(|end| end <= now);
        if over {
            let subject = campaign.id.to_string();
            let deed = Deed::new("system", "campaign_ended", &subject, now);
            campaign::set_state(&self.db, campaign, CampaignState::Ended, &deed).await?;
        }
        Ok(over)
    }

    /// Those about whom the database has to be asked: not those who were dealt with, nor those of whom what is known
    /// already is reason enough. Why they get nothing is noted where it is news.
    async fn worth_asking<'a>(
        &self,
        campaign: &CampaignRow,
        limits: &Limits,
        crowd: &Crowd,
        dealt: &Dealt,
        due: Vec<(Recipient, &'a Profile, Occasion)>,
    ) -> Result<Vec<(Recipient, &'a Profile, Occasion)>, Failure> {
        let now = self.clock.now();
        let (mut kept, mut refused) = (Vec::new(), Vec::new());
        for (to, profile, occasion) in due {
            let at = (to.key(), occasion.key.clone());
            let before = dealt.refused.get(&at);
            let waits = before.is_some_and(|(reasons, since)| {
                CAPS.iter().any(|cap| reasons.contains(cap.name())) && now.since(*since) < ASK_AGAIN
            });
            if waits || dealt.noted.contains(&at) {
                continue;
            }
            let Some(traces) = crowd.traces.get(&at.0) else { continue };
            let moment = self.likely(campaign, limits, traces, Due { to: &to, profile, occasion: &occasion });
            match may_send(&moment, limits, campaign.plan.cap) {
                Ok(()) => kept.push((to, profile, occasion)),
                Err(reasons) => {
                    let names = delivery::names(&reasons);
                    if before.is_none_or(|(known, _)| *known != names) {
                        refused.push((at.0, at.1, names));
                    }
                }
            }
        }
        delivery::refuse(&self.db, campaign.id, &refused, now).await?;
        Ok(kept)
    }

    /// The moment as far as it is known without asking the database: good enough for a no, never for a yes.
    pub(super) fn likely(&self, campaign: &CampaignRow, limits: &Limits, traces: &Traces, due: Due<'_>) -> Moment {
        let talk = traces.talk;
        let prepared = self.prepare(campaign, due);
        Moment {
            running: true,
            consent: traces.consents.get(&campaign.plan.channel).map(|(granted, _)| *granted),
            quiet: limits.quiet.holds(self.clock.now()),
            upset: talk.is_some_and(|talk| talk.mood <= Mood::Upset),
            open_complaint: talk.is_some_and(|talk| talk.complaint),
            with_agent: talk.is_some_and(|talk| talk.with_agent),
            reachable: prepared.reachable,
            on_sale: prepared.on_sale,
            ..Moment::default()
        }
    }

    /// Somebody opens a page: campaigns that wait for it begin at once. Returns what became of each.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn visited(&self, shopper: ShopperId, path: &str) -> Result<Vec<Outcome>, Failure> {
        let mut running = campaign::running(&self.db).await?;
        let now = self.clock.now();
        let meant = |plan: &Trigger| matches!(plan, Trigger::Page { path: pattern } if fits(pattern, path));
        running.retain(|one| meant(&one.plan.trigger) && one.plan.ends_at.is_none_or(|end| end > now));
        if running.is_empty() {
            return Ok(Vec::new());
        }
        let (to, crowd, limits) = (self.person_of(shopper).await?, self.crowd().await?, self.limits().await?);
        let nobody = Profile::default();
        let profile = crowd.people.profiles.get(&to.key()).unwrap_or(&nobody);
        let mut outcomes = Vec::new();
        for campaign in running {
            if campaign.plan.rule().is_ok_and(|rule| rule.holds(profile)) {
                let due = Due { to: &to, profile, occasion: &Occasion::page(now) };
                outcomes.push(self.consider(&campaign, &limits, due).await?);
            }
        }
        Ok(outcomes)
    }
}

/// Everybody for whom a message of a campaign is due now.
fn due_of<'a>(
    campaign: &CampaignRow,
    crowd: &'a Crowd,
    shelf: &Shelf<'_>,
    dealt: &Dealt,
    now: Timestamp,
) -> Vec<(Recipient, &'a Profile, Occasion)> {
    let Ok(rule) = campaign.plan.rule() else { return Vec::new() };
    let mut found = Vec::new();
    for (key, traces) in &crowd.traces {
        let Some(profile) = crowd.people.profiles.get(key).filter(|profile| rule.holds(profile)) else { continue };
        let seen = Seen { profile, events: &traces.events, orders: &traces.orders, shelf, now };
        let noted = |occasion: &str| dealt.is_noted(&recipient(traces), occasion);
        if let Some(occasion) = due(&campaign.plan.trigger, &seen, noted) {
            found.push((recipient(traces), profile, occasion));
        }
    }
    found
}
