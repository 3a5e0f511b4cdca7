//! What the knowledge offers for a message, before it is decided what to do with it.

use super::assistant::Assistant;
use super::circumstances::Context;
use super::context::{Asked, Carried, Completed};
use super::flows;
use super::flows::hear::Reaction;
use super::flows::value::Ear;
use super::memo::{Searched, Searcher};
use super::parts::{self, Part};
use super::shopping::Variant;
use super::state::State;
use super::understand::{Heard, HeardClause};
use crate::clock::Watch;
use crate::model::catalogue::Sku;
use crate::recommend::in_conversation::Suggestions;
use crate::search::faq::SearchError;
use std::borrow::Cow;
use std::sync::Arc;

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// FAQ entries with confidence.
    pub faq: Arc<Searched>,
    /// The same for each part, where the message asks several things.
    pub parts: Vec<Part>,
    /// Products for the wish gathered so far.
    pub products: Suggestions,
    /// The message, completed by what was said before.
    pub asked: Asked,
    /// What was carried over, where that decided.
    pub carried: Option<Carried>,
    /// Products that the message compares; one alone where it is not said with what.
    pub compared: Vec<Sku>,
    /// What that one may be compared with.
    pub like_it: Vec<Sku>,
    /// A colour or size that is asked of the product on the screen.
    pub variant: Option<Variant>,
    /// What the message means to the task under way, or the task that it begins.
    pub task: Option<Reaction>,
    /// Whether the message is one of the options that the task under way offers, word for word.
    pub is_option: bool,
}

impl Found {
    /// What the FAQ said, and nothing else.
    pub(super) fn only(faq: &Arc<Searched>) -> Self {
        Self {
            faq: Arc::clone(faq),
            parts: Vec::new(),
            products: Suggestions::default(),
            asked: Asked::default(),
            carried: None,
            compared: Vec::new(),
            like_it: Vec::new(),
            variant: None,
            task: None,
            is_option: false,
        }
    }
}

impl Assistant {
    /// FAQ entries and products for a message.
    pub(super) fn find(
        &self,
        heard: &Heard,
        asked: Completed,
        state: &State,
        about: &Context,
        searcher: &Searcher<'_>,
        watch: &mut impl Watch,
    ) -> Result<Found, SearchError> {
        let knowledge = &self.knowledge;
        let Completed { asked, faq, carried } = asked;
        let ask = |clause: &HeardClause| searcher.ask(&clause.text.raw, None, || Cow::Borrowed(&clause.text));
        let parts = parts::split(&heard.clauses, &faq, &self.thresholds, ask)?;
        watch.done("parts");
        let wanted = heard.wants_products() && !about.without_products;
        let products = if wanted { knowledge.suggest(heard, state, about)? } else { Suggestions::default() };
        watch.done("products");
        let compared = knowledge.compared(heard, state, about);
        let like_it = if let [sku] = compared.as_slice() { knowledge.like(sku) } else { Vec::new() };
        let ear = Ear {
            heard,
            today: about.today,
            page_order: about.page.as_ref().and_then(|page| page.order_id.as_deref()),
            last_order: state.order.as_deref(),
            known: faq.confidence >= self.thresholds.answer,
            asks: parts::is_question(&heard.text.normal),
        };
        let (flows, under_way) = (&knowledge.content.flows, state.task.as_deref());
        let task = flows::hear::hear(flows, under_way, &ear);
        let is_option = flows::hear::is_an_option(flows, under_way, &heard.text.normal);
        Ok(Found { faq, parts, products, asked, carried, compared, like_it, variant: None, task, is_option })
    }
}
