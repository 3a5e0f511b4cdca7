//! How a message becomes a reply.
//!
//! [`Assistant::turn`] is the whole way on one screen. It is pure: the same inputs give the same turn, on every node
//! and in every replay. Effects are data; the service floor performs them after the commit. The [`Trace`] is stored
//! with the reply and answers "why did it say that?".

pub mod act;
pub mod act_in_words;
pub mod context;
pub mod danger;
pub mod explain;
pub mod flows;
pub mod grave;
pub mod memo;
pub mod noted;
pub mod ordinals;
pub mod parts;
pub mod phrases;
pub mod policy;
pub mod privacy;
pub mod product_facts;
pub mod respond;
pub mod shopping;
pub mod state;
pub mod trace;
pub mod understand;
pub mod why;

use crate::classify::intent::IntentModel;
use crate::classify::mood::MoodReader;
use crate::clock::Watch;
use crate::model::catalogue::{Product, Sku};
use crate::model::chat::{Body, HandoverReason, PageContext, Status};
use crate::model::date::Date;
use crate::model::desk::Segment;
use crate::model::flow::Flow;
use crate::model::knowledge::{FaqEntry, Knowledge as Content, Lane, Listener, Shop};
use crate::model::order::{Outcome, Request};
use crate::recommend::in_conversation::{Suggestion, Suggestions};
use crate::recommend::taste::Taste;
use crate::recommend::wish::reader::WishReader;
use crate::search::faq::{FaqIndex, SearchError};
use crate::search::products::ProductIndex;
use crate::text::Language;
use crate::text::entity::EntityReader;
use crate::text::mask::mask;
use context::{Asked, Carried, Completed};
use flows::hear::Reaction;
use flows::value::Ear;
use flows::{Stage, Step};
use memo::{Memo, Searched, Searcher, Understood};
use parts::Part;
use policy::{Act, Situation, Thresholds};
use privacy::Word;
use shopping::Variant;
use state::State;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use trace::Trace;
use understand::{Heard, HeardClause};

/// Everything that answers: the models that read and the knowledge that is asked. Immutable; a publish builds a new
/// one and swaps it in.
pub struct Assistant {
    /// Which knowledge this is; every answer names it.
    pub version: i64,
    /// What reads messages.
    pub models: Arc<Models>,
    /// What answers them.
    pub knowledge: Arc<Knowledge>,
    /// Lines between answering, asking and admitting.
    pub thresholds: Thresholds,
    /// What was understood of late.
    pub memo: Memo,
}

/// What reads messages.
pub struct Models {
    /// Normalisation and words.
    pub language: Language,
    /// Order numbers, amounts, sizes.
    pub entities: EntityReader,
    /// What is wanted.
    pub intents: IntentModel,
    /// How it is said.
    pub mood: Arc<MoodReader>,
}

/// What answers messages.
pub struct Knowledge {
    /// The content as it was published.
    pub content: Content,
    /// FAQ entries.
    pub faq: Arc<FaqIndex>,
    /// Products by their words.
    pub products: Arc<ProductIndex>,
    /// Titles of the products as messages are read, in the order of the catalogue.
    pub titles: Vec<String>,
    /// Words that name goods, colours, persons.
    pub wishes: Arc<WishReader>,
    /// Lane of each intent.
    pub lanes: HashMap<String, Lane>,
    /// Whether an answer depends on the shopper's segments.
    pub answers_by_segment: bool,
}

/// What is known around a message besides its words and the dialogue's memory.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Who answers at the moment.
    pub status: Status,
    /// Where the shopper is.
    pub page: Option<PageContext>,
    /// What the recommender says of this shopper.
    pub personal: Taste,
    /// Products not to suggest to this shopper: dismissed, or bought and not consumed.
    pub withheld: HashSet<Sku>,
    /// Whether there is too much to do for product suggestions; a wish for products is then put off.
    pub without_products: bool,
    /// Whether the assistant is silent while the shopper waits for a person.
    pub silent_while_waiting: bool,
    /// What a rule of the shop sends to a person.
    pub by_rule: ByRule,
    /// The day.
    pub today: Date,
    /// The shopper's segments, where an answer depends on them.
    pub segments: Vec<Segment>,
}

impl Context {
    /// Who is answered and where.
    pub fn listener<'a>(&'a self, knowledge: &'a Knowledge) -> Listener<'a> {
        let product = shopping::on_page(self).and_then(|sku| knowledge.product(sku));
        Listener {
            segments: &self.segments,
            product: product.map(|product| (product.sku.as_str(), product.category.as_str())),
        }
    }
}

/// What the rules of the shop send to a person, for this shopper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByRule {
    /// Whatever is said.
    pub always: bool,
    /// Names of intents.
    pub intents: HashSet<String>,
}

/// What the knowledge offers for a message.
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
    fn only(faq: &Arc<Searched>) -> Self {
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

/// One message answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The reply; none where a person is in charge.
    pub reply: Option<Body>,
    /// What has to be done with it, in the same commit.
    pub effects: Vec<Effect>,
    /// The memory after it.
    pub state: State,
    /// Why.
    pub trace: Trace,
}

/// Something to do, as data.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Keep a question that could not be answered; personal numbers are masked.
    KeepUnknownQuestion {
        /// The question.
        question: String,
        /// Ids of the nearest entries.
        nearest: Vec<String>,
    },
    /// Call a person.
    CallPerson {
        /// Why.
        reason: HandoverReason,
    },
    /// Keep or withdraw the wish not to be recommended to by what one did.
    SetOptOut {
        /// Whether it may no longer be used.
        opted_out: bool,
    },
    /// Keep the wish for messages of campaigns, or for none any longer.
    SetMarketing {
        /// Whether they are wanted.
        wanted: bool,
    },
    /// Keep whether the shopper agrees to the notice about their data.
    SetConsent {
        /// Whether they do.
        agreed: bool,
    },
    /// Have everything about the shopper deleted, or no longer.
    AskErasure {
        /// Whether it is wanted.
        wanted: bool,
    },
    /// Ask the shop's system; its answer leads to the next turn.
    AskShop {
        /// What.
        request: Request,
    },
    /// Log which products were shown and why.
    LogSuggestions {
        /// The products.
        shown: Vec<Suggestion>,
    },
}

impl Assistant {
    /// The same with another intent model; everything else is shared.
    #[must_use]
    pub fn with_intents(&self, intents: IntentModel) -> Self {
        let Models { language, entities, mood, .. } = &*self.models;
        let models = Models { language: language.clone(), entities: entities.clone(), intents, mood: Arc::clone(mood) };
        Self {
            version: self.version,
            models: Arc::new(models),
            knowledge: Arc::clone(&self.knowledge),
            thresholds: self.thresholds,
            memo: Memo::default(),
        }
    }

    /// The same with other lines between answering, asking and admitting.
    #[must_use]
    pub fn with_thresholds(&self, thresholds: Thresholds) -> Self {
        let (models, knowledge) = (Arc::clone(&self.models), Arc::clone(&self.knowledge));
        Self { version: self.version, models, knowledge, thresholds, memo: Memo::default() }
    }

    /// The same with other stock and prices of some products; what is searched stays.
    #[must_use]
    pub fn with_stock(&self, changed: &[Product]) -> Self {
        let changed: HashMap<&str, &Product> = changed.iter().map(|product| (product.sku.as_str(), product)).collect();
        let mut content = self.knowledge.content.clone();
        for product in &mut content.products {
            if let Some(changed) = changed.get(product.sku.as_str()) {
                product.stock = changed.stock;
                product.price = changed.price;
                product.original_price = changed.original_price;
            }
        }
        self.with_content(self.version, content)
    }

    /// The next version, in which the shop presents itself otherwise; what is searched and how orders are read stays.
    #[must_use]
    pub fn with_shop(&self, shop: Shop) -> Self {
        let order_number_pattern = self.knowledge.content.shop.order_number_pattern.clone();
        let shop = Shop { order_number_pattern, ..shop };
        self.with_content(self.version + 1, Content { shop, ..self.knowledge.content.clone() })
    }

    /// Another content that gives the same indexes.
    fn with_content(&self, version: i64, content: Content) -> Self {
        let former = &self.knowledge;
        let knowledge = Knowledge {
            content,
            faq: Arc::clone(&former.faq),
            products: Arc::clone(&former.products),
            titles: former.titles.clone(),
            wishes: Arc::clone(&former.wishes),
            lanes: former.lanes.clone(),
            answers_by_segment: former.answers_by_segment,
        };
        Self {
            version,
            models: Arc::clone(&self.models),
            knowledge: Arc::new(knowledge),
            thresholds: self.thresholds,
            memo: Memo::default(),
        }
    }

    /// One message in, one turn out. The same inputs give the same turn.
    ///
    /// # Errors
    /// [`SearchError`] where an index in memory cannot be read.
    pub fn turn(&self, before: &State, said: &str, about: &Context) -> Result<Turn, SearchError> {
        self.timed_turn(before, said, about, &mut ())
    }

    /// The same, telling a watch when each part has ended.
    ///
    /// # Errors
    /// [`SearchError`] where an index in memory cannot be read.
    pub fn timed_turn(
        &self,
        before: &State,
        said: &str,
        about: &Context,
        watch: &mut impl Watch,
    ) -> Result<Turn, SearchError> {
        let understood = self.memo.get(said, || self.understand(said, &mut ()))?;
        watch.done("understand");
        self.answer(&understood, before, about, Some(&self.memo), watch)
    }

    /// The same without a look at what was understood before, telling a watch when each part has ended.
    ///
    /// # Errors
    /// [`SearchError`] where an index in memory cannot be read.
    pub fn watched_turn(
        &self,
        before: &State,
        said: &str,
        about: &Context,
        watch: &mut impl Watch,
    ) -> Result<Turn, SearchError> {
        let understood = self.understand(said, watch)?;
        self.answer(&understood, before, about, None, watch)
    }

    /// What a message means, whoever says it.
    fn understand(&self, said: &str, watch: &mut impl Watch) -> Result<Understood, SearchError> {
        let heard = understand::read(&self.models, &self.knowledge, said, watch);
        let faq = self.knowledge.faq.watched_ask(&heard.text, watch)?;
        Ok(Understood::new(heard, faq))
    }

    fn answer(
        &self,
        understood: &Understood,
        before: &State,
        about: &Context,
        memo: Option<&Memo>,
        watch: &mut impl Watch,
    ) -> Result<Turn, SearchError> {
        let heard = understood.heard(are_goods_the_matter(before, about));
        let variant = self.knowledge.variant(heard, before, about);
        let state = before.hear(heard, self.knowledge.wish(heard, before, about, variant.as_ref()));
        let searcher = Searcher::new(&self.knowledge.faq, memo);
        let asked = context::complete(&heard.text, before, about, &self.knowledge);
        let asked = context::ask(&self.knowledge, &understood.faq, asked, &self.thresholds, searcher)?;
        watch.done("context");
        let mut found = self.find(heard, asked, &state, about, searcher, watch)?;
        found.variant = variant;
        let situation = Situation {
            status: about.status,
            limits: &self.knowledge.content.shop.suggestions,
            thresholds: &self.thresholds,
            without_products: about.without_products,
            silent_while_waiting: about.silent_while_waiting,
            by_rule: &about.by_rule,
        };
        let act = policy::decide(&state, heard, &found, &situation);
        let flow = |name: &str| self.knowledge.flow(name);
        let act = privacy::guard(act, &state.privacy, flow);
        let asks_first = privacy::asks_first(&act, &state.privacy, flow);
        watch.done("decide");
        let state = state.in_task(&act, found.task.as_ref());
        let reminds = act.allows_reminder() && state.task.as_ref().is_some_and(|task| task.asks());
        let reply = respond::say(&act, &state, &self.knowledge, &about.listener(&self.knowledge));
        let reply = match reply {
            Some(body) if reminds => {
                Some(respond::remind(body, &state, &self.knowledge, &about.listener(&self.knowledge)))
            }
            Some(body) if act.answers() => Some(respond::offer(body, heard, &found, &self.knowledge)),
            reply => reply,
        };
        let reply = match reply {
            Some(body) if asks_first => {
                Some(respond::with_purpose(body, &state, &self.knowledge, &about.listener(&self.knowledge)))
            }
            reply => reply,
        };
        watch.done("word");
        let mut trace = Trace::of(self, &state, understood, &found, &act);
        trace.decision.reminded = reminds;
        watch.done("trace");
        let state = state.after(&act);
        let mut state = if reminds { state.reminded() } else { state };
        state.privacy.noted |= asks_first;
        let mut effects = effects(&act, heard);
        effects.extend(shown_with_an_answer(&act, reply.as_ref()));
        effects.extend(self.request(&act, &state));
        Ok(Turn { reply, effects, state, trace })
    }

    /// The turn that follows from what the shop's system answered to request `number`; none where nobody waits for it
    /// any longer. `said` is the message that led to the request.
    ///
    /// # Errors
    /// [`SearchError`] where an index in memory cannot be read.
    pub fn resume(
        &self,
        before: &State,
        said: &str,
        number: u32,
        outcome: &Outcome,
        about: &Context,
    ) -> Result<Option<Turn>, SearchError> {
        let Some(task) = before.task.as_ref().filter(|task| task.waiting == Some(number)) else { return Ok(None) };
        let understood = self.memo.get(said, || self.understand(said, &mut ()))?;
        let moved = self.knowledge.flow(&task.flow).map(|flow| flows::learn::learn(flow, task, outcome));
        let silent = about.status == Status::Agent && task.stage != Stage::Acting;
        let (act, after) = match moved {
            _ if silent => (Act::Silent, None),
            Some(moved) => (policy::task(&moved, about.status == Status::Waiting), Some(Box::new(moved.task))),
            // The flow was taken out of the knowledge meanwhile.
            None => (Act::SmallTalk { wording: "task_unavailable".to_owned() }, None),
        };
        let state = State { task: after, ..before.clone() };
        let further = matches!(act, Act::Task { step: Step::Request { .. }, .. });
        let listener = about.listener(&self.knowledge);
        let working = Act::SmallTalk { wording: "task_working".to_owned() };
        let worded = if further { &working } else { &act };
        let reply = respond::say(worded, &state, &self.knowledge, &listener);
        let asks_first = privacy::asks_first(&act, &state.privacy, |name| self.knowledge.flow(name));
        let purpose = |body| respond::with_purpose(body, &state, &self.knowledge, &listener);
        let reply = if asks_first { reply.map(purpose) } else { reply };
        let found = Found::only(&understood.faq);
        let mut trace = Trace::of(self, &state, &understood, &found, &act);
        trace.decision.outcome = Some(outcome.name().to_owned());
        let mut state = state.after(&act);
        state.privacy.noted |= asks_first;
        let mut effects = effects(&act, understood.heard(false));
        effects.extend(self.request(&act, &state));
        Ok(Some(Turn { reply, effects, state, trace }))
    }

    /// The request that a step sends.
    fn request(&self, act: &Act, state: &State) -> Option<Effect> {
        let Act::Task { flow, step: Step::Request { action }, .. } = act else { return None };
        let (flow, task) = (self.knowledge.flow(flow)?, state.task.as_ref()?);
        Some(Effect::AskShop { request: task.request(flow, action, task.waiting?) })
    }
}

/// Whether goods were talked about before a message, or one is on the screen.
fn are_goods_the_matter(before: &State, about: &Context) -> bool {
    !before.wish.is_empty() || about.page.as_ref().is_some_and(|page| page.sku.is_some())
}

/// What an act entails.
fn effects(act: &Act, heard: &Heard) -> Vec<Effect> {
    let question = || mask(&heard.text.raw).into_owned();
    match act {
        Act::Unsure { nearest } => {
            vec![Effect::KeepUnknownQuestion { question: question(), nearest: nearest.clone() }]
        }
        Act::HandOver { reason, again: false } => {
            let call = Effect::CallPerson { reason: *reason };
            let unanswered = *reason == HandoverReason::Unanswered;
            let keep = Effect::KeepUnknownQuestion { question: question(), nearest: Vec::new() };
            if unanswered { vec![call, keep] } else { vec![call] }
        }
        Act::AnswerSeveral { open, .. } if !open.is_empty() => {
            // One row of a turn is kept: the first question that stays open.
            let (question, nearest) = (mask(&open[0].said).into_owned(), open[0].nearest.clone());
            vec![Effect::KeepUnknownQuestion { question, nearest }]
        }
        Act::Suggest { suggestions, .. } | Act::Variant { suggestions, .. } if !suggestions.products.is_empty() => {
            vec![Effect::LogSuggestions { shown: suggestions.products.clone() }]
        }
        Act::SetRecommendations { on } => vec![Effect::SetOptOut { opted_out: !on }],
        Act::SetMarketing { on } => vec![Effect::SetMarketing { wanted: *on }],
        Act::Privacy { word: Word::Agree } => vec![Effect::SetConsent { agreed: true }],
        Act::Privacy { word: Word::Refuse } => vec![Effect::SetConsent { agreed: false }],
        Act::Privacy { word: Word::Erase } => vec![Effect::AskErasure { wanted: true }],
        Act::Privacy { word: Word::KeepAll } => vec![Effect::AskErasure { wanted: false }],
        _ => Vec::new(),
    }
}

/// Products that belong to an answer are logged like all others that are shown.
fn shown_with_an_answer(act: &Act, reply: Option<&Body>) -> Option<Effect> {
    let body = reply.filter(|body| matches!(act, Act::Answer { .. }) && !body.products.is_empty())?;
    let shown = body.products.iter().map(|card| Suggestion {
        sku: card.sku.clone(),
        reason: card.reason.clone(),
        source: respond::OF_AN_ANSWER.to_owned(),
        score: 0.0,
    });
    Some(Effect::LogSuggestions { shown: shown.collect() })
}

impl Assistant {
    /// FAQ entries and products for a message.
    fn find(
        &self,
        heard: &Heard,
        asked: Completed,
        state: &State,
        about: &Context,
        searcher: Searcher<'_>,
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

impl Knowledge {
    /// An entry by id.
    pub fn entry(&self, id: &str) -> Option<&FaqEntry> {
        self.content.faq.iter().find(|entry| entry.id == id)
    }

    /// A product by its number.
    pub fn product(&self, sku: &str) -> Option<&Product> {
        self.content.products.iter().find(|product| product.sku == sku)
    }

    /// The standard question of an entry; empty where there is none.
    pub fn question(&self, id: &str) -> &str {
        self.entry(id).map_or("", |entry| entry.question.as_str())
    }

    /// What people call an entry: its standard question, or the id of one that is gone.
    pub fn called<'a>(&'a self, id: &'a str) -> &'a str {
        self.entry(id).map_or(id, |entry| entry.question.as_str())
    }

    /// The standard questions of entries.
    pub fn questions(&self, ids: &[String]) -> Vec<String> {
        ids.iter().filter_map(|id| self.entry(id)).map(|entry| entry.question.clone()).collect()
    }

    /// A flow by its name.
    pub fn flow(&self, name: &str) -> Option<&Flow> {
        self.content.flows.iter().find(|flow| flow.name == name)
    }

    /// The lane of an intent; an unknown one is business.
    pub fn lane(&self, intent: &str) -> Lane {
        self.lanes.get(intent).copied().unwrap_or(Lane::Business)
    }
}
