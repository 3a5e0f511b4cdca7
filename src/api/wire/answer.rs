//! What a frame of a client leads to, whichever way it came.

use crate::live::protocol::{self, ClientFrame, ErrorCode, ServerFrame};
use crate::model::desk::ServiceRating;
use crate::model::id::CaseId;
use crate::service::chat::{Chat, Refused, Visitor};
use std::time::Duration;

/// How long to wait after something failed inside.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Handles one frame of somebody who has said hello; the reply goes to whoever sent it. `socket` is the name of their
/// connection in the hub: hints are shown to all others.
pub(super) async fn answer(chat: &Chat, visitor: Visitor, socket: Option<u64>, text: &str) -> Option<ServerFrame> {
    let frame = match protocol::parse(text) {
        Ok(frame) => frame,
        Err(bad) => return Some(error(ErrorCode::BadFrame, bad.to_string())),
    };
    // Messages have a pace of their own, and signs of life must pass.
    let is_paced = !matches!(frame, ClientFrame::Say { .. } | ClientFrame::Ping {} | ClientFrame::Pong {});
    if is_paced && let Err(refused) = chat.pace_frame(visitor) {
        return Some(refusal(&refused, None));
    }
    match frame {
        ClientFrame::Hello { .. } => Some(error(ErrorCode::BadFrame, "连接已经建立，不需要再次问候".to_owned())),
        ClientFrame::Say { client_id, text, page } => Some(match chat.say(visitor, &client_id, &text, page).await {
            Ok(acknowledgement) => acknowledgement,
            Err(refused) => refusal(&refused, Some(client_id)),
        }),
        ClientFrame::Rate { sequence, verdict } => {
            chat.rate(visitor, sequence, verdict).await.err().map(|refused| refusal(&refused, None))
        }
        ClientFrame::History { before } => {
            Some(chat.history(visitor, before).await.unwrap_or_else(|refused| refusal(&refused, None)))
        }
        ClientFrame::Typing { on } => {
            chat.typing(visitor, socket, on);
            None
        }
        ClientFrame::Read { sequence } => {
            chat.read(visitor, socket, sequence);
            None
        }
        ClientFrame::CancelWait {} => chat.cancel_wait(visitor).await.err().map(|refused| refusal(&refused, None)),
        ClientFrame::RateService { case_id, solved, stars, comment } => {
            let rating = ServiceRating { solved, stars, comment: comment.unwrap_or_default() };
            // The frame goes to all tabs, this one among them.
            chat.rate_service(visitor, CaseId(case_id), rating).await.err().map(|refused| refusal(&refused, None))
        }
        ClientFrame::Identify { jwt } => Some(match chat.identify(visitor, &jwt).await {
            Ok(until) => ServerFrame::Identified { until },
            Err(refused) => refusal(&refused, None),
        }),
        ClientFrame::Leave {} => chat.leave(visitor).await.err().map(|refused| refusal(&refused, None)),
        ClientFrame::Ping {} => Some(ServerFrame::Pong {}),
        ClientFrame::Pong {} => None,
    }
}

fn error(code: ErrorCode, message: String) -> ServerFrame {
    ServerFrame::Error { code, message, client_id: None, retry_after_ms: None }
}

/// A refusal as a frame.
pub(super) fn refusal(refused: &Refused, client_id: Option<String>) -> ServerFrame {
    let (code, wait) = match refused {
        Refused::Empty => (ErrorCode::Empty, None),
        Refused::TooLong => (ErrorCode::TooLong, None),
        Refused::BadClientId => (ErrorCode::BadFrame, None),
        Refused::Conflict => (ErrorCode::Conflict, None),
        Refused::NotFound => (ErrorCode::NotFound, None),
        Refused::TooFast(wait) => (ErrorCode::RateLimited, Some(*wait)),
        Refused::TooManySockets => (ErrorCode::TooManySockets, None),
        Refused::Busy(wait) => (ErrorCode::Busy, Some(*wait)),
        Refused::BadIdentity(_) | Refused::AnotherCustomer => (ErrorCode::BadIdentity, None),
        Refused::Failed(failure) => {
            tracing::error!(error = failure as &dyn std::error::Error, "message failed");
            (ErrorCode::Internal, Some(AFTER_FAILURE))
        }
    };
    let retry_after_ms = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1));
    ServerFrame::Error { code, message: refused.to_string(), client_id, retry_after_ms }
}
