//! What to do about a message. Pure: the same inputs give the same act.
//!
//! # The order of precedence
//! 1. A plain 退订: it is kept and confirmed, whatever else is going on. A person is in charge: stay silent.
//!    A plain word about one's own data, such as 删除我的数据: it is answered.
//! 2. A life may be in danger: the numbers of those who help, and a person.
//! 3. The shopper wants a person: hand over, whatever else was heard.
//! 4. Words of serious risk: hand over. So is what a rule of the shop sends to a person. While somebody waits for one, the
//!    assistant is silent where the shop wants it so. A plain wish about recommendations: it is kept.
//! 5. A task that the message begins, answers, corrects or gives up, with care first where the shopper is upset.
//! 6. Anger: care first, with the answer where one is known, never products; anger that stays is handed over.
//! 7. Nothing said that could be answered: ask for more.
//! 8. A fact about the product that is pointed at, a sure answer from the FAQ, or products where they were asked for;
//!    where several things were asked, each.
//! 9. Greetings and small talk, only where no business was heard.
//! 10. Several likely answers of which one probably is it, or two likely intents: ask which. Almost nothing said: ask
//!     for more.
//! 11. Otherwise: while a task has a question open, say it again with help; else admit it, offer the nearest questions,
//!     keep the question. After several in a row offer a person.

pub use crate::dialogue::act::{Act, Answered, Open};

use crate::classify::intent::Verdict;
use crate::classify::mood::Mood;
use crate::dialogue::act::OUT_OF_SCOPE;
use crate::dialogue::flows::hear::Reaction;
use crate::dialogue::flows::{Moved, Step};
use crate::dialogue::grave::is_grave;
use crate::dialogue::privacy;
use crate::dialogue::shopping::Variant;
use crate::dialogue::state::State;
use crate::dialogue::understand::Heard;
use crate::dialogue::{ByRule, Found};
use crate::marketing::contact::{self, Moment};
use crate::marketing::unsubscribe;
use crate::model::chat::{HandoverReason, Status};
use crate::model::knowledge::{Lane, SuggestionLimits};
use crate::recommend::consent;
use crate::search::faq::FaqResult;
use crate::text::mask::mask;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lines between answering, asking and admitting, as probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Probability that the first entry answers, from which it is the answer.
    pub answer: f64,
    /// The same probability from which, below `answer`, the best entries are offered as a question back.
    pub clarify: f64,
    /// Probability that any entry answers, below which nothing is asked back.
    pub answerable: f64,
    /// Probability from which a greeting or small talk is one.
    pub chitchat: f64,
    /// Unanswered messages in a row after which a person is called.
    pub failures: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { answer: 0.4, clarify: 0.15, answerable: 0.8, chitchat: 0.55, failures: 3 }
    }
}

/// What the FAQ has for a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The answer.
    Answer,
    /// Several entries of which one probably answers: which is meant must be asked.
    AskBack,
    /// Nothing.
    Unsure,
}

impl Thresholds {
    /// What makes no sense about them, in Chinese, each with the name of the line.
    pub fn mistakes(&self) -> Vec<(&'static str, String)> {
        let lines = [
            ("answer", self.answer),
            ("clarify", self.clarify),
            ("answerable", self.answerable),
            ("chitchat", self.chitchat),
        ];
        let outside = lines.into_iter().filter(|(_, value)| !(0.0..=1.0).contains(value));
        let mut mistakes: Vec<(&str, String)> =
            outside.map(|(name, value)| (name, format!("应在 0 到 1 之间，现在是 {value}"))).collect();
        if self.clarify > self.answer {
            mistakes.push(("clarify", "不能高于直接回答的门槛".to_owned()));
        }
        if !(1..=20).contains(&self.failures) {
            mistakes.push(("failures", "应在 1 到 20 之间".to_owned()));
        }
        mistakes
    }

    /// What came of a search.
    pub fn outcome(&self, faq: &FaqResult) -> Outcome {
        if faq.confidence >= self.answer {
            Outcome::Answer
        } else if faq.confidence >= self.clarify && faq.answerable >= self.answerable {
            Outcome::AskBack
        } else {
            Outcome::Unsure
        }
    }
}

/// The situation around a message: what neither its words nor the dialogue's memory know.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Who answers at the moment.
    pub status: Status,
    /// How much may be suggested.
    pub limits: &'a SuggestionLimits,
    /// The lines in force.
    pub thresholds: &'a Thresholds,
    /// Whether there is too much to do for product suggestions.
    pub without_products: bool,
    /// Whether the assistant is silent while the shopper waits for a person.
    pub silent_while_waiting: bool,
    /// What a rule of the shop sends to a person.
    pub by_rule: &'a ByRule,
}

/// Entries that are offered as buttons, at most.
const OFFERED: usize = 3;

/// Share of the best entry's probability from which another entry is as likely.
const AS_LIKELY: f64 = 0.5;

/// Decides.
pub fn decide(state: &State, heard: &Heard, found: &Found, about: &Situation<'_>) -> Act {
    let subscription = unsubscribe::read(&heard.text.normal);
    if subscription == Some(false) {
        return Act::SetMarketing { on: false };
    }
    if about.status == Status::Agent {
        return Act::Silent;
    }
    if let Some(word) = privacy::read(&heard.text.normal, &state.privacy) {
        return Act::Privacy { word };
    }
    let waits = about.status == Status::Waiting;
    if let Some(reason) = needs_person(state, heard, found) {
        return Act::HandOver { reason, again: waits };
    }
    if waits && about.silent_while_waiting {
        return Act::Silent;
    }
    let meant = heard.intent().is_some_and(|intent| about.by_rule.intents.contains(&intent.name));
    if !waits && (about.by_rule.always || meant) {
        return Act::HandOver { reason: HandoverReason::Rule, again: false };
    }
    if subscription == Some(true) {
        return Act::SetMarketing { on: true };
    }
    if let Some(on) = consent::read(&heard.text.normal) {
        return Act::SetRecommendations { on };
    }
    match &found.task {
        // Of several wishes each is answered; the task is offered below.
        Some(Reaction::Taken(_))
            if state.task.is_none() && !found.parts.is_empty() && heard.entities.orders.is_empty() =>
        {
            without_task(state, heard, found, about)
        }
        Some(Reaction::Taken(moved)) => task(moved, waits),
        Some(Reaction::Missed(moved)) if !heard.is_upset() => {
            let other = without_task(state, heard, found, about);
            if other.is_helpless() { task(moved, waits) } else { other }
        }
        _ => without_task(state, heard, found, about),
    }
}

/// A step of a task.
pub fn task(moved: &Moved, waits: bool) -> Act {
    if moved.step == Step::Person {
        return Act::HandOver { reason: HandoverReason::Unanswered, again: waits };
    }
    Act::Task { flow: moved.task.flow.clone(), step: moved.step.clone(), with_care: moved.task.with_care }
}

/// What to do about a message that belongs to no task.
fn without_task(state: &State, heard: &Heard, found: &Found, about: &Situation<'_>) -> Act {
    if heard.is_upset() {
        return care(found, about.thresholds);
    }
    if heard.text.is_wordless() {
        let wording = if heard.text.normal.is_empty() { "empty_message" } else { "only_symbols" };
        return Act::SmallTalk { wording: wording.to_owned() };
    }
    if found.asked.vague && !(heard.only_wishes && heard.wants_products()) {
        return give_up(state, about).unwrap_or(Act::AskForMore);
    }
    if let Some((sku, facts)) = &found.asked.product {
        return Act::Describe { sku: sku.clone(), facts: facts.clone() };
    }
    business(state, heard, found, about)
        .or_else(|| small_talk(heard, found, about.thresholds))
        .unwrap_or_else(|| uncertain(state, heard, found, about))
}

/// Whether a person must be called, and why.
fn needs_person(state: &State, heard: &Heard, found: &Found) -> Option<HandoverReason> {
    if heard.danger {
        return Some(HandoverReason::Danger);
    }
    // 个人, tapped as the kind of an invoice, sounds like a wish for a person and is none.
    let sounds_like_it = heard.intent().is_some_and(|intent| intent.lane == Lane::Human) && !found.is_option;
    let asked = heard.calls_for_person || sounds_like_it;
    if asked {
        Some(HandoverReason::Requested)
    } else if !heard.mood.risk.is_empty() || is_grave(&heard.text.normal) {
        Some(HandoverReason::Risk)
    } else if heard.is_upset() && state.mood.stays_upset() {
        Some(HandoverReason::Mood)
    } else {
        None
    }
}

/// Care first; the answer only where it is sure.
fn care(found: &Found, thresholds: &Thresholds) -> Act {
    if let Some(several) = several(found, thresholds, true) {
        return several;
    }
    match found.faq.ranked.first() {
        Some(first) if found.faq.confidence >= thresholds.answer => {
            Act::Answer { entry: first.id.clone(), confidence: found.faq.confidence, with_care: true }
        }
        _ => Act::Comfort,
    }
}

/// Answers to the parts of a message, where it has several: all of them, or those that are known.
fn several(found: &Found, thresholds: &Thresholds, with_care: bool) -> Option<Act> {
    let answers = known_parts(found, thresholds);
    let open: Vec<Open> = (found.parts.iter())
        .filter(|part| part.faq.confidence < thresholds.answer && !part.wants_products)
        .map(|part| {
            let nearest = part.faq.ranked.iter().take(OFFERED).map(|entry| entry.id.clone()).collect();
            Open { said: mask(&part.said).into_owned(), nearest }
        })
        .collect();
    let enough = !answers.is_empty() && answers.len() + open.len() > 1;
    enough.then_some(Act::AnswerSeveral { answers, open, with_care })
}

/// The parts of a message that the FAQ surely answers.
fn known_parts(found: &Found, thresholds: &Thresholds) -> Vec<Answered> {
    let sure = found.parts.iter().filter(|part| part.faq.confidence >= thresholds.answer);
    sure.filter_map(|part| {
        let entry = part.faq.ranked.first()?.id.clone();
        Some(Answered { entry, confidence: part.faq.confidence })
    })
    .collect()
}

/// An answer or products, where one of them is what was asked for.
fn business(state: &State, heard: &Heard, found: &Found, about: &Situation<'_>) -> Option<Act> {
    if let Some(act) = of_the_shelf(found).filter(|_| may_show(state, heard, about)) {
        return Some(act);
    }
    let products = suggestion(state, heard, found, about);
    if found.parts.iter().any(|part| part.wants_products)
        && let Some(Act::Suggest { suggestions, asks_budget, .. }) = products
    {
        return Some(Act::Suggest { suggestions, also: known_parts(found, about.thresholds), asks_budget });
    }
    if let Some(several) = several(found, about.thresholds, false) {
        return Some(several);
    }
    let sure = found.faq.ranked.first().filter(|_| found.faq.confidence >= about.thresholds.answer);
    let answer =
        sure.map(|first| Act::Answer { entry: first.id.clone(), confidence: found.faq.confidence, with_care: false });
    let says_what = heard.wish.names_goods() || heard.wish.properties() >= 2 || heard.only_wishes;
    if heard.lane(Lane::Product) > found.faq.confidence || (heard.wants_products() && says_what) {
        products.or(answer)
    } else {
        answer.or(products)
    }
}

/// What was asked about certain products: a comparison, or a colour or size of the one on the screen.
fn of_the_shelf(found: &Found) -> Option<Act> {
    if let Some(variant) = &found.variant {
        let Variant { sku, asked, facts, there } = variant.clone();
        // Only what really has it is worth a card.
        let others = Some(&found.products).filter(|others| !there && others.loosened.is_empty());
        return Some(Act::Variant { sku, asked, facts, there, suggestions: others.cloned().unwrap_or_default() });
    }
    match found.compared.as_slice() {
        [] => None,
        [sku] => Some(Act::CompareWith { sku: sku.clone(), others: found.like_it.clone() }),
        skus => Some(Act::Compare { skus: skus.to_vec() }),
    }
}

/// Products for the wish, if they were asked for and may be shown.
fn suggestion(state: &State, heard: &Heard, found: &Found, about: &Situation<'_>) -> Option<Act> {
    if !heard.wants_products() || !may_show(state, heard, about) {
        return None;
    }
    if about.without_products {
        return Some(Act::PutOff);
    }
    let wish = &state.wish;
    if wish.is_empty() && found.products.products.is_empty() {
        return Some(Act::AskForWish);
    }
    let asks = wish.is_gift() && !wish.has_price() && !wish.names_goods() && !state.gift_asked;
    if asks && wish.persons.is_empty() && wish.occasions.is_empty() {
        return Some(Act::AskForGift);
    }
    Some(Act::Suggest { suggestions: found.products.clone(), also: Vec::new(), asks_budget: asks })
}

/// Whether products that were asked for may be shown now.
fn may_show(state: &State, heard: &Heard, about: &Situation<'_>) -> bool {
    let moment = Moment {
        upset: heard.is_upset() || state.mood.level() <= Mood::Upset,
        open_complaint: state.open_complaint && about.status == Status::Waiting,
        asked: true,
        turns_since_last: state.turns_since_suggestion(),
    };
    contact::may_suggest(&moment, about.limits).is_ok()
}

/// Chitchat never beats business: it is heard only where the FAQ is not sure, and a greeting in front of something else
/// only where the FAQ knows nothing of it.
fn small_talk(heard: &Heard, found: &Found, thresholds: &Thresholds) -> Option<Act> {
    let intent = heard.intents.first()?;
    let chats = heard.lane(Lane::Chitchat) + heard.lane(Lane::Dialogue) >= thresholds.chitchat;
    let line = if found.asked.alone.is_some() { thresholds.clarify } else { thresholds.answer };
    if chats && matches!(intent.lane, Lane::Chitchat | Lane::Dialogue) && found.faq.confidence < line {
        return Some(Act::SmallTalk { wording: intent.name.clone() });
    }
    None
}

/// Neither sure answer nor small talk.
fn uncertain(state: &State, heard: &Heard, found: &Found, about: &Situation<'_>) -> Act {
    let ranked = &found.faq.ranked;
    let nearest: Vec<String> = ranked.iter().take(OFFERED).map(|entry| entry.id.clone()).collect();
    let out_of_scope = heard.lane(Lane::OutOfScope) >= about.thresholds.chitchat;
    if out_of_scope && found.faq.confidence < about.thresholds.clarify {
        return Act::SmallTalk { wording: OUT_OF_SCOPE.to_owned() };
    }
    let answerable = found.faq.answerable >= about.thresholds.answerable;
    if answerable && found.faq.confidence >= clarify_line(heard, about.thresholds) && nearest.len() > 1 {
        let best = ranked[0].probability;
        let likely = ranked.iter().take(OFFERED).filter(|entry| entry.probability >= AS_LIKELY * best).count();
        return Act::Clarify { entries: nearest.into_iter().take(likely.max(2)).collect() };
    }
    if let Some(act) = give_up(state, about) {
        return act;
    }
    if heard.text.words().count() <= 2 && heard.entities.orders.is_empty() && state.failures == 0 {
        return Act::AskForMore;
    }
    Act::Unsure { nearest }
}

/// A person, where the messages before could not be answered either.
fn give_up(state: &State, about: &Situation<'_>) -> Option<Act> {
    let often = state.failures + 1 >= about.thresholds.failures;
    often.then_some(Act::HandOver { reason: HandoverReason::Unanswered, again: about.status == Status::Waiting })
}

/// The line from which it is asked what is meant: half of it where two of the shop's intents are equally likely.
fn clarify_line(heard: &Heard, thresholds: &Thresholds) -> f64 {
    let is_business = |lane| matches!(lane, Lane::Business | Lane::Product);
    let either =
        heard.verdict() == Verdict::Ambiguous && heard.intents.iter().take(2).all(|intent| is_business(intent.lane));
    if either { thresholds.clarify / 2.0 } else { thresholds.clarify }
}
