//! Staff correct what the assistant heard, and it learns.
//!
//! A correction is a labelled example. The intent model in force is a function of the knowledge and of the
//! corrections that were learned, nothing else; so a version can be taken back by withdrawing what it learned, and
//! every node comes to the same model. What is new is first tried in a shadow test ([`crate::classify::shadow`]); only
//! a candidate that is not worse is put in force.

use crate::classify::classifier::Example;
use crate::classify::intent::IntentModel;
use crate::classify::shadow::Comparison;
use crate::clock::Clock;
use crate::model::id::{ConversationId, CorrectionId};
use crate::model::knowledge::{Correction as Taught, Intent};
use crate::service::Failure;
use crate::service::apart::apart;
use crate::service::publish::{INTENT_MODEL, Publisher, intents_checksum};
use crate::store::correction::{self, Correction, CorrectionState, NewVersion};
use crate::store::{Db, staff, trained_model};
use crate::text::mask::mask;
use crate::text::normalize::normalize;
use std::sync::Arc;
use tokio::sync::Mutex;
use uuid::Uuid;

/// Longest text that may be taught, in characters.
const MAX_CHARS: usize = 200;

/// The use case; clones share everything.
#[derive(Clone)]
pub struct Learning {
    db: Db,
    clock: Clock,
    publisher: Publisher,
    /// One attempt at a time on this node.
    one: Arc<Mutex<()>>,
}

/// Why a correction or a way back was refused.
#[derive(Debug, thiserror::Error)]
pub enum LearningRefused {
    /// Nothing in it.
    #[error("要纠正的话不能为空")]
    Empty,
    /// Too long to be an example.
    #[error("要纠正的话太长了，最多 {MAX_CHARS} 个字")]
    TooLong,
    /// No such intent.
    #[error("没有“{0}”这个意图")]
    UnknownIntent(String),
    /// It is an example already.
    #[error("这句话已经是“{0}”的例句了")]
    KnownAlready(String),
    /// No such version, or one that is not in force any more.
    #[error("没有可以退回的版本 {0}")]
    UnknownVersion(i64),
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl From<crate::store::StoreError> for LearningRefused {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// What came of an attempt to learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// There was nothing new.
    NothingNew,
    /// A better or equal model is in force.
    Published {
        /// Its number.
        version: i64,
        /// The shadow test.
        comparison: Comparison,
    },
    /// The candidate was worse; the former model stays.
    Refused {
        /// The number under which it was written down.
        version: i64,
        /// The shadow test.
        comparison: Comparison,
    },
}

/// A correction that somebody makes.
#[derive(Debug, Clone)]
pub struct NewCorrection<'a> {
    /// What was said.
    pub said: &'a str,
    /// The intent that is right.
    pub intent: &'a str,
    /// Where it was said.
    pub place: Option<(ConversationId, i64)>,
    /// Who corrects.
    pub actor: &'a str,
}

impl Learning {
    /// Puts the use case together.
    pub fn new(db: Db, clock: Clock, publisher: Publisher) -> Self {
        Self { db, clock, publisher, one: Arc::default() }
    }

    /// Keeps a correction; [`Learning::learn`] tries it. Personal numbers are masked before anything is kept.
    ///
    /// # Errors
    /// [`LearningRefused`]; nothing was kept then.
    pub async fn correct(&self, new: &NewCorrection<'_>) -> Result<CorrectionId, LearningRefused> {
        let said = mask(new.said.trim()).into_owned();
        let assistant = self.publisher.published().assistant();
        let intents = &assistant.knowledge.content.intents;
        if said.is_empty() {
            return Err(LearningRefused::Empty);
        }
        if said.chars().count() > MAX_CHARS {
            return Err(LearningRefused::TooLong);
        }
        let Some(intent) = intents.iter().find(|intent| intent.name == new.intent) else {
            return Err(LearningRefused::UnknownIntent(new.intent.to_owned()));
        };
        let normal = normalize(&said);
        if intent.utterances.iter().any(|known| normalize(known) == normal) {
            return Err(LearningRefused::KnownAlready(intent.title.clone()));
        }
        let read = assistant.models.intents.read(&assistant.models.language.read(&said));
        let kept = Correction {
            id: CorrectionId(Uuid::now_v7()),
            said,
            label: new.intent.to_owned(),
            read_as: read.ranked.first().map(|first| first.label.clone()).unwrap_or_default(),
            actor: new.actor.to_owned(),
            state: CorrectionState::Pending,
            learned_in: 0,
            place: new.place,
            at: self.clock.now(),
        };
        correction::add(&self.db, INTENT_MODEL, &kept).await?;
        let detail = serde_json::json!({ "said": kept.said, "read_as": kept.read_as, "label": kept.label });
        staff::audit(&self.db, new.actor, "correction_added", &kept.id.to_string(), &detail, kept.at).await?;
        Ok(kept.id)
    }

    /// Tries the corrections that are new, and puts the model that learned them in force where it is not worse.
    ///
    /// # Errors
    /// [`Failure`] where something fails inside; the former model then stays.
    pub async fn learn(&self, actor: &str) -> Result<Outcome, Failure> {
        let _one_at_a_time = self.one.lock().await;
        let all = correction::all(&self.db, INTENT_MODEL).await?;
        let of = |state| all.iter().filter(move |one| one.state == state);
        let tried: Vec<CorrectionId> = of(CorrectionState::Pending).map(|one| one.id).collect();
        if tried.is_empty() {
            return Ok(Outcome::NothingNew);
        }
        let known: Vec<Taught> = of(CorrectionState::Learned).map(Correction::taught).collect();
        let new: Vec<Taught> = of(CorrectionState::Pending).map(Correction::taught).collect();
        let assistant = self.publisher.published().assistant();
        let checksum = {
            let in_force: Vec<Taught> = known.iter().chain(&new).cloned().collect();
            intents_checksum(&assistant.models.language, &assistant.knowledge.content.intents, &in_force)?
        };
        let begun = Arc::clone(&assistant);
        let (candidate, comparison) = apart(move || {
            let language = &begun.models.language;
            try_out(language, &begun.models.intents, &begun.knowledge.content.intents, &known, &new)
        })
        .await??;
        let published = comparison.is_not_worse();
        let bytes = if published { candidate.to_bytes() } else { Vec::new() };
        let (figures, at) = (serde_json::to_value(comparison)?, self.clock.now());
        let new = NewVersion {
            model: INTENT_MODEL,
            checksum: &checksum,
            published,
            figures: &figures,
            bytes: &bytes,
            tried: &tried,
            actor,
            at,
        };
        let version = correction::add_version(&self.db, &new).await?;
        let action = if published { "model_published" } else { "model_refused" };
        staff::audit(&self.db, actor, action, &format!("{INTENT_MODEL} {version}"), &figures, at).await?;
        tracing::info!(version, published, figures = %figures, "intent model learned");
        if !published {
            return Ok(Outcome::Refused { version, comparison });
        }
        trained_model::put(&self.db, INTENT_MODEL, &checksum, &bytes, at).await?;
        self.publisher.take_learned().await?;
        Ok(Outcome::Published { version, comparison })
    }

    /// Takes back every version after `version`, with what they learned; 0 is the model of the knowledge alone.
    ///
    /// # Errors
    /// [`LearningRefused`]; the former model then stays.
    pub async fn roll_back(&self, version: i64, actor: &str) -> Result<(), LearningRefused> {
        let _one_at_a_time = self.one.lock().await;
        let versions = correction::versions(&self.db, INTENT_MODEL).await?;
        let target = versions.iter().any(|known| known.version == version && known.decision == "published");
        if version != 0 && !target {
            return Err(LearningRefused::UnknownVersion(version));
        }
        let now = self.clock.now();
        correction::roll_back(&self.db, INTENT_MODEL, version, now).await?;
        self.publisher.take_learned().await?;
        let subject = format!("{INTENT_MODEL} {version}");
        staff::audit(&self.db, actor, "model_rolled_back", &subject, &serde_json::json!({}), now).await?;
        Ok(())
    }
}

fn try_out(
    language: &crate::text::Language,
    current: &IntentModel,
    intents: &[Intent],
    known: &[Taught],
    new: &[Taught],
) -> Result<(IntentModel, Comparison), Failure> {
    let model = |error: crate::classify::classifier::ModelError| Failure::Model(error.to_string());
    let before: Vec<Example> = IntentModel::examples(language, intents, known);
    let added: Vec<Example> = IntentModel::examples(language, &[], new);
    let comparison = IntentModel::compare(language, &before, &added, current).map_err(model)?;
    let taught: Vec<Taught> = known.iter().chain(new).cloned().collect();
    let all = IntentModel::examples(language, intents, &taught);
    let (candidate, _) = IntentModel::train_from(Some(current), language, &all).map_err(model)?;
    Ok((candidate, comparison))
}
