//! Answers and products that the assistant proposes to the agent, before the agent types.

use super::{Desk, DeskRefused};
use crate::live::desk_protocol::DeskServerFrame;
use crate::model::chat::{Author, ProductCard};
use crate::model::customer::Staff;
use crate::model::desk::{Adoption, SuggestedAnswer};
use crate::model::id::ConversationId;
use crate::service::Failure;
use crate::service::apart::apart;
use crate::store::conversation;
use crate::store::desk::case;
use crate::store::desk::suggestion::{self, Proposed};
use uuid::Uuid;

/// Answers that are proposed, at most.
const ANSWERS: usize = 3;

/// Products that are proposed with a message, and those found by words, at most.
const PRODUCTS: (usize, usize) = (3, 10);

/// Probability below which an answer is not worth a look, however low the shop's own line is.
const WORTH_A_LOOK: f64 = 0.05;

/// Below this mood nothing is proposed for sale.
const UPSET: f64 = -0.5;

/// Messages that are looked through for the shopper's newest.
const NEWEST: usize = 20;

/// What is proposed for a message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Proposals {
    /// The shopper's message; 0 where nothing was said.
    pub sequence: i64,
    /// Answers, best first.
    pub answers: Vec<SuggestedAnswer>,
    /// Products, best first.
    pub products: Vec<ProductCard>,
}

impl Desk {
    /// Proposals for the shopper's newest message. Answers are proposed from the line on from which the assistant itself
    /// would ask back with them (`clarify`); below it there are none. The first time they are made they are kept, so that
    /// it is known what became of them.
    ///
    /// # Errors
    /// [`DeskRefused`] where something fails inside.
    pub async fn proposals(&self, at: ConversationId) -> Result<Proposals, DeskRefused> {
        let messages = conversation::messages_before(&self.db, at, i64::MAX, NEWEST).await?;
        let Some(said) = messages.into_iter().rfind(|message| message.author == Author::Shopper) else {
            return Ok(Proposals::default());
        };
        let assistant = self.chat.published.assistant();
        let (text, read) = (said.body.text.clone(), std::sync::Arc::clone(&assistant));
        let found = apart(move || read.knowledge.faq.ask(&read.models.language.read(&text))).await?;
        let found = found.map_err(Failure::from)?;
        let line = assistant.thresholds.clarify.max(WORTH_A_LOOK);
        let mut proposed: Vec<Proposed> = (found.ranked.iter())
            .filter(|entry| found.confidence >= line && entry.probability >= WORTH_A_LOOK)
            .take(ANSWERS)
            .map(|entry| Proposed { id: Uuid::now_v7(), entry_id: entry.id.clone(), confidence: entry.probability })
            .collect();
        if let Some(first) = proposed.first_mut() {
            first.confidence = found.confidence;
        }
        let kept = suggestion::keep(&self.db, at, said.sequence, &proposed, self.clock.now()).await?;
        // What an older line let through is not shown again.
        let worth = kept.first().is_some_and(|first| first.confidence >= line);
        let answers = kept.into_iter().filter(|_| worth).filter_map(|one| {
            let entry = assistant.knowledge.entry(&one.entry_id)?;
            Some(SuggestedAnswer {
                id: one.id,
                entry: entry.id.clone(),
                question: entry.question.clone(),
                answer: entry.answer.clone(),
                confidence: one.confidence,
            })
        });
        let calm = case::newest(&self.db, at).await?.is_none_or(|case| case.mood > UPSET);
        let products = if calm { self.fitting(&said.body.text, PRODUCTS.0)? } else { Vec::new() };
        Ok(Proposals { sequence: said.sequence, answers: answers.collect(), products })
    }

    /// Shows the proposals for a message of the shopper to whoever has or views the conversation on this node, if it is
    /// the newest.
    pub(super) async fn propose(&self, at: ConversationId, newest: i64) -> Result<(), DeskRefused> {
        let Proposals { sequence, answers, products } = self.proposals(at).await?;
        if sequence != newest {
            return Ok(());
        }
        let frame = DeskServerFrame::Suggestions { conversation_id: at.0, sequence, answers, products };
        self.hub.here().to_conversation(at, &frame);
        Ok(())
    }

    /// Products that fit words, those in stock alone.
    fn fitting(&self, words: &str, count: usize) -> Result<Vec<ProductCard>, DeskRefused> {
        let assistant = self.chat.published.assistant();
        let hits = assistant.knowledge.products.find(&assistant.models.language.read(words)).map_err(Failure::from)?;
        let products = &assistant.knowledge.content.products;
        let found = hits.iter().filter_map(|hit| products.get(hit.product)).filter(|product| product.stock > 0);
        Ok(found.take(count).filter_map(|product| self.product(&product.sku, "与对话内容相符")).collect())
    }

    /// Products to send: by words, or what suits the conversation, and what sells best where nothing does.
    ///
    /// # Errors
    /// [`DeskRefused`] where something fails inside.
    pub async fn products(&self, at: ConversationId, words: Option<&str>) -> Result<Vec<ProductCard>, DeskRefused> {
        if let Some(words) = words.map(str::trim).filter(|words| !words.is_empty()) {
            return self.fitting(words, PRODUCTS.1);
        }
        let messages = conversation::messages_before(&self.db, at, i64::MAX, NEWEST).await?;
        let said = messages.iter().filter(|message| message.author == Author::Shopper);
        let said: Vec<&str> = said.map(|message| message.body.text.as_str()).collect();
        let mut found = self.fitting(&said.join("\n"), PRODUCTS.1)?;
        if found.is_empty() {
            let popular = self.chat.behaviour.popular(PRODUCTS.1);
            found = popular.iter().filter_map(|sku| self.product(sku, "近期热卖")).collect();
        }
        Ok(found)
    }

    /// Records that a proposal was put into the input field.
    ///
    /// # Errors
    /// [`DeskRefused::NotFound`] where there is none for this agent.
    pub async fn adopt(&self, staff: &Staff, id: Uuid, adoption: Adoption) -> Result<(), DeskRefused> {
        let (conversation, _) = suggestion::entry(&self.db, id).await?.ok_or(DeskRefused::NotFound)?;
        self.may_see(staff, conversation).await?;
        Ok(suggestion::adopt(&self.db, id, adoption, staff.id, self.clock.now()).await?)
    }
}
