//! Everybody with their profiles, assembled now and then and shared.

use super::Marketing;
use crate::dialogue::state::State;
use crate::marketing::assemble::{Goods, People, assemble};
use crate::marketing::traces::{Talk, Traces};
use crate::model::catalogue::Product;
use crate::service::Failure;
use crate::store::marketing::traces::{self, Remembered};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How old what is shown may be. What is sent is decided on what the database says at that moment.
const FRESH: Duration = Duration::from_secs(10);

/// Everybody.
#[derive(Debug, Default)]
pub struct Crowd {
    /// What is kept of them, by key.
    pub traces: BTreeMap<String, Traces>,
    /// What it says.
    pub people: People,
}

/// How many times as long as it took to assemble what is shown it is shown at least: a large shop is looked at less often.
const LEISURE: u32 = 20;

/// Everybody as last assembled.
#[derive(Default)]
pub(super) struct Cache {
    kept: Mutex<Option<Kept>>,
    /// Held while it is assembled: whoever asks meanwhile waits for the same.
    assembling: tokio::sync::Mutex<()>,
}

struct Kept {
    until: Instant,
    crowd: Arc<Crowd>,
}

impl Cache {
    fn fresh(&self) -> Option<Arc<Crowd>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| Instant::now() < kept.until).map(|kept| Arc::clone(&kept.crowd))
    }
}

impl Marketing {
    /// Everybody, as of the last seconds.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn crowd(&self) -> Result<Arc<Crowd>, Failure> {
        if let Some(crowd) = self.cache.fresh() {
            return Ok(crowd);
        }
        let _assembling = self.cache.assembling.lock().await;
        match self.cache.fresh() {
            Some(crowd) => Ok(crowd),
            None => self.refresh().await,
        }
    }

    /// Everybody, as of now.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn refresh(&self) -> Result<Arc<Crowd>, Failure> {
        let began = Instant::now();
        let (mut traces, talks) = traces::all(&self.db).await?;
        let assistant = self.chat.published.assistant();
        let now = self.clock.now();
        let crowd = tokio::task::spawn_blocking(move || {
            hear(&mut traces, talks);
            let content = &assistant.knowledge.content;
            let categories: HashMap<&str, &str> =
                content.categories.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
            let goods = |sku: &str| assistant.knowledge.product(sku).map(|product| goods(product, &categories));
            let people = assemble(&traces, goods, now);
            Arc::new(Crowd { traces, people })
        });
        let crowd = crowd.await.map_err(|error| Failure::Model(error.to_string()))?;
        let until = Instant::now() + FRESH.max(began.elapsed() * LEISURE);
        let kept = Kept { until, crowd: Arc::clone(&crowd) };
        *self.cache.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(crowd)
    }
}

fn goods<'a>(product: &'a Product, categories: &HashMap<&str, &'a str>) -> Goods<'a> {
    let category = categories.get(product.category.as_str()).copied().unwrap_or(&product.category);
    Goods { category, brand: &product.brand, price: product.price }
}

/// Gives everybody their conversation: of several the newest, and a complaint in any of them.
fn hear(people: &mut BTreeMap<String, Traces>, talks: Vec<Remembered>) {
    for talk in talks {
        let Some(person) = people.get_mut(&talk.person) else { continue };
        let state: State = serde_json::from_str(talk.state.get()).unwrap_or_default();
        let known = person.talk;
        let mut heard = Talk {
            messages: state.turns,
            mood: state.mood.level(),
            complaint: state.open_complaint,
            with_agent: talk.has_case,
            at: talk.at,
        };
        if let Some(known) = known {
            if known.at > talk.at {
                (heard.mood, heard.at) = (known.mood, known.at);
            }
            heard.messages += known.messages;
            heard.complaint |= known.complaint;
            heard.with_agent |= known.with_agent;
        }
        person.talk = Some(heard);
    }
}
