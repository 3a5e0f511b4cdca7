//! Asking the shop's system: after the commit of the message that led to it, outside of the turn, and again after a
//! crash.
//!
//! # Invariants
//! - A request is in the database before it is sent, and leaves it with the message that tells its outcome.
//! - A request whose node has died is done by another one under the same key: the shop's system can tell that it is the
//!   same, and the conversation takes the first outcome only.
//! - Orders that an answer tells are kept only while its request stands in the database: a deletion takes it away.

use super::contest::Contest;
use super::memory::Remembered;
use super::say::Cause;
use super::{Chat, Refused, Visitor};
use crate::clock::{Timestamp, Watch};
use crate::marketing::traces::OrderHead;
use crate::model::order::{Facts, Outcome};
use crate::service::Failure;
use crate::service::orders::Call;
use crate::service::telemetry::Stages;
use crate::store::conversation;
use crate::store::marketing::order;
use crate::store::shop_request::{self, ShopRequest};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// How long a request belongs to the node that performs it: longer than any request may take.
pub(super) const CLAIMED: Duration = Duration::from_secs(30);

/// How often it is looked for requests that nobody performs.
const LOOK: Duration = Duration::from_secs(5);

/// Requests that are taken over at once.
const AT_ONCE: i64 = 16;

impl Chat {
    /// Performs a request, beside everything else.
    pub(super) fn begin_request(&self, request: ShopRequest) {
        let chat = self.clone();
        tokio::spawn(async move { chat.perform_request(&request).await });
    }

    async fn perform_request(&self, due: &ShopRequest) {
        if let Err(refused) = self.ask_shop(due).await {
            // It stays in the database and is done again.
            tracing::error!(
                error = &refused as &dyn std::error::Error,
                "a request to the shop's system has no outcome"
            );
        }
    }

    async fn ask_shop(&self, due: &ShopRequest) -> Result<(), Refused> {
        let identity = self.identities.customer(due.shopper).await?;
        let outcome = match identity {
            None => Outcome::NotSignedIn,
            Some(identity) => {
                let call = Call {
                    customer: identity.customer,
                    profile: identity.profile,
                    conversation: due.conversation,
                    sequence: due.sequence,
                    request: due.request.clone(),
                };
                // What the shop's system tells by itself meanwhile is newer than its answer.
                let asked = self.clock.now();
                let outcome = self.orders.perform(&call).await;
                self.keep_orders(due, &call.customer, &outcome, asked).await?;
                with_profile(outcome, call.profile)
            }
        };
        self.conclude(due, &outcome).await
    }

    /// Keeps what the shop's system tells of orders, for whoever works with them later, unless the person was deleted while
    /// it was asked.
    async fn keep_orders(
        &self,
        due: &ShopRequest,
        customer: &str,
        outcome: &Outcome,
        asked: Timestamp,
    ) -> Result<(), Refused> {
        let Outcome::Done(done) = outcome else { return Ok(()) };
        let mut orders: Vec<OrderHead> = done.orders.iter().map(OrderHead::of).collect();
        if orders.is_empty() {
            return Ok(());
        }
        // Always in one order, so that two requests of a customer never wait for each other.
        orders.sort_by(|one, other| one.number.cmp(&other.number));
        let request = (due.conversation, due.request.number);
        Ok(order::put_told(&self.db, request, customer, &orders, asked).await?)
    }

    /// Tells the shopper what came of a request, if somebody still waits for it.
    async fn conclude(&self, due: &ShopRequest, outcome: &Outcome) -> Result<(), Refused> {
        let said = conversation::messages_after(&self.db, due.conversation, due.sequence - 1, 1).await?;
        let said = said.first().map(|message| message.body.text.clone()).unwrap_or_default();
        let open = self.memory.open(due.conversation);
        let mut remembered = open.turn.lock().await;
        let mut contest = Contest::default();
        loop {
            let before = match remembered.take() {
                Some(before) => before,
                None => self.load_conversation(due.conversation).await?,
            };
            match self.conclude_once(due, &said, outcome, &before).await? {
                Concluded::Told(after) => {
                    *remembered = Some(*after);
                    return Ok(());
                }
                // What is remembered may be old; only the database says that nobody waits.
                Concluded::NobodyWaits => {
                    let fresh = self.load_conversation(due.conversation).await?;
                    let same = fresh.last_sequence == before.last_sequence && fresh.state == before.state;
                    *remembered = Some(fresh);
                    if same {
                        return Ok(shop_request::end(&self.db, due.conversation, due.request.number).await?);
                    }
                }
                Concluded::MovedOn => {}
            }
            if !contest.again().await {
                return Err(Refused::Busy(LOOK));
            }
        }
    }

    async fn conclude_once(
        &self,
        due: &ShopRequest,
        said: &str,
        outcome: &Outcome,
        before: &Remembered,
    ) -> Result<Concluded, Refused> {
        let address = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let visitor = Visitor { shopper: due.shopper, conversation: due.conversation, address };
        let assistant = self.published.assistant();
        let mut stages = Stages::begin();
        let about = self.context(visitor, before, None).await?;
        stages.done("situation");
        let resumed = assistant.resume(&before.state, said, due.request.number, outcome, &about);
        let Some(turn) = resumed.map_err(Failure::from)? else { return Ok(Concluded::NobodyWaits) };
        stages.done("resume");
        match self.commit_turn(&assistant, visitor, Cause::Outcome(due), before, turn, &mut stages).await? {
            Some(done) => Ok(Concluded::Told(Box::new(self.show_turn(visitor.conversation, done)))),
            None => Ok(Concluded::MovedOn),
        }
    }

    /// Performs the requests that nobody is performing: those of a node that has died, or that had no outcome.
    ///
    /// # Errors
    /// [`Refused::Failed`] where the database fails.
    pub async fn take_over_requests(&self) -> Result<(), Refused> {
        let now = self.clock.now();
        for due in shop_request::claim(&self.db, now, now.plus(CLAIMED), AT_ONCE).await? {
            self.perform_request(&due).await;
        }
        Ok(())
    }

    /// Looks for such requests again and again.
    pub async fn watch_requests(self) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Err(refused) = self.take_over_requests().await {
                tracing::error!(error = &refused as &dyn std::error::Error, "requests cannot be taken over");
            }
        }
    }
}

/// What became of an outcome.
enum Concluded {
    /// The shopper was told.
    Told(Box<Remembered>),
    /// The task is over, or waits for something else.
    NobodyWaits,
    /// The conversation has moved on meanwhile.
    MovedOn,
}

/// What the token said of the customer, for the wording and for slots that are filled in from it.
fn with_profile(outcome: Outcome, profile: Facts) -> Outcome {
    match outcome {
        Outcome::Done(mut done) => {
            for (name, value) in profile {
                done.values.entry(name).or_insert(value);
            }
            Outcome::Done(done)
        }
        other => other,
    }
}
