//! The shop's own system, asked by signed webhooks: `docs/flows.md` is the contract.
//!
//! The signature is HMAC-SHA256 over the timestamp, a dot and the body, so that nobody can change either or send an old
//! request again. Everything that may come right by itself (no connection, no answer in time, 429, 5xx) is tried again
//! under the same `Idempotency-Key` until the time is up.

use super::breaker::Breaker;
use super::{Call, WebhookSettings};
use crate::clock::Clock;
use crate::model::order::{Facts, Outcome};
use crate::model::secret::Secret;
use crate::service::outgoing::{Allowed, Target};
use hmac::{Hmac, KeyInit, Mac};
use hyper::header::HeaderName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// Header with the second in which a request was signed, since 1970 UTC.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("x-xiaoer-timestamp");

/// Header with the signatures, one for each key: `v1=…,v1=…`.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-xiaoer-signature");

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The body of a request.
#[derive(Debug, Serialize)]
struct Payload<'a> {
    action: &'a str,
    customer: &'a str,
    arguments: &'a Facts,
    conversation_id: String,
    sequence: i64,
}

/// Timestamp and signatures of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Seconds since 1970 UTC.
    pub timestamp: String,
    /// The value of the header.
    pub signature: String,
}

/// Signs a body with each of these keys.
pub fn sign(secrets: &[Secret], seconds: i64, body: &[u8]) -> Signed {
    let timestamp = seconds.to_string();
    let one = |secret: &Secret| {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of any length");
        mac.update(timestamp.as_bytes());
        mac.update(b".");
        mac.update(body);
        format!("v1={}", hex::encode(mac.finalize().into_bytes()))
    };
    let signature = secrets.iter().map(one).collect::<Vec<_>>().join(",");
    Signed { timestamp, signature }
}

/// Why there is no answer after all tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// One try got no answer in time: whether it was done is open.
    TimedOut,
    /// The other side refused, failed or cannot be reached.
    Unavailable,
}

/// How one try ended, where it gave no outcome.
enum Failed {
    /// Another try may succeed.
    Again { timed_out: bool },
    /// None will.
    ForGood,
}

/// The way to the shop's system.
pub struct Webhook {
    settings: WebhookSettings,
    target: Target,
    clock: Clock,
    breaker: Mutex<Breaker>,
    places: Semaphore,
}

impl Webhook {
    /// Reads the address; asks nothing yet.
    ///
    /// # Errors
    /// In Chinese, what is wrong with the address.
    pub fn new(settings: WebhookSettings, clock: Clock) -> Result<Self, String> {
        let target = Target::new(&settings.url, Allowed::read(&settings.allow)?)
            .map_err(|reason| format!("orders.webhook.url {reason}"))?;
        let pause = Duration::from_millis(settings.breaker_pause_ms);
        let breaker = Mutex::new(Breaker::new(settings.breaker_failures, pause));
        let places = Semaphore::new(settings.at_once);
        Ok(Self { settings, target, clock, breaker, places })
    }

    /// Performs a request.
    pub async fn perform(&self, call: &Call) -> Outcome {
        let payload = Payload {
            action: &call.request.action,
            customer: &call.customer,
            arguments: &call.request.arguments,
            conversation_id: call.conversation.to_string(),
            sequence: call.sequence,
        };
        let Ok(body) = serde_json::to_vec(&payload) else { return Outcome::Unavailable };
        self.post(&call.key(), &body).await.unwrap_or_else(|failed| match failed {
            Unanswered::TimedOut => Outcome::TimedOut,
            Unanswered::Unavailable => Outcome::Unavailable,
        })
    }

    /// Sends a signed body under a key that stays the same through every try, and reads what is answered.
    ///
    /// # Errors
    /// [`Unanswered`] where there is no answer that can be read.
    pub async fn post<A: DeserializeOwned>(&self, key: &str, body: &[u8]) -> Result<A, Unanswered> {
        if !self.breaker().allows(self.clock.now()) {
            return Err(Unanswered::Unavailable);
        }
        let answer = self.try_again_and_again(key, body).await;
        if answer.is_ok() {
            self.breaker().succeeded();
        } else {
            self.breaker().failed(self.clock.now());
        }
        answer
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn try_again_and_again<A: DeserializeOwned>(&self, key: &str, body: &[u8]) -> Result<A, Unanswered> {
        let deadline = Instant::now() + Duration::from_millis(self.settings.deadline_ms);
        let Ok(Ok(_place)) = timeout_at(deadline, self.places.acquire()).await else {
            return Err(Unanswered::Unavailable);
        };
        let mut wait = Duration::from_millis(self.settings.retry_ms);
        let mut any_timed_out = false;
        for attempt in 1..=self.settings.attempts {
            let tried = timeout_at(deadline, self.try_once(key, body)).await;
            match tried.unwrap_or(Err(Failed::Again { timed_out: true })) {
                Ok(answer) => return Ok(answer),
                Err(Failed::ForGood) => break,
                Err(Failed::Again { timed_out }) => any_timed_out |= timed_out,
            }
            if attempt == self.settings.attempts || Instant::now() + wait >= deadline {
                break;
            }
            sleep(wait).await;
            wait *= 2;
        }
        // Where one try got no answer it may have been done all the same.
        Err(if any_timed_out { Unanswered::TimedOut } else { Unanswered::Unavailable })
    }

    async fn try_once<A: DeserializeOwned>(&self, key: &str, body: &[u8]) -> Result<A, Failed> {
        let signed = sign(&self.settings.secrets, self.clock.now().0 / 1_000, body);
        let headers = [(TIMESTAMP, signed.timestamp), (SIGNATURE, signed.signature), (IDEMPOTENCY_KEY, key.to_owned())];
        let within = Duration::from_millis(self.settings.attempt_ms);
        match timeout(within, self.target.post(&headers, body.to_vec())).await {
            Err(_) => Err(Failed::Again { timed_out: true }),
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the shop's system cannot be asked");
                Err(Failed::Again { timed_out: false })
            }
            Ok(Ok((200, answer))) => serde_json::from_slice(&answer).map_err(|error| {
                tracing::warn!(%error, "the shop's system answered what cannot be read");
                Failed::ForGood
            }),
            Ok(Ok((status @ (408 | 425 | 429 | 500..=599), _))) => {
                tracing::warn!(status, "the shop's system failed");
                Err(Failed::Again { timed_out: false })
            }
            Ok(Ok((status, _))) => {
                tracing::warn!(status, "the shop's system refused the request");
                Err(Failed::ForGood)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_contract() {
        // printf '1795612800.{"action":"get_order"}' | openssl dgst -sha256 -hmac "$secret"
        let secret = Secret::from("an example key of at least 32 bytes");
        let signed = sign(std::slice::from_ref(&secret), 1_795_612_800, br#"{"action":"get_order"}"#);
        assert_eq!(signed.timestamp, "1795612800");
        assert_eq!(signed.signature, "v1=bb4f8cf0bb4590fb953f28a5963aace6c2136d9a6d96f55e62b40a09eab70402");
        let two = sign(&[secret, "another key of at least 32 bytes...".into()], 1_795_612_800, b"{}");
        assert_eq!(two.signature.matches("v1=").count(), 2);
    }
}
