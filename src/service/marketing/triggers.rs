//! What is due: looked for again and again by the server's clock, and at once where a page is opened.

use super::send::Due;
use super::{Crowd, Marketing, Outcome};
use crate::clock::Timestamp;
use crate::marketing::campaign::{Trigger, fits};
use crate::marketing::due::{GoodsChange, Occasion, Seen, due};
use crate::marketing::profile::Profile;
use crate::model::id::ShopperId;
use crate::service::Failure;
use crate::store::audit::Deed;
use crate::store::marketing::campaign::{self, CampaignRow, CampaignState};
use crate::store::marketing::{Recipient, delivery, goods};
use futures_util::StreamExt;
use futures_util::stream;
use std::time::Duration;

/// Messages under way at a time.
const AT_ONCE: usize = 8;

/// After this time a message that was decided and never settled is lost: longer than any channel may take.
const LOST: Duration = Duration::from_secs(5 * 60);

/// How long news of prices and stock are told.
const NEWS: i64 = 7 * 86_400_000;

impl Marketing {
    /// Looks once for what is due and sends what may be sent; returns how many messages went out.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn tick(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        let products = self.chat.published.assistant();
        goods::notice(&self.db, &products.knowledge.content.products, now).await?;
        delivery::settle_lost(&self.db, Timestamp(now.0 - i64::try_from(LOST.as_millis()).unwrap_or(i64::MAX))).await?;
        let mut running = campaign::running(&self.db).await?;
        running.retain(|one| !matches!(one.plan.trigger, Trigger::Page { .. }));
        if running.is_empty() {
            return Ok(0);
        }
        let (limits, crowd) = (self.limits().await?, self.refresh().await?);
        let changes = goods::changes(&self.db, Timestamp(now.0 - NEWS)).await?;
        let mut sent = 0;
        for campaign in running {
            if self.ends(&campaign, now).await? {
                continue;
            }
            let due = self.due_of(&campaign, &crowd, &changes, now);
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

    /// Everybody for whom a message of a campaign is due now.
    pub(super) fn due_of<'a>(
        &self,
        campaign: &CampaignRow,
        crowd: &'a Crowd,
        changes: &[GoodsChange],
        now: Timestamp,
    ) -> Vec<(Recipient, &'a Profile, Occasion)> {
        let Ok(rule) = campaign.plan.rule() else { return Vec::new() };
        let mut found = Vec::new();
        for (key, traces) in &crowd.traces {
            let Some(profile) = crowd.people.profiles.get(key).filter(|profile| rule.holds(profile)) else { continue };
            let seen = Seen { profile, events: &traces.events, orders: &traces.orders, changes, now };
            if let Some(occasion) = due(&campaign.plan.trigger, &seen) {
                let to = Recipient { customer: traces.customer.clone(), shoppers: traces.shoppers.clone() };
                found.push((to, profile, occasion));
            }
        }
        found
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
