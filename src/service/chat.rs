//! The conversation with a shopper: opening it, saying something, looking back, rating an answer.

use crate::clock::{Clock, Timestamp};
use crate::dialogue::state::State;
use crate::dialogue::{Context, Effect, Turn};
use crate::live::hub::{Hub, Mailbox};
use crate::live::protocol::{MAX_MESSAGES_PER_FRAME, MAX_TEXT_CHARS, ServerFrame, ShopCard};
use crate::model::chat::{Author, Body, ConversationHead, Message, PageContext, Status, Verdict};
use crate::model::id::{ConversationId, HandoverId, MessageId, ShopperId, UnknownQuestionId};
use crate::service::Failure;
use crate::service::behaviour::Behaviour;
use crate::service::publish::Published;
use crate::store::journal::{
    Append, Appended, Journal, NewHandover, NewMessage, NewSuggestion, NewTrace, NewUnknownQuestion,
};
use crate::store::{Db, conversation, shopper};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::Mutex;
use uuid::Uuid;

/// Times a turn is decided anew because another node wrote into the same conversation, before it is given up.
const ATTEMPTS: usize = 8;

/// Locks that conversations share; far more than turns that run at the same time.
const TURN_STRIPES: usize = 4_096;

/// Longest id that a client may give its message, in bytes.
const MAX_CLIENT_ID: usize = 64;

/// What is written to the log about conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChatSettings {
    /// Whether each decision is written out with its reasons; personal numbers are masked there too.
    pub explain: bool,
}

/// The use case; clones share everything.
#[derive(Clone)]
pub struct Chat {
    /// The truth.
    pub db: Db,
    /// The way into it.
    pub journal: Journal,
    /// Who looks on.
    pub hub: Hub,
    /// The time.
    pub clock: Clock,
    /// Who answers.
    pub published: Published,
    /// What shoppers did.
    pub behaviour: Behaviour,
    settings: ChatSettings,
    /// One turn at a time in a conversation of this node. Between nodes the journal's guard decides; the locks only
    /// spare the repetition. Striped, so that their memory is bounded; two conversations on one stripe wait for each
    /// other's commit, which is rare and harmless.
    turns: Arc<[Mutex<()>]>,
}

/// Somebody who said hello.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// Who.
    pub shopper: ShopperId,
    /// Their conversation.
    pub conversation: ConversationId,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Nothing in it.
    #[error("消息不能为空")]
    Empty,
    /// Too many characters.
    #[error("消息太长了，最多 {MAX_TEXT_CHARS} 个字，请分成几条发送")]
    TooLong,
    /// The client's id of the message is missing or too long.
    #[error("消息编号无效")]
    BadClientId,
    /// The same id came with another text before.
    #[error("同一个消息编号已经用于另一条消息")]
    Conflict,
    /// There is no such answer.
    #[error("没有找到这条消息")]
    NotFound,
    /// Too many writers at once.
    #[error("现在有点忙，请稍后再试")]
    Busy,
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl From<crate::store::StoreError> for Refused {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Chat {
    /// Puts the use case together.
    pub fn new(
        db: Db,
        journal: Journal,
        hub: Hub,
        clock: Clock,
        published: Published,
        behaviour: Behaviour,
        settings: ChatSettings,
    ) -> Self {
        Self {
            db,
            journal,
            hub,
            clock,
            published,
            behaviour,
            settings,
            turns: (0..TURN_STRIPES).map(|_| Mutex::new(())).collect(),
        }
    }

    /// Opens the conversation of whoever holds this token, or of a new visitor, and takes a place in the hub. The
    /// place is taken before the missed messages are read, so that nothing can fall between; a message may then come
    /// twice, and its sequence tells.
    ///
    /// # Errors
    /// [`Refused::Busy`] while the program stops, [`Refused::Failed`] where the database fails.
    pub async fn open(&self, token: Option<&str>, last_seen: i64) -> Result<(Visitor, Mailbox, ServerFrame), Refused> {
        let (shopper, token) = self.shopper(token).await?;
        let head = match conversation::of_shopper(&self.db, shopper).await? {
            Some(head) => head,
            None => return Err(Failure::Model(format!("shopper {shopper} has no conversation")).into()),
        };
        let visitor = Visitor { shopper, conversation: head.id };
        let mailbox = self.hub.join(head.id).ok_or(Refused::Busy)?;
        // Read again behind the place in the hub: what was committed in between is then in one of the two.
        let head = conversation::of_shopper(&self.db, shopper).await?.unwrap_or(head);
        let welcome = self.welcome(token, head, last_seen).await?;
        Ok((visitor, mailbox, welcome))
    }

    async fn shopper(&self, token: Option<&str>) -> Result<(ShopperId, String), Refused> {
        if let Some(token) = token
            && let Some(shopper) = shopper::by_token(&self.db, &token_hash(token)).await?
        {
            return Ok((shopper, token.to_owned()));
        }
        let token = new_token()?;
        let (shopper, conversation) = (ShopperId(Uuid::now_v7()), ConversationId(Uuid::now_v7()));
        shopper::create(&self.db, shopper, &token_hash(&token), conversation, self.clock.now()).await?;
        Ok((shopper, token))
    }

    /// The shopper who holds a token, without making a new one.
    ///
    /// # Errors
    /// [`Refused::Failed`] where the database fails.
    pub async fn shopper_of(&self, token: &str) -> Result<Option<ShopperId>, Refused> {
        Ok(shopper::by_token(&self.db, &token_hash(token)).await?)
    }

    async fn welcome(&self, token: String, head: ConversationHead, last_seen: i64) -> Result<ServerFrame, Refused> {
        let missed = head.last_sequence - last_seen;
        let reset = last_seen <= 0 || missed < 0 || missed > MAX_MESSAGES_PER_FRAME as i64;
        let messages = if reset {
            conversation::messages_before(&self.db, head.id, i64::MAX, MAX_MESSAGES_PER_FRAME).await?
        } else {
            conversation::messages_after(&self.db, head.id, last_seen, MAX_MESSAGES_PER_FRAME).await?
        };
        let shop = &self.published.assistant().knowledge.content.shop;
        Ok(ServerFrame::Welcome {
            token,
            conversation_id: head.id.to_string(),
            status: head.status,
            last_sequence: messages.last().map_or(head.last_sequence, |message| message.sequence),
            reset,
            has_earlier: reset && messages.first().is_some_and(|message| message.sequence > 1),
            messages,
            shop: ShopCard {
                name: shop.name.clone(),
                greeting: shop.greeting.clone(),
                hot_questions: shop.hot_questions.clone(),
                human_hours: shop.human_hours.clone(),
            },
        })
    }

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
        if client_id.is_empty() || client_id.len() > MAX_CLIENT_ID {
            return Err(Refused::BadClientId);
        }
        if text.trim().is_empty() {
            return Err(Refused::Empty);
        }
        if text.chars().count() > MAX_TEXT_CHARS {
            return Err(Refused::TooLong);
        }
        let _one_at_a_time = self.turn_lock(visitor.conversation).lock().await;
        for _ in 0..ATTEMPTS {
            if let Some(known) = conversation::message_of_client(&self.db, visitor.conversation, client_id).await? {
                return if known.body.text == text { Ok(ack(&known)) } else { Err(Refused::Conflict) };
            }
            if let Some(done) = self.try_say(visitor, client_id, text, page.clone()).await? {
                return Ok(done);
            }
        }
        Err(Refused::Busy)
    }

    /// One attempt; nothing where another node was faster.
    async fn try_say(
        &self,
        visitor: Visitor,
        client_id: &str,
        text: &str,
        page: Option<PageContext>,
    ) -> Result<Option<ServerFrame>, Refused> {
        let Some((head, state)) = conversation::with_state(&self.db, visitor.conversation).await? else {
            return Err(Refused::NotFound);
        };
        let before: State = serde_json::from_value(state).map_err(Failure::from)?;
        let about = self.behaviour.context(visitor.shopper, head.status, page);
        let assistant = self.published.assistant();
        let turn = assistant.turn(&before, text, &about).map_err(Failure::from)?;
        if self.settings.explain {
            tracing::info!(conversation = %head.id, trace = %serde_json::to_string(&turn.trace).map_err(Failure::from)?, "turn");
        }
        let arm = self.behaviour.arm(visitor.shopper).name();
        let step = Step {
            assistant_version: assistant.version,
            client_id,
            text,
            head: &head,
            about: &about,
            shopper: visitor.shopper,
            arm,
        };
        let (append, messages, status) = step.append(turn, self.clock.now())?;
        let shown: Vec<String> = append.suggestions.iter().map(|suggestion| suggestion.sku.clone()).collect();
        if self.journal.append(append).await? == Appended::Conflict {
            return Ok(None);
        }
        self.behaviour.count_shown(&shown);
        let acknowledgement = ack(&messages[0]);
        let mut frames: Vec<ServerFrame> =
            messages.into_iter().map(|message| ServerFrame::Message { message }).collect();
        if status != head.status {
            frames.push(ServerFrame::Status { status });
        }
        self.hub.publish(visitor.conversation, &frames);
        Ok(Some(acknowledgement))
    }

    /// The messages before a sequence.
    ///
    /// # Errors
    /// [`Refused::Failed`] where the database fails.
    pub async fn history(&self, visitor: Visitor, before: i64) -> Result<ServerFrame, Refused> {
        let messages =
            conversation::messages_before(&self.db, visitor.conversation, before, MAX_MESSAGES_PER_FRAME).await?;
        let has_earlier = messages.first().is_some_and(|message| message.sequence > 1);
        Ok(ServerFrame::History { messages, has_earlier })
    }

    /// Keeps a verdict on an answer.
    ///
    /// # Errors
    /// [`Refused::NotFound`] where there is no such answer.
    pub async fn rate(&self, visitor: Visitor, sequence: i64, verdict: Verdict) -> Result<(), Refused> {
        let found = conversation::rate(&self.db, visitor.conversation, sequence, verdict, self.clock.now()).await?;
        if found { Ok(()) } else { Err(Refused::NotFound) }
    }

    fn turn_lock(&self, conversation: ConversationId) -> &Mutex<()> {
        // Version 7 ids end in random bits: they spread evenly.
        let stripe = conversation.0.as_u128() % self.turns.len() as u128;
        &self.turns[stripe as usize]
    }
}

/// What a turn is made into an append with.
struct Step<'a> {
    assistant_version: i64,
    client_id: &'a str,
    text: &'a str,
    head: &'a ConversationHead,
    about: &'a Context,
    shopper: ShopperId,
    arm: &'a str,
}

impl Step<'_> {
    fn append(&self, turn: Turn, at: Timestamp) -> Result<(Append, Vec<Message>, Status), Failure> {
        let mut new = vec![NewMessage {
            id: MessageId(Uuid::now_v7()),
            client_id: Some(self.client_id.to_owned()),
            author: Author::Shopper,
            body: Body::text(self.text),
        }];
        let answered = turn.reply.is_some();
        new.extend(turn.reply.map(|body| NewMessage {
            id: MessageId(Uuid::now_v7()),
            client_id: None,
            author: Author::Bot,
            body,
        }));
        let mut append = Append {
            conversation: self.head.id,
            expected_sequence: self.head.last_sequence,
            status: self.about.status,
            state: serde_json::to_value(&turn.state)?,
            messages: new,
            trace: None,
            unknown: None,
            handover: None,
            suggestions: Vec::new(),
            at,
        };
        if answered {
            let trace = serde_json::to_value(&turn.trace)?;
            append.trace = Some(NewTrace { knowledge_version: self.assistant_version, trace });
        }
        for effect in turn.effects {
            self.perform(effect, &mut append)?;
        }
        let messages = (append.expected_sequence + 1..)
            .zip(&append.messages)
            .map(|(sequence, message)| Message {
                sequence,
                id: message.id,
                client_id: message.client_id.clone(),
                author: message.author,
                at,
                body: message.body.clone(),
            })
            .collect();
        let status = append.status;
        Ok((append, messages, status))
    }

    /// Turns an effect into rows of the same commit.
    fn perform(&self, effect: Effect, append: &mut Append) -> Result<(), Failure> {
        match effect {
            Effect::KeepUnknownQuestion { question, nearest } => {
                let nearest = serde_json::to_value(nearest)?;
                append.unknown = Some(NewUnknownQuestion { id: UnknownQuestionId(Uuid::now_v7()), question, nearest });
            }
            Effect::CallPerson { reason } => {
                append.status = Status::Waiting;
                let reason = serde_json::to_value(reason)?.as_str().unwrap_or_default().to_owned();
                append.handover = Some(NewHandover { id: HandoverId(Uuid::now_v7()), reason });
            }
            Effect::LogSuggestions { shown } => {
                append.suggestions = (shown.into_iter())
                    .map(|one| NewSuggestion {
                        sku: one.sku,
                        source: one.source,
                        reason: one.reason,
                        shopper: self.shopper,
                        arm: self.arm.to_owned(),
                    })
                    .collect();
            }
        }
        Ok(())
    }
}

fn ack(message: &Message) -> ServerFrame {
    let client_id = message.client_id.clone().unwrap_or_default();
    ServerFrame::Ack { client_id, sequence: message.sequence, at: message.at }
}

/// 256 random bits in hexadecimal.
pub fn new_token() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| Failure::Model(format!("no randomness: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is stored of a token. A random token of full length needs no salt and no slow hash.
pub fn token_hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
