//! The agent's WebSocket: one task, one `select!`. Whoever has a session of the console may open it, from pages of this
//! server alone.

use crate::api::extract::{SESSION_COOKIE, SignedIn};
use crate::api::{ApiState, origin};
use crate::live::desk_hub::DeskMailbox;
use crate::live::desk_protocol::{self, DeskClientFrame, DeskServerFrame};
use crate::live::parcel::Parcel;
use crate::live::protocol::{ErrorCode, MAX_FRAME_BYTES, SUBPROTOCOL, close};
use crate::model::customer::{Role, Staff};
use crate::model::desk::Named;
use crate::model::id::ConversationId;
use crate::service::desk::talk::Saying;
use crate::service::desk::{Desk, DeskRefused};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use futures_util::SinkExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use uuid::Uuid;

/// After so much silence the console is asked for a sign of life.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks in a row without a sign of life after which an agent counts as gone.
const SILENT_LOOKS: u32 = 3;

/// How often the database is asked whether the session of the socket still stands: whoever was signed out, disabled or
/// given another role or password, on whichever node, is gone well within five seconds.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// How long a socket that is told to close is read on.
const LINGER: Duration = Duration::from_secs(1);

/// How a session ended: with a code to say, or because nobody is there.
type End = Option<(u16, &'static str)>;

/// Opens an agent's socket.
pub(super) async fn open(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    jar: CookieJar,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !origin::is_own(&headers, &state.server) {
        return (StatusCode::FORBIDDEN, "origin not allowed").into_response();
    }
    let cookie = jar.get(SESSION_COOKIE).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    upgrade
        .protocols([SUBPROTOCOL])
        .max_frame_size(MAX_FRAME_BYTES)
        .max_message_size(MAX_FRAME_BYTES)
        .on_upgrade(move |socket| serve(socket, state, staff, cookie))
}

async fn serve(mut socket: WebSocket, state: ApiState, staff: Staff, cookie: String) {
    let end = match greet(&mut socket, &state, &staff, &cookie).await {
        Ok(mailbox) => {
            let mut session = Session { socket: &mut socket, state: &state, staff: &staff, cookie: &cookie, mailbox };
            let end = session.converse().await;
            drop(session);
            if let Err(refused) = state.desk.came_or_went(&staff).await {
                tracing::error!(error = &refused as &dyn std::error::Error, "an agent's leaving was not kept");
            }
            end
        }
        Err(end) => end,
    };
    if let Some((code, reason)) = end {
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        let _ = tokio::time::timeout(state.chat.limits.write_within(), socket.send(close)).await;
        let read_on = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = tokio::time::timeout(LINGER, read_on).await;
    }
}

/// Waits for hello and answers it with the snapshot. The place in the hub is taken first, so that nothing falls between;
/// before that the session is asked for again, which may have ended while hello was waited for.
async fn greet(socket: &mut WebSocket, state: &ApiState, staff: &Staff, cookie: &str) -> Result<DeskMailbox, End> {
    let hello = tokio::time::timeout(state.chat.limits.hello_within(), socket.recv()).await;
    let first = match hello.map_err(|_| Some((close::HELLO_TIMEOUT, "hello expected")))? {
        Some(Ok(Message::Text(first))) => first,
        Some(Ok(_)) => return Err(Some((close::HELLO_EXPECTED, "the first frame must be hello"))),
        _ => return Err(None),
    };
    if desk_protocol::parse(&first) != Ok(DeskClientFrame::Hello {}) {
        return Err(Some((close::HELLO_EXPECTED, "the first frame must be hello")));
    }
    let failed = |refused: DeskRefused| {
        tracing::error!(error = &refused as &dyn std::error::Error, "a session of the desk could not be opened");
        Some((close::TRY_LATER, "try again later"))
    };
    still_stands(state, staff, cookie).await?;
    let me = state.desk.agent(staff.id).await.map_err(failed)?;
    let who = Named { id: me.id, name: me.display_name };
    let mailbox = state.desk.hub.join(who, staff.role != Role::Agent).ok_or(Some((close::RESTART, "restarting")))?;
    let welcome = state.desk.welcome(staff).await.map_err(failed)?;
    let text = serde_json::to_string(&welcome).map_err(|_| None)?;
    let sent = tokio::time::timeout(state.chat.limits.write_within(), socket.send(Message::text(text))).await;
    sent.map_err(|_| None)?.map_err(|_| None)?;
    state.desk.came_or_went(staff).await.map_err(failed)?;
    Ok(mailbox)
}

/// Ends the socket of whoever has no session any longer, or a session of another role.
async fn still_stands(state: &ApiState, staff: &Staff, cookie: &str) -> Result<(), End> {
    match state.sign_in.who(cookie).await {
        Ok(Some(now)) if now.role == staff.role => Ok(()),
        Ok(_) => Err(Some((close::SIGNED_OUT, "signed out"))),
        // The database does not answer: what it last said holds until it does.
        Err(_) => Ok(()),
    }
}

/// What belongs to one socket after hello.
struct Session<'a> {
    socket: &'a mut WebSocket,
    state: &'a ApiState,
    staff: &'a Staff,
    /// The session of the console, which may end while the socket is open.
    cookie: &'a str,
    mailbox: DeskMailbox,
}

impl Session<'_> {
    fn desk(&self) -> &Desk {
        &self.state.desk
    }

    /// Reads and writes until one side ends it.
    async fn converse(&mut self) -> End {
        let mut looks = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut questions = interval_at(Instant::now() + ASK_EVERY, ASK_EVERY);
        questions.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent_looks = 0;
        loop {
            let done = tokio::select! {
                biased;
                // First of all: a busy socket must not outlive its session.
                _ = questions.tick() => still_stands(self.state, self.staff, self.cookie).await,
                due = self.mailbox.next() => match due {
                    Ok(parcel) => self.deliver(parcel).await,
                    Err(code) => Err(Some((code, "connect again"))),
                },
                message = self.socket.recv() => {
                    silent_looks = 0;
                    match message {
                        Some(Ok(Message::Text(text))) => self.hear(&text).await,
                        Some(Ok(Message::Binary(_))) => Err(Some((close::UNSUPPORTED, "text frames only"))),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                        // The answer to it is in the write buffer.
                        Some(Ok(Message::Close(_))) => self.flush().await.and(Err(None)),
                        Some(Err(_)) | None => Err(None),
                    }
                }
                _ = looks.tick() => {
                    silent_looks += 1;
                    self.look(silent_looks).await
                }
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// Asks for a sign of life, or gives the agent up.
    async fn look(&mut self, silent_looks: u32) -> Result<(), End> {
        if silent_looks >= SILENT_LOOKS {
            return Err(Some((close::SILENT, "no sign of life")));
        }
        self.write(&DeskServerFrame::Ping {}).await
    }

    async fn deliver(&mut self, parcel: Arc<Parcel>) -> Result<(), End> {
        let mut due = Some(parcel);
        while let Some(parcel) = due {
            if let Some(frame) = parcel.frame() {
                self.put(frame).await?;
            }
            due = self.mailbox.ready();
        }
        self.flush().await
    }

    /// Handles one frame.
    async fn hear(&mut self, text: &str) -> Result<(), End> {
        let frame = match desk_protocol::parse(text) {
            Ok(frame) => frame,
            Err(bad) => return self.write(&error(ErrorCode::BadFrame, bad.to_string(), None, None)).await,
        };
        let reply = match frame {
            DeskClientFrame::Ping {} => Some(DeskServerFrame::Pong {}),
            DeskClientFrame::Pong {} => None,
            DeskClientFrame::Hello {} => {
                Some(error(ErrorCode::BadFrame, "连接已经建立，不需要再次问候".to_owned(), None, None))
            }
            DeskClientFrame::Say { conversation_id, client_id, text, products, suggestion } => {
                let conversation = ConversationId(conversation_id);
                let saying =
                    Saying { conversation, client_id: &client_id, text: &text, products: &products, suggestion };
                Some(match self.desk().say(self.staff, &saying).await {
                    Ok(said) => {
                        DeskServerFrame::Ack { conversation_id, client_id, sequence: said.sequence, at: said.at }
                    }
                    Err(refused) => refusal(&refused, Some(client_id), Some(conversation_id)),
                })
            }
            other => act(&self.state.desk, self.staff, self.mailbox.number(), other).await,
        };
        match reply {
            Some(reply) => self.write(&reply).await,
            None => Ok(()),
        }
    }

    async fn write(&mut self, frame: &DeskServerFrame) -> Result<(), End> {
        let text = serde_json::to_string(frame).map_err(|_| None)?;
        self.put(&text).await?;
        self.flush().await
    }

    async fn put(&mut self, text: &str) -> Result<(), End> {
        let fed = tokio::time::timeout(self.state.chat.limits.write_within(), self.socket.feed(Message::text(text)));
        fed.await.map_err(|_| None)?.map_err(|_| None)
    }

    async fn flush(&mut self) -> Result<(), End> {
        let flushed = tokio::time::timeout(self.state.chat.limits.write_within(), self.socket.flush()).await;
        flushed.map_err(|_| None)?.map_err(|_| None)
    }
}

/// Frames that are answered only where they are refused.
async fn act(desk: &Desk, staff: &Staff, socket: u64, frame: DeskClientFrame) -> Option<DeskServerFrame> {
    let (done, about) = match frame {
        DeskClientFrame::Presence { presence } => (desk.set_presence(staff, presence).await, None),
        DeskClientFrame::View { conversation_id, on } => {
            (desk.view(staff, socket, ConversationId(conversation_id), on).await, Some(conversation_id))
        }
        DeskClientFrame::WatchAll { on } => {
            desk.hub.watch_all(socket, on);
            (Ok(()), None)
        }
        DeskClientFrame::Typing { conversation_id, on } => {
            (desk.typing(staff, socket, ConversationId(conversation_id), on).await, Some(conversation_id))
        }
        DeskClientFrame::Read { conversation_id, sequence } => {
            (desk.read(staff, ConversationId(conversation_id), sequence).await, Some(conversation_id))
        }
        _ => (Ok(()), None),
    };
    done.err().map(|refused| refusal(&refused, None, about))
}

fn error(code: ErrorCode, message: String, client_id: Option<String>, about: Option<Uuid>) -> DeskServerFrame {
    DeskServerFrame::Error { code, message, client_id, conversation_id: about }
}

fn refusal(refused: &DeskRefused, client_id: Option<String>, about: Option<Uuid>) -> DeskServerFrame {
    let code = match refused {
        DeskRefused::NotFound => ErrorCode::NotFound,
        DeskRefused::Forbidden(_) => ErrorCode::Forbidden,
        DeskRefused::Taken(_) => ErrorCode::Conflict,
        DeskRefused::Invalid(_) => ErrorCode::BadFrame,
        DeskRefused::Empty => ErrorCode::Empty,
        DeskRefused::TooLong => ErrorCode::TooLong,
        DeskRefused::Busy => ErrorCode::Busy,
        DeskRefused::Failed(failure) => {
            tracing::error!(error = failure as &dyn std::error::Error, "a frame of the desk failed");
            ErrorCode::Internal
        }
    };
    error(code, refused.to_string(), client_id, about)
}
