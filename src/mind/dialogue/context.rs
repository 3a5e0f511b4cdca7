//! What a message leaves out because it was said before: "那运费呢", "这个呢", "上面说的那个要几天", "那要多久".
//!
//! # How a message is completed
//! 1. Courtesy in front and behind is no part of the question: "你好，退款多久到账" asks 退款多久到账.
//! 2. A message that points back ("那…呢", "上面说的", "这个") or asks for a time, a price or a way of nothing ("要几天") is
//!    completed with the subject of the question that was answered last: 开发票 + 要几天.
//! 3. What the message says itself stays in force: the completed question may only choose among the entries that the
//!    words alone would allow, unless they name nothing. So "那发票呢" after a question about parcels is about invoices.
//! 4. A message that is understood by itself, and does not point back, is a new topic; so is one after a question
//!    that found no answer. What was answered more than `LASTS` messages ago is forgotten.
//!
//! 这个 is the product on the page, or else the one that was shown last; see [`crate::dialogue::product_facts`].

use crate::dialogue::memo::{Searched, Searcher};
use crate::dialogue::ordinals;
use crate::dialogue::phrases::{self, Phrases};
use crate::dialogue::policy::Thresholds;
use crate::dialogue::product_facts::{self, Fact};
use crate::dialogue::state::State;
use crate::dialogue::{Context, Knowledge};
use crate::model::catalogue::Sku;
use crate::search::faq::{SearchError, Without};
use crate::text::Text;
use crate::text::mask::mask;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// Messages for which an answer stays the subject.
const LASTS: u32 = 3;

/// Entries that the words of a message allow, of those that they rank.
const ALLOWED: usize = 3;

/// A message, completed by what was said before.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// The message without courtesy, where there was some around a question.
    pub alone: Option<String>,
    /// The question that it means, if it points back to one.
    pub carried: Option<Carried>,
    /// The product that it asks about, and what it asks.
    pub product: Option<(Sku, Vec<Fact>)>,
    /// Whether it says nothing that could be answered: "怎么办", "有问题".
    pub vague: bool,
}

/// What was carried over from an earlier message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// The entry that was answered last.
    pub entry: String,
    /// Its subject, as it was taken over.
    pub subject: String,
    /// The question that was asked in place of the message.
    pub question: String,
    /// Whether the message names nothing itself, so that only the subject tells what it is about.
    pub bare: bool,
    /// Whether it points back so plainly that it cannot stand alone.
    pub points_back: bool,
}

impl Carried {
    /// The same without personal numbers, for a record that more people read than the conversation.
    #[must_use]
    pub fn masked(self) -> Self {
        Self { question: mask(&self.question).into_owned(), ..self }
    }
}

/// Completes a message.
pub fn complete(text: &Text, before: &State, about: &Context, knowledge: &Knowledge) -> Asked {
    let normal = text.normal.as_str();
    let question = phrases::without_courtesy(normal);
    let alone = (question != normal).then(|| question.to_owned());
    let read = Phrases::read(question);
    let product = card(question, before, knowledge).or_else(|| product(&read, before, about, knowledge));
    let carried = if product.is_some() { None } else { carried(&read, before, knowledge) };
    let vague = read.is_vague() && carried.is_none() && product.is_none();
    Asked { alone, carried, product, vague }
}

/// The question with the subject of the last answer, where the message needs one.
fn carried(read: &Phrases, before: &State, knowledge: &Knowledge) -> Option<Carried> {
    let needs = read.points_back || read.points || read.bare;
    let answered_at = before.answered_at.filter(|at| before.turns.saturating_sub(*at) < LASTS)?;
    let fresh = read.points_back || read.points || before.turns == answered_at;
    if !(needs && fresh) {
        return None;
    }
    let entry = knowledge.entry(before.answered.as_deref()?)?;
    let subject = phrases::subject(&entry.question);
    // Asked for nothing new, or for what the question asked for already: the same question again.
    let same = read.rest.is_empty() || (read.bare && phrases::ask_alike(&read.rest, &entry.question));
    let question = if same { entry.question.clone() } else { format!("{subject}{}", read.rest) };
    Some(Carried {
        entry: entry.id.clone(),
        subject,
        question,
        bare: read.bare || read.rest.is_empty(),
        points_back: read.points_back,
    })
}

/// The card that the message names by its place in the last list, with what it asks about it: "第二个多少钱".
fn card(question: &str, before: &State, knowledge: &Knowledge) -> Option<(Sku, Vec<Fact>)> {
    let list = before.last_list();
    let place = *ordinals::places(question, list.len()).first()?;
    let rest = Phrases::read(&ordinals::without(question)).rest;
    let asks = rest.is_empty() || product_facts::asks_only(&rest);
    let sku = list.get(place).filter(|sku| asks && knowledge.product(sku).is_some())?;
    Some((sku.clone(), Fact::asked(&rest)))
}

/// The product that the message points at, with what it asks about it.
fn product(read: &Phrases, before: &State, about: &Context, knowledge: &Knowledge) -> Option<(Sku, Vec<Fact>)> {
    let facts = Fact::asked(&read.rest);
    let on_page = about.page.as_ref().and_then(|page| page.sku.clone());
    let shown_lately = before.suggested_at.is_some_and(|at| before.turns.saturating_sub(at) < LASTS);
    let sku = on_page.or_else(|| before.product.clone().filter(|_| shown_lately))?;
    knowledge.product(&sku)?;
    let answered_since = before.answered_at > before.suggested_at;
    let nothing_else = read.rest.is_empty() && !answered_since;
    let asks = (read.points && (nothing_else || !facts.is_empty()))
        || (product_facts::asks_only(&read.rest) && !answered_since);
    asks.then_some((sku, facts))
}

/// A message as it was asked in the end.
pub struct Completed {
    /// The message and what completes it.
    pub asked: Asked,
    /// What the FAQ says.
    pub faq: Arc<Searched>,
    /// What was carried over, where that decided.
    pub carried: Option<Carried>,
}

/// Asks the FAQ for the completed message, of which `whole` is what it says to the bare one.
///
/// # Errors
/// [`SearchError`] where the index cannot be read.
pub fn ask(
    knowledge: &Knowledge,
    whole: &Arc<Searched>,
    asked: Asked,
    thresholds: &Thresholds,
    searcher: &Searcher<'_>,
) -> Result<Completed, SearchError> {
    let read = |question: &str| Cow::Owned(knowledge.faq.analyser().language().read(question));
    let alone = match &asked.alone {
        Some(question) => searcher.ask(question, None, || read(question))?,
        None => Arc::clone(whole),
    };
    let without_context = |alone, asked| Ok(Completed { asked, faq: alone, carried: None });
    let Some(carried) = &asked.carried else { return without_context(alone, asked) };
    let understood = !carried.bare && !carried.points_back && alone.confidence >= thresholds.answer;
    if understood {
        return without_context(alone, asked);
    }
    let same = carried.question == knowledge.question(&carried.entry);
    // The last answer is not what is asked for now.
    let without = (!same).then(|| Without { entry: knowledge.faq.place(&carried.entry) });
    let mut together = searcher.ask(&carried.question, without, || read(&carried.question))?;
    let first = together.ranked.first().map(|ranked| ranked.entry);
    let allowed = alone.ranked.iter().take(ALLOWED).position(|ranked| Some(ranked.entry) == first);
    match allowed {
        // Two readings that agree on an entry are wrong only if both are.
        Some(place) => {
            let doubt = (1.0 - together.confidence) * (1.0 - alone.ranked[place].probability);
            together = Arc::new(together.with_confidence(1.0 - doubt));
        }
        None if !carried.bare => return without_context(alone, asked),
        None => {}
    }
    let carried = Some(carried.clone());
    Ok(Completed { asked, faq: together, carried })
}
