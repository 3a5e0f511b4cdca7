//! The way of one message: check, remember, decide, commit, and only then acknowledge and show.

use super::call;
use super::contest::Contest;
use super::load::{self, Extra};
use super::memory::Remembered;
use super::shop::CLAIMED;
use super::{Chat, Refused, Visitor};
use crate::clock::{Timestamp, Watch};
use crate::desk::customer::Value;
use crate::dialogue::state::State;
use crate::dialogue::{Assistant, Context, Effect, Turn};
use crate::live::desk_hub::DeskEvent;
use crate::live::parcel::Parcel;
use crate::live::protocol::{MAX_TEXT_CHARS, ServerFrame};
use crate::model::chat::{Author, Body, HandoverReason, Message, PageContext, Status};
use crate::model::date::Date;
use crate::model::id::{ConversationId, MessageId, ShopperId, UnknownQuestionId};
use crate::service::Failure;
use crate::service::desk::plan;
use crate::service::telemetry::Stages;
use crate::store::conversation;
use crate::store::journal::{
    Append, Appended, CaseStep, NewMessage, NewRequest, NewSuggestion, NewTrace, NewUnknownQuestion, NewWish, Wish,
};
use crate::store::shop_request::ShopRequest;
use crate::text::mask::mask;
use serde_json::value::to_raw_value;
use std::borrow::Cow;
use std::sync::Arc;
use uuid::Uuid;

/// Longest id that a client may give its message, in bytes.
const MAX_CLIENT_ID: usize = 64;

/// A message on its way in.
pub(super) struct Said<'a> {
    client_id: &'a str,
    text: &'a str,
    page: Option<PageContext>,
}

/// What leads to a turn.
#[derive(Clone, Copy)]
pub(super) enum Cause<'a> {
    /// A message of the shopper.
    Said(&'a Said<'a>),
    /// What the shop's system answered to a request.
    Outcome(&'a ShopRequest),
}

/// A turn that is committed.
pub(super) struct Committed {
    messages: Vec<Message>,
    parcels: Vec<Arc<Parcel>>,
    remembered: Remembered,
    /// What the desk has to look at.
    event: Option<DeskEvent>,
    /// What the shop's system has to be asked.
    request: Option<ShopRequest>,
}

impl Chat {
    /// Takes a message, answers it, commits both, and only then acknowledges. Everybody who looks on gets the new
    /// messages; the returned frame is the acknowledgement for the one who wrote.
    ///
    /// # Errors
    /// [`Refused`] with the text for the shopper; nothing was kept then.
    pub async fn say(
        &self,
        visitor: Visitor,
        client_id: &str,
        text: &str,
        page: Option<PageContext>,
    ) -> Result<ServerFrame, Refused> {
        let taken = self.take(visitor, client_id, text, page).await;
        if let Err(refused) = &taken {
            self.telemetry.figures.refused(refused.name());
        }
        taken
    }

    async fn take(
        &self,
        visitor: Visitor,
        client_id: &str,
        text: &str,
        page: Option<PageContext>,
    ) -> Result<ServerFrame, Refused> {
        check(client_id, text)?;
        let open = self.memory.open(visitor.conversation);
        self.pace(visitor, &open)?;
        let busy = || load::busy(visitor.conversation.0);
        let _place = self.load.begin().ok_or_else(busy)?;
        let said = Said { client_id, text, page };
        let mut stages = Stages::begin();
        let mut remembered = open.turn.lock().await;
        stages.done("wait");
        let mut contest = Contest::default();
        loop {
            let before = match remembered.take() {
                Some(before) => before,
                None => {
                    if let Some(known) = self.said_before(visitor, &said).await? {
                        return Ok(known);
                    }
                    self.load_conversation(visitor.conversation).await?
                }
            };
            stages.done("load");
            if let Some(done) = self.turn(visitor, &said, before, &mut stages).await? {
                let acknowledgement = acknowledge(&done.messages[0]);
                *remembered = Some(self.show_turn(visitor.conversation, done));
                return Ok(acknowledgement);
            }
            if !contest.again().await {
                return Err(busy());
            }
        }
    }

    /// The acknowledgement of a message that came before under the same id.
    async fn said_before(&self, visitor: Visitor, said: &Said<'_>) -> Result<Option<ServerFrame>, Refused> {
        match conversation::message_of_client(&self.db, visitor.conversation, said.client_id).await? {
            Some(known) if known.body.text == said.text || known.body.text == mask(said.text) => {
                Ok(Some(acknowledge(&known)))
            }
            Some(_) => Err(Refused::Conflict),
            None => Ok(None),
        }
    }

    pub(super) async fn load_conversation(&self, id: ConversationId) -> Result<Remembered, Refused> {
        let (head, state) = conversation::with_state(&self.db, id).await?.ok_or(Refused::NotFound)?;
        let state: State = serde_json::from_str(state.get()).map_err(Failure::from)?;
        Ok(Remembered { last_sequence: head.last_sequence, status: head.status, state })
    }

    /// One attempt; nothing where the conversation has moved on, or knows the message already.
    async fn turn(
        &self,
        visitor: Visitor,
        said: &Said<'_>,
        before: Remembered,
        stages: &mut Stages,
    ) -> Result<Option<Committed>, Refused> {
        let assistant = self.published.assistant();
        let about = self.context(visitor, &before, said.page.clone()).await?;
        stages.done("situation");
        let turn = assistant.timed_turn(&before.state, said.text, &about, stages).map_err(Failure::from)?;
        self.commit_turn(&assistant, visitor, Cause::Said(said), &before, turn, stages).await
    }

    /// Commits a turn; nothing where the conversation has moved on, or knows the message already.
    pub(super) async fn commit_turn(
        &self,
        assistant: &Assistant,
        visitor: Visitor,
        cause: Cause<'_>,
        before: &Remembered,
        mut turn: Turn,
        stages: &mut Stages,
    ) -> Result<Option<Committed>, Refused> {
        let (act, called) = (turn.trace.decision.act.name(), call::reason(&turn));
        let case = self.case_step(assistant, visitor, cause, before.status, &mut turn).await?;
        if self.settings.explain {
            let trace = turn.trace.to_json().map_err(Failure::from)?;
            tracing::info!(conversation = %visitor.conversation, %trace, "turn");
        }
        let state = turn.state.clone();
        let (id, version, at) = (visitor.conversation, assistant.version, self.clock.now());
        let to = Recipient { shopper: visitor.shopper, arm: self.behaviour.arm(visitor.shopper).name() };
        let mut append = append(id, version, cause, before, turn, to, at)?;
        append.case = case;
        let shown: Vec<String> = append.suggestions.iter().map(|suggestion| suggestion.sku.clone()).collect();
        let wish = append.wish;
        let (status, last_sequence) = (append.status, append.last_sequence());
        let messages = numbered(&append);
        let event = match append.case {
            Some(CaseStep::Begin(_)) => Some(DeskEvent::Queue(id)),
            Some(_) => messages.first().map(|message| DeskEvent::Said(id, message.sequence)),
            None => None,
        };
        let request = append.request.as_ref().map(|new| new.request.clone());
        stages.done("prepare");
        if self.journal.append(append).await? == Appended::Conflict {
            return Ok(None);
        }
        stages.done("commit");
        self.telemetry.turn(stages.clone(), act, version);
        if let Some(reason) = called {
            self.telemetry.figures.handed_over(reason.name());
        }
        self.behaviour.count_shown(&shown);
        if let Some((shopper, wanted)) = wish.and_then(|new| Some((new.shopper, new.wish.recommending()?))) {
            self.behaviour.apply_opt_out(shopper, !wanted);
        }
        let mut frames: Vec<ServerFrame> =
            messages.iter().map(|message| ServerFrame::Message { message: message.clone() }).collect();
        if status != before.status {
            frames.push(ServerFrame::Status { status, agent: None });
        }
        let parcels = frames.iter().map(Parcel::of).collect::<Result<_, _>>().map_err(Failure::from)?;
        let remembered = Remembered { last_sequence, status, state };
        Ok(Some(Committed { messages, parcels, remembered, event, request }))
    }

    /// Shows a committed turn to everybody who looks on, and does what follows from it. Called under the conversation's
    /// lock: what is committed in order is shown in order.
    pub(super) fn show_turn(&self, conversation: ConversationId, done: Committed) -> Remembered {
        self.hub.publish(conversation, &done.parcels, None);
        self.show_at_desk(conversation, &done.messages);
        if let Some(event) = done.event {
            self.desk.attend(event);
        }
        if let Some(request) = done.request {
            self.begin_request(request);
        }
        done.remembered
    }

    /// What happens to the conversation's case by this turn. Where it begins and nobody is there at this hour, the reply
    /// says so.
    async fn case_step(
        &self,
        assistant: &Assistant,
        visitor: Visitor,
        cause: Cause<'_>,
        before: Status,
        turn: &mut Turn,
    ) -> Result<Option<CaseStep>, Refused> {
        if let Some(reason) = call::reason(turn) {
            let now = self.clock.now();
            let new = self.new_case(assistant, visitor, turn, reason, now).await?;
            if new.ticket && reason != HandoverReason::Danger {
                turn.reply = Some(call::ticket_reply(&self.plans.current(), now));
            }
            return Ok(Some(CaseStep::Begin(Box::new(new))));
        }
        let (mood, urgent) = (turn.trace.reading.mood.value, turn.trace.reading.mood.urgent);
        let has_case = matches!((before, cause), (Status::Waiting | Status::Agent, Cause::Said(_)));
        Ok(has_case.then_some(CaseStep::Heard { mood, urgent }))
    }

    /// What is known around the message, as far as there is time to ask.
    pub(super) async fn context(
        &self,
        visitor: Visitor,
        before: &Remembered,
        page: Option<PageContext>,
    ) -> Result<Context, Refused> {
        let without_products = !self.load.allows(Extra::Suggestions);
        let about = if self.load.allows(Extra::Recommendations) {
            self.behaviour.context(visitor.shopper, before.status, page)
        } else {
            Context { status: before.status, page, ..Context::default() }
        };
        let plan = self.plans.current();
        let mut value = Value::default();
        let assistant = self.published.assistant();
        let is_asked_for = plan.asks_for_value() || assistant.knowledge.answers_by_segment;
        if is_asked_for && before.status != Status::Agent {
            let price = |sku: &str| assistant.knowledge.product(sku).map(|product| product.price);
            value = plan::value(&self.db, visitor.shopper, price, self.clock.now()).await?;
        }
        let silent_while_waiting = !plan.settings.bot_while_waiting;
        let (by_rule, today) = (plan.by_rule(&value), Date::of(self.clock.now()));
        Ok(Context { without_products, silent_while_waiting, by_rule, today, segments: value.segments, ..about })
    }
}

fn check(client_id: &str, text: &str) -> Result<(), Refused> {
    if client_id.is_empty() || client_id.len() > MAX_CLIENT_ID {
        Err(Refused::BadClientId)
    } else if text.trim().is_empty() {
        Err(Refused::Empty)
    } else if text.chars().count() > MAX_TEXT_CHARS {
        Err(Refused::TooLong)
    } else {
        Ok(())
    }
}

/// To whom products are shown, and in which half of the A/B split.
#[derive(Clone, Copy)]
struct Recipient {
    shopper: ShopperId,
    arm: &'static str,
}

/// The rows of a turn.
fn append(
    conversation: ConversationId,
    knowledge_version: i64,
    cause: Cause<'_>,
    before: &Remembered,
    turn: Turn,
    to: Recipient,
    at: Timestamp,
) -> Result<Append, Failure> {
    let mut messages = Vec::with_capacity(2);
    if let Cause::Said(said) = cause {
        messages.push(NewMessage {
            id: MessageId(Uuid::now_v7()),
            client_id: Some(said.client_id.to_owned()),
            author: Author::Shopper,
            body: Body::text(kept(said.text, before.state.privacy.refused)),
        });
    }
    let answered = turn.reply.is_some();
    messages.extend(turn.reply.map(|body| NewMessage {
        id: MessageId(Uuid::now_v7()),
        client_id: None,
        author: Author::Bot,
        body,
    }));
    let trace = if answered { Some(NewTrace { knowledge_version, trace: turn.trace.to_json()? }) } else { None };
    let mut append = Append {
        conversation,
        expected_sequence: before.last_sequence,
        expected_status: before.status,
        status: if before.status == Status::Closed { Status::Bot } else { before.status },
        state: to_raw_value(&turn.state)?,
        messages,
        trace,
        unknown: None,
        case: None,
        suggestions: Vec::new(),
        wish: None,
        request: None,
        ends_request: None,
        at,
    };
    let mut sequence = before.last_sequence + 1;
    if let Cause::Outcome(due) = cause {
        append.ends_request = Some(due.request.number);
        sequence = due.sequence;
    }
    for effect in turn.effects {
        perform(effect, to, sequence, &mut append)?;
    }
    Ok(append)
}

/// What is kept of a message: of somebody who does not agree to the notice no personal number.
fn kept(text: &str, refused: bool) -> Cow<'_, str> {
    if refused { mask(text) } else { Cow::Borrowed(text) }
}

/// Turns an effect into rows of the same commit. `sequence` is that of the message that led to it.
fn perform(effect: Effect, to: Recipient, sequence: i64, append: &mut Append) -> Result<(), Failure> {
    let wish = |wish| Some(NewWish { shopper: to.shopper, wish });
    match effect {
        Effect::KeepUnknownQuestion { question, nearest } => {
            let nearest = to_raw_value(&nearest)?;
            append.unknown = Some(NewUnknownQuestion { id: UnknownQuestionId(Uuid::now_v7()), question, nearest });
        }
        Effect::CallPerson { .. } => append.status = Status::Waiting,
        Effect::SetOptOut { opted_out } => append.wish = wish(Wish::Recommendations { wanted: !opted_out }),
        Effect::SetMarketing { wanted } => append.wish = wish(Wish::Marketing { wanted }),
        Effect::SetConsent { agreed } => append.wish = wish(Wish::Notice { agreed }),
        Effect::AskErasure { wanted } => append.wish = wish(Wish::Erasure { wanted }),
        Effect::AskShop { request } => {
            let request = ShopRequest { conversation: append.conversation, shopper: to.shopper, sequence, request };
            append.request = Some(Box::new(NewRequest { request, claimed_until: append.at.plus(CLAIMED) }));
        }
        Effect::LogSuggestions { shown } => {
            append.suggestions = (shown.into_iter())
                .map(|one| NewSuggestion {
                    sku: one.sku,
                    source: one.source,
                    reason: one.reason,
                    shopper: to.shopper,
                    arm: to.arm.to_owned(),
                })
                .collect();
        }
    }
    Ok(())
}

/// The messages of an append as everybody will see them.
pub(super) fn numbered(append: &Append) -> Vec<Message> {
    (append.expected_sequence + 1..)
        .zip(&append.messages)
        .map(|(sequence, message)| Message {
            sequence,
            id: message.id,
            client_id: message.client_id.clone(),
            author: message.author,
            at: append.at,
            body: message.body.clone(),
        })
        .collect()
}

fn acknowledge(message: &Message) -> ServerFrame {
    let client_id = message.client_id.clone().unwrap_or_default();
    ServerFrame::Ack { client_id, sequence: message.sequence, at: message.at }
}
