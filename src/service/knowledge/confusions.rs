//! Pairs of live entries that the ranker hardly tells apart: every phrasing is asked, as if a shopper had typed something
//! like it, and another entry that comes nearly as close is noted.

use super::{Keeper, Refused};
use crate::clock::Timestamp;
use crate::dialogue::Assistant;
use crate::search::faq::Without;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use utoipa::ToSchema;

/// Phrasings of an entry and in all that are asked, at most: the machine has shoppers to answer as well.
const OF_ONE: usize = 8;
const IN_ALL: usize = 30_000;

/// Phrasings that are shown of a pair.
const SHOWN: usize = 5;

/// Share of the own entry's probability from which another one confuses.
const AS_LIKELY: f64 = 0.6;

/// Least probability of the other entry.
const LIKELY: f64 = 0.3;

/// A phrasing that another entry comes close to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConfusedPhrasing {
    /// The phrasing.
    pub text: String,
    /// Its entry.
    pub of: String,
    /// The ranker's probability for its entry.
    pub probability: f64,
    /// And for the other one.
    pub other: f64,
}

/// Two entries that are confused: ids, and the phrasings.
#[derive(Debug, Clone, PartialEq)]
pub struct Confusion {
    /// The one.
    pub first: String,
    /// The other.
    pub second: String,
    /// The worst first.
    pub phrasings: Vec<ConfusedPhrasing>,
}

/// What was found, of which version.
#[derive(Debug, Default)]
struct Found {
    version: i64,
    at: Option<Timestamp>,
    pairs: Arc<Vec<Confusion>>,
    is_looking: bool,
}

/// What was found last; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Confusions(Arc<Mutex<Found>>);

impl Confusions {
    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper {
    /// The pairs that were found last, and when. Where that was for another version, they are looked for anew in the
    /// background.
    pub fn confusions(&self) -> (Arc<Vec<Confusion>>, Option<Timestamp>) {
        let assistant = self.publisher.published().assistant();
        let mut found = self.confusions.found();
        if found.version != assistant.version && !found.is_looking {
            found.is_looking = true;
            let (kept, clock) = (self.confusions.clone(), self.clock.clone());
            tokio::task::spawn_blocking(move || {
                let pairs = look(&assistant).unwrap_or_else(|error| {
                    tracing::error!(%error, "confused entries cannot be looked for");
                    Vec::new()
                });
                *kept.found() = Found {
                    version: assistant.version,
                    at: Some(clock.now()),
                    pairs: Arc::new(pairs),
                    is_looking: false,
                };
            });
        }
        (Arc::clone(&found.pairs), found.at)
    }
}

fn look(assistant: &Assistant) -> Result<Vec<Confusion>, Refused> {
    let faq = &assistant.knowledge.faq;
    let mut pairs: BTreeMap<(String, String), Vec<ConfusedPhrasing>> = BTreeMap::new();
    let phrasings = assistant
        .knowledge
        .content
        .faq
        .iter()
        .flat_map(|entry| entry.phrasings().take(OF_ONE).map(move |phrasing| (&entry.id, phrasing)));
    for (id, phrasing) in phrasings.take(IN_ALL) {
        let text = assistant.models.language.read(phrasing);
        let found = faq.ask_without(&text, Without::default()).map_err(crate::service::Failure::from)?;
        let own = found.ranked.iter().find(|one| one.id == *id).map_or(0.0, |one| one.probability);
        let Some(other) = found.ranked.iter().find(|one| one.id != *id) else { continue };
        if other.probability >= LIKELY && other.probability >= AS_LIKELY * own {
            let (first, second) =
                if *id < other.id { (id.clone(), other.id.clone()) } else { (other.id.clone(), id.clone()) };
            pairs.entry((first, second)).or_default().push(ConfusedPhrasing {
                text: phrasing.to_owned(),
                of: id.clone(),
                probability: own,
                other: other.probability,
            });
        }
    }
    let mut pairs: Vec<Confusion> = (pairs.into_iter())
        .map(|((first, second), mut phrasings)| {
            phrasings.sort_by(|a, b| (a.probability - a.other).total_cmp(&(b.probability - b.other)));
            phrasings.truncate(SHOWN);
            Confusion { first, second, phrasings }
        })
        .collect();
    let worst = |pair: &Confusion| pair.phrasings.first().map_or(0.0, |one| one.other - one.probability);
    pairs.sort_by(|a, b| worst(b).total_cmp(&worst(a)));
    Ok(pairs)
}
