//! A campaign before it starts: who would get what if it ran now, and why others would not. Nothing is written.

use super::one_person::recipient;
use super::send::{Due, Prepared};
use super::{Crowd, Marketing, MarketingRefused};
use crate::marketing::campaign::Trigger;
use crate::marketing::due::{Occasion, Seen, Shelf, due};
use crate::marketing::profile::{Field, Profile};
use crate::marketing::segment::Line;
use crate::marketing::sending::{Limits, Refusal, may_send};
use crate::marketing::split::Share;
use crate::service::Failure;
use crate::store::marketing::campaign::CampaignRow;
use crate::store::marketing::{Facts, delivery, facts, goods};
use futures_util::StreamExt;
use futures_util::stream;
use std::collections::BTreeMap;

/// Persons asked about at a time.
const AT_ONCE: usize = 4;

/// Examples of each outcome.
const SAMPLES: usize = 8;

/// Days of news that are looked at.
const NEWS: i64 = 7 * 86_400_000;

/// Somebody, and what would become of a message to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Key of the person.
    pub person: String,
    /// What they are called, as far as it is known.
    pub name: String,
    /// The variant they would get.
    pub variant: Option<usize>,
    /// Whether they would be held out.
    pub held_out: bool,
    /// Why they would get nothing.
    pub reasons: Vec<Refusal>,
    /// The conditions of the audience that decided.
    pub audience: Vec<Line>,
    /// What they would read.
    pub text: String,
    /// Names of the products they would see.
    pub products: Vec<String>,
}

/// What would happen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DryRun {
    /// Everybody that is known.
    pub everybody: usize,
    /// Of them, not meant by the audience.
    pub outside: usize,
    /// Meant, but nothing has happened that would begin it for them.
    pub not_due: usize,
    /// Would get a message, variant by variant.
    pub variants: Vec<usize>,
    /// Would be held out.
    pub holdout: usize,
    /// Would get nothing, by reason; somebody may have several.
    pub refused: BTreeMap<Refusal, usize>,
    /// Would get nothing.
    pub refused_persons: usize,
    /// Some who would get something.
    pub would_get: Vec<Sample>,
    /// Some who would not.
    pub would_not: Vec<Sample>,
    /// Some who are not meant.
    pub not_meant: Vec<Sample>,
}

impl Marketing {
    /// Tries a campaign on everybody.
    ///
    /// # Errors
    /// [`MarketingRefused`] where the audience cannot be read.
    pub async fn dry_run(&self, campaign: &CampaignRow) -> Result<DryRun, MarketingRefused> {
        let rule = campaign.plan.rule().map_err(|error| MarketingRefused::Bad(error.to_string()))?;
        let (limits, crowd) = (self.limits().await?, self.refresh().await?);
        let now = self.clock.now();
        let changes = goods::changes(&self.db, crate::clock::Timestamp(now.0 - NEWS)).await?;
        let assistant = self.chat.published.assistant();
        let shelf = Shelf::new(changes, &assistant.knowledge.content.products);
        let dealt = delivery::dealt(&self.db, campaign.id).await?;
        let mut run = DryRun { variants: vec![0; campaign.plan.variants.len()], ..DryRun::default() };
        let mut asked = Vec::new();
        for (key, traces) in &crowd.traces {
            let Some(profile) = crowd.people.profiles.get(key) else { continue };
            run.everybody += 1;
            let why = rule.explain(profile);
            if !why.holds {
                run.outside += 1;
                if run.not_meant.len() < SAMPLES {
                    run.not_meant.push(sample(key, profile, why.lines));
                }
                continue;
            }
            let seen = Seen { profile, events: &traces.events, orders: &traces.orders, shelf: &shelf, now };
            let noted = |occasion: &str| dealt.is_noted(&recipient(traces), occasion);
            let occasion = match campaign.plan.trigger {
                Trigger::Page { .. } => Some(Occasion::page(now)),
                // What is planned for later is tried as if it were time.
                Trigger::Schedule { .. } => due(&Trigger::Schedule { at: now }, &seen, noted),
                _ => due(&campaign.plan.trigger, &seen, noted),
            };
            match occasion {
                None => run.not_due += 1,
                Some(occasion) => asked.push((key, why.lines, occasion)),
            }
        }
        let tried: Vec<_> = (asked.into_iter())
            .map(|(key, lines, occasion)| self.try_one(campaign, &limits, &crowd, key, lines, occasion))
            .collect();
        let tried: Vec<Result<Sample, Failure>> = stream::iter(tried).buffered(AT_ONCE).collect().await;
        for one in tried {
            run.count(one?);
        }
        Ok(run)
    }

    async fn try_one(
        &self,
        campaign: &CampaignRow,
        limits: &Limits,
        crowd: &Crowd,
        key: &str,
        lines: Vec<Line>,
        occasion: Occasion,
    ) -> Result<Sample, Failure> {
        let (traces, profile) = (&crowd.traces[key], &crowd.people.profiles[key]);
        let to = recipient(traces);
        let due = Due { to: &to, profile, occasion: &occasion };
        let mut sample = sample(key, profile, lines);
        // Most people never agreed: of them the database has nothing to add.
        if !traces.consents.contains_key(&campaign.plan.channel) {
            let likely = self.likely(campaign, limits, traces, due);
            sample.reasons = may_send(&likely, limits, campaign.plan.cap).err().unwrap_or_default();
            return Ok(sample);
        }
        let prepared = self.prepare(campaign, due);
        let facts = facts::facts(&self.db, &self.asked(campaign, limits, due)).await?;
        let moment = self.moment(&Facts { running: true, ..facts }, limits, &prepared);
        match may_send(&moment, limits, campaign.plan.cap) {
            Err(reasons) => sample.reasons = reasons,
            Ok(()) => self.tell(&mut sample, &prepared, profile),
        }
        Ok(sample)
    }

    fn tell(&self, sample: &mut Sample, prepared: &Prepared, profile: &Profile) {
        match prepared.share {
            Share::Holdout => sample.held_out = true,
            Share::Variant(number) => {
                sample.variant = Some(number);
                sample.text = self.words(&prepared.content.text, prepared, profile);
                sample.products = self.cards(&prepared.shown).into_iter().map(|card| card.name).collect();
            }
        }
    }
}

impl DryRun {
    fn count(&mut self, sample: Sample) {
        for reason in &sample.reasons {
            *self.refused.entry(*reason).or_default() += 1;
        }
        self.holdout += usize::from(sample.held_out);
        if let Some(count) = sample.variant.and_then(|number| self.variants.get_mut(number)) {
            *count += 1;
        }
        let refused = !sample.reasons.is_empty();
        self.refused_persons += usize::from(refused);
        let kept = if refused { &mut self.would_not } else { &mut self.would_get };
        if kept.len() < SAMPLES {
            kept.push(sample);
        }
    }
}

fn sample(key: &str, profile: &Profile, audience: Vec<Line>) -> Sample {
    let name = profile.words(Field::Name).unwrap_or_default().to_owned();
    Sample {
        person: key.to_owned(),
        name,
        variant: None,
        held_out: false,
        reasons: Vec::new(),
        audience,
        text: String::new(),
        products: Vec::new(),
    }
}
