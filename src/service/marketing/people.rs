//! Everybody with their profiles, assembled now and then and shared.

use super::Marketing;
use crate::dialogue::state::State;
use crate::marketing::assemble::{Goods, People, assemble};
use crate::marketing::traces::{Talk, Traces};
use crate::model::catalogue::Product;
use crate::service::Failure;
use crate::service::apart::apart;
use crate::store::marketing::traces::{self, Remembered};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

impl Crowd {
    fn forget(&mut self, keys: &[String]) {
        for key in keys {
            self.traces.remove(key);
            self.people.profiles.remove(key);
        }
    }
}

/// Everybody as last assembled.
#[derive(Default)]
pub(super) struct Cache {
    kept: Mutex<Kept>,
    /// Held while it is assembled: whoever asks meanwhile waits for the same.
    assembling: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    /// Everybody, and how long they are shown.
    crowd: Option<(Arc<Crowd>, Instant)>,
    /// Keys of those who were deleted since it was last begun to assemble: what was read before may have them.
    gone: Vec<String>,
}

impl Cache {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self) -> Option<Arc<Crowd>> {
        let kept = self.kept();
        kept.crowd.as_ref().filter(|(_, until)| Instant::now() < *until).map(|(crowd, _)| Arc::clone(crowd))
    }

    /// Keeps what was assembled, without those who were deleted meanwhile.
    fn keep(&self, mut crowd: Crowd, until: Instant) -> Arc<Crowd> {
        let mut kept = self.kept();
        crowd.forget(&kept.gone);
        let crowd = Arc::new(crowd);
        kept.crowd = Some((Arc::clone(&crowd), until));
        crowd
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
            None => self.assemble().await,
        }
    }

    /// Everybody, as of now.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn refresh(&self) -> Result<Arc<Crowd>, Failure> {
        let _assembling = self.cache.assembling.lock().await;
        self.assemble().await
    }

    /// Shows a person no longer who was deleted. Everybody is assembled anew where somebody is looking at them just now.
    pub fn forget(&self, keys: &[String]) {
        let mut kept = self.cache.kept();
        kept.gone.extend_from_slice(keys);
        match kept.crowd.as_mut().map(|(crowd, _)| Arc::get_mut(crowd)) {
            Some(Some(crowd)) => crowd.forget(keys),
            _ => kept.crowd = None,
        }
    }

    /// Assembles everybody, one at a time.
    async fn assemble(&self) -> Result<Arc<Crowd>, Failure> {
        let began = Instant::now();
        self.cache.kept().gone.clear();
        let (mut traces, talks) = traces::all(&self.db).await?;
        let assistant = self.chat.published.assistant();
        let now = self.clock.now();
        let crowd = apart(move || {
            hear(&mut traces, talks);
            let content = &assistant.knowledge.content;
            let categories: HashMap<&str, &str> =
                content.categories.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
            let goods = |sku: &str| assistant.knowledge.product(sku).map(|product| goods(product, &categories));
            let people = assemble(&traces, goods, now);
            Crowd { traces, people }
        })
        .await?;
        Ok(self.cache.keep(crowd, Instant::now() + FRESH.max(began.elapsed() * LEISURE)))
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
