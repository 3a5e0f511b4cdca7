//! One node among others: what it does with what they tell, and how it makes up for what it was not told.
//!
//! Hints come over the bus and may be lost. So each node looks into the database again every few seconds, and at once
//! whenever the bus is back: has a conversation that is shown here gone further than this node knows, does somebody else
//! answer in it, is it still there? Knowledge, settings of the desk, the queue and what shoppers did are followed by their
//! own rooms in the same way, with or without a bus.

use crate::live::bus::{Hint, NodeId};
use crate::live::nats::Nats;
use crate::live::parcel::Parcel;
use crate::live::protocol::{MAX_MESSAGES_PER_FRAME, close};
use crate::model::chat::Status;
use crate::model::id::ConversationId;
use crate::service::Failure;
use crate::service::chat::Chat;
use crate::service::publish::Publisher;
use crate::store::conversation;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Time between two looks for what no hint has told. Long beside a hint, short beside a shopper's patience.
const CATCH_UP: Duration = Duration::from_secs(3);

/// Time between two signs of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// A node's ear.
pub struct Node {
    chat: Chat,
    publisher: Publisher,
    nats: Nats,
    /// How far the desk's conversations had come at the last look.
    seen: HashMap<ConversationId, i64>,
    /// Who answered in the shoppers' conversations at the last look.
    answering: HashMap<ConversationId, Status>,
}

impl Node {
    /// Puts the use case together.
    pub fn new(chat: Chat, publisher: Publisher, nats: Nats) -> Self {
        Self { chat, publisher, nats, seen: HashMap::new(), answering: HashMap::new() }
    }

    /// Listens and looks until it is dropped.
    pub async fn run(mut self) {
        let mut hints = loop {
            match self.nats.listen().await {
                Ok(hints) => break Box::pin(hints),
                Err(error) => {
                    tracing::error!(%error, "the bus cannot be heard; trying again");
                    tokio::time::sleep(CATCH_UP).await;
                }
            }
        };
        let (mut looks, mut signs) = (interval(CATCH_UP), interval(SIGN_OF_LIFE));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let nats = self.nats.clone();
            let done = tokio::select! {
                Some((from, hint)) = hints.next() => self.hear(from, hint).await,
                () = nats.connected_again() => self.come_back().await,
                _ = signs.tick() => {
                    self.chat.desk.give_sign_of_life();
                    Ok(())
                }
                _ = looks.tick() => self.catch_up().await,
            };
            if let Err(error) = done {
                tracing::error!(%error, "what another node told cannot be followed; the next look makes up for it");
            }
        }
    }

    /// The bus is there again, after a time in which anything may have happened.
    async fn come_back(&mut self) -> Result<(), Failure> {
        tracing::info!("the bus is there");
        self.chat.desk.give_sign_of_life();
        self.follow_knowledge();
        self.catch_up().await
    }

    /// Does what a hint asks for, on this node alone.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn hear(&self, from: NodeId, hint: Hint) -> Result<(), Failure> {
        let (hub, desk) = (self.chat.hub.here(), self.chat.desk.here());
        match hint {
            Hint::Reached { conversation, after, sequence } => {
                hub.publish(conversation, &[Parcel::reached(sequence)], None);
                self.show_at_desk(conversation, after).await?;
            }
            Hint::Shopper { conversation, text } => hub.publish(conversation, &[Parcel::carried(text)], None),
            Hint::Dismissed { conversation, code } => hub.dismiss(conversation, code),
            Hint::Desk { to, text } => desk.deliver(&to, &Parcel::carried(text)),
            Hint::Owner { conversation, owner } => desk.set_owner(conversation, owner),
            Hint::Attend(event) => desk.attend(event),
            Hint::Views { conversation, viewers } => desk.heard_views(from, conversation, &viewers),
            Hint::Here { staff } => desk.heard_of(from, staff),
            Hint::Gone => desk.forget(from),
            Hint::Knowledge => self.follow_knowledge(),
            Hint::Plan => self.chat.plans.follow(&self.chat.db).await?,
        }
        Ok(())
    }

    /// Building takes a while; what is heard meanwhile does not wait for it.
    fn follow_knowledge(&self) {
        let publisher = self.publisher.clone();
        tokio::spawn(async move {
            match publisher.follow().await {
                Ok(Some(version)) => tracing::info!(version, "the knowledge of another node is in force"),
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "the newest knowledge cannot be put in force"),
            }
        });
    }

    async fn show_at_desk(&self, conversation: ConversationId, after: i64) -> Result<(), Failure> {
        if self.chat.desk.here().is_shown(conversation) {
            let db = &self.chat.db;
            let messages = conversation::messages_after(db, conversation, after, MAX_MESSAGES_PER_FRAME).await?;
            self.chat.show_at_desk(conversation, &messages);
        }
        Ok(())
    }

    /// Shows what has become of the conversations that are shown here, whoever wrote it.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn catch_up(&mut self) -> Result<(), Failure> {
        self.catch_up_with_shoppers().await?;
        self.catch_up_at_the_desk().await
    }

    /// Whoever was told already hears a status again, which changes nothing.
    async fn catch_up_with_shoppers(&mut self) -> Result<(), Failure> {
        let (hub, shown) = (self.chat.hub.here(), self.chat.hub.conversations());
        let heads = conversation::heads(&self.chat.db, &shown).await?;
        for head in &heads {
            hub.publish(head.id, &[Parcel::reached(head.last_sequence)], None);
            // Whoever has come since the last look may have missed that the assistant no longer answers.
            if self.answering.get(&head.id).copied().unwrap_or_default() != head.status {
                self.chat.tell_status_here(head.id, head.status).await?;
            }
        }
        self.answering = heads.into_iter().map(|head| (head.id, head.status)).collect();
        // A conversation is written before its first socket is known: one that is not there was deleted.
        for id in shown.iter().filter(|id| !self.answering.contains_key(*id)) {
            hub.dismiss(*id, close::SIGNED_OUT);
        }
        Ok(())
    }

    async fn catch_up_at_the_desk(&mut self) -> Result<(), Failure> {
        let heads = conversation::heads(&self.chat.db, &self.chat.desk.conversations()).await?;
        for head in &heads {
            // Of one that was not shown at the last look the newest message may have been missed; the console knows what
            // it has already, and asks for what else is missing.
            let before = self.seen.get(&head.id).copied().unwrap_or(head.last_sequence - 1);
            if before < head.last_sequence {
                self.show_at_desk(head.id, before).await?;
            }
        }
        self.seen = heads.into_iter().map(|head| (head.id, head.last_sequence)).collect();
        Ok(())
    }
}
