//! One message in, one turn out: the whole way on one screen.

use super::assistant::Assistant;
use super::circumstances::Context;
use super::context;
use super::effect::Effect;
use super::find::Found;
use super::flows;
use super::flows::{Stage, Step};
use super::memo::{Memo, Searcher, Understood};
use super::policy::{self, Act, Situation};
use super::privacy;
use super::respond;
use super::state::State;
use super::trace::Trace;
use super::understand::{self, Heard};
use crate::clock::Watch;
use crate::model::chat::{Body, Status};
use crate::model::order::Outcome;
use crate::search::faq::SearchError;

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

impl Assistant {
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

    /// The same without a look at what was understood before and without keeping it, so that each part costs what it
    /// costs the first time; the watch is told of the parts of understanding, too.
    ///
    /// # Errors
    /// [`SearchError`] where an index in memory cannot be read.
    pub fn turn_without_memo(
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
        let asked = context::ask(&self.knowledge, &understood.faq, asked, &self.thresholds, &searcher)?;
        watch.done("context");
        let mut found = self.find(heard, asked, &state, about, &searcher, watch)?;
        found.variant = variant;
        let act = self.decide(heard, &found, &state, about);
        watch.done("decide");
        let state = state.in_task(&act, found.task.as_ref());
        let reminds = act.allows_reminder() && state.task.as_ref().is_some_and(|task| task.asks());
        let says_why = self.says_why(&act, &state);
        let reply = self.word(&act, &state, about, says_why, |body| {
            if reminds {
                respond::remind(body, &state, &self.knowledge, &about.listener(&self.knowledge))
            } else if act.answers() {
                respond::offer(body, heard, &found, &self.knowledge)
            } else {
                body
            }
        });
        watch.done("word");
        let mut trace = Trace::of(self, &state, understood, &found, &act);
        trace.decision.reminded = reminds;
        watch.done("trace");
        let mut state = state.after(&act);
        if reminds {
            state = state.reminded();
        }
        state.privacy.noted |= says_why;
        let effects = self.effects(&act, heard, &state, reply.as_ref());
        Ok(Turn { reply, effects, state, trace })
    }

    fn decide(&self, heard: &Heard, found: &Found, state: &State, about: &Context) -> Act {
        let situation = Situation {
            status: about.status,
            limits: &self.knowledge.content.shop.suggestions,
            thresholds: &self.thresholds,
            without_products: about.without_products,
            silent_while_waiting: about.silent_while_waiting,
            by_rule: &about.by_rule,
        };
        let act = policy::decide(state, heard, found, &situation);
        privacy::guard(act, &state.privacy, |name| self.knowledge.flow(name))
    }

    /// Whether an act asks for something personal for the first time, and so has to say what for.
    fn says_why(&self, act: &Act, state: &State) -> bool {
        privacy::asks_first(act, &state.privacy, |name| self.knowledge.flow(name))
    }

    /// The words of an act: what it says, what `more` adds, and what something personal is asked for.
    fn word(
        &self,
        act: &Act,
        state: &State,
        about: &Context,
        says_why: bool,
        more: impl FnOnce(Body) -> Body,
    ) -> Option<Body> {
        let listener = about.listener(&self.knowledge);
        let body = more(respond::say(act, state, &self.knowledge, &listener)?);
        Some(if says_why { respond::with_purpose(body, state, &self.knowledge, &listener) } else { body })
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
        let understood = self.memo.again(said, || self.understand(said, &mut ()))?;
        let moved = self.knowledge.flow(&task.flow).map(|flow| flows::learn::learn(flow, task, outcome));
        let silent = about.status == Status::Agent && task.stage != Stage::Acting;
        let (act, after) = match moved {
            _ if silent => (Act::Silent, None),
            Some(moved) => (policy::task(&moved, about.status == Status::Waiting), Some(Box::new(moved.task))),
            // The flow was taken out of the knowledge meanwhile.
            None => (Act::SmallTalk { wording: "task_unavailable".to_owned() }, None),
        };
        let state = State { task: after, ..before.clone() };
        let says_why = self.says_why(&act, &state);
        let working = Act::SmallTalk { wording: "task_working".to_owned() };
        let asks_further = matches!(act, Act::Task { step: Step::Request { .. }, .. });
        let reply = self.word(if asks_further { &working } else { &act }, &state, about, says_why, |body| body);
        let mut trace = Trace::of(self, &state, &understood, &Found::only(&understood.faq), &act);
        trace.decision.outcome = Some(outcome.name().to_owned());
        let mut state = state.after(&act);
        state.privacy.noted |= says_why;
        let effects = self.effects(&act, understood.heard(false), &state, None);
        Ok(Some(Turn { reply, effects, state, trace }))
    }
}

/// Whether goods were talked about before a message, or one is on the screen.
fn are_goods_the_matter(before: &State, about: &Context) -> bool {
    !before.wish.is_empty() || about.page.as_ref().is_some_and(|page| page.sku.is_some())
}
