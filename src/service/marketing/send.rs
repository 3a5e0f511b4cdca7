//! The way of one message: choose the content, decide and note it in one transaction, send, settle.

use super::channels::Message;
use super::{Marketing, failure};
use crate::classify::mood::Mood;
use crate::dialogue::respond::card;
use crate::dialogue::state::State;
use crate::marketing::campaign::{Channel, Content, Products, Trigger};
use crate::marketing::due::Occasion;
use crate::marketing::profile::{Field, Profile};
use crate::marketing::sending::{Limits, Moment, Refusal, may_send};
use crate::marketing::split::{Share, share};
use crate::marketing::wording::fill;
use crate::model::catalogue::Sku;
use crate::model::chat::{Author, Body, ProductCard, Status};
use crate::model::id::{ConversationId, MessageId, ShopperId};
use crate::recommend::in_conversation::Suggestion;
use crate::recommend::source::Source;
use crate::recommend::taste::Personal;
use crate::service::Failure;
use crate::service::chat::{Refused, Standing, Step};
use crate::service::token::{new_token, token_hash};
use crate::store::journal::NewMessage;
use crate::store::marketing::campaign::CampaignRow;
use crate::store::marketing::delivery::{self, Decided, Draft};
use crate::store::marketing::facts::Asked;
use crate::store::marketing::{Facts, Recipient};
use uuid::Uuid;

/// Times that a message in the chat is decided anew because the conversation has moved on.
const ATTEMPTS: usize = 4;

/// The button under a message in the chat; a tap says it.
pub(super) const UNSUBSCRIBE: &str = "退订";

/// Products of a message, at most.
const SHOWN: usize = 6;

/// Where products of a campaign are logged as shown.
const SLOT: &str = "campaign";

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is out.
    Sent,
    /// The person is held out.
    HeldOut,
    /// It may not be sent.
    Refused(Vec<Refusal>),
    /// It could not be sent.
    Failed(String),
    /// It was withdrawn before it was out.
    Withdrawn,
}

/// Somebody for whom a message is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due<'a> {
    pub(super) to: &'a Recipient,
    pub(super) profile: &'a Profile,
    pub(super) occasion: &'a Occasion,
}

/// What a message would hold for somebody.
pub(super) struct Prepared {
    pub(super) share: Share,
    pub(super) content: Content,
    pub(super) shown: Vec<(Sku, Personal)>,
    pub(super) reachable: bool,
    pub(super) on_sale: bool,
}

/// What is decided about a message when the conversation is where the decision has seen it.
enum Shown {
    Moved,
    Refused(Refused),
}

impl From<Refused> for Shown {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Marketing {
    /// Sends somebody a message of a campaign, if that may be done now.
    ///
    /// # Errors
    /// [`Failure`] where the database fails; then nothing was sent.
    pub(super) async fn consider(
        &self,
        campaign: &CampaignRow,
        limits: &Limits,
        due: Due<'_>,
    ) -> Result<Outcome, Failure> {
        for _ in 0..ATTEMPTS {
            if let Some(outcome) = self.consider_once(campaign, limits, due).await? {
                return Ok(outcome);
            }
        }
        // Somebody is talking; it is looked for again.
        Ok(Outcome::Refused(Vec::new()))
    }

    /// One attempt; nothing where the conversation has moved on.
    async fn consider_once(
        &self,
        campaign: &CampaignRow,
        limits: &Limits,
        due: Due<'_>,
    ) -> Result<Option<Outcome>, Failure> {
        let (now, prepared) = (self.clock.now(), self.prepare(campaign, due));
        let token = new_token()?;
        let skus: Vec<Sku> = prepared.shown.iter().map(|(sku, _)| sku.clone()).collect();
        let draft = Draft {
            id: Uuid::now_v7(),
            asked: self.asked(campaign, limits, due),
            shopper: due.to.newest(),
            skus: &skus,
            link_hash: token_hash(&token),
            now,
        };
        let decide = |facts: &Facts| {
            let moment = self.moment(facts, limits, &prepared);
            may_send(&moment, limits, campaign.plan.cap).map(|()| prepared.share)
        };
        let facts = match delivery::claim(&self.db, &draft, decide).await? {
            Decided::Refused(reasons) => return Ok(Some(Outcome::Refused(reasons))),
            Decided::HeldOut => return Ok(Some(Outcome::HeldOut)),
            Decided::Send { facts, .. } => facts,
        };
        let outcome = match campaign.plan.channel {
            Channel::Widget => self.show(campaign, &draft, &facts, &prepared, due.profile).await?,
            channel => Some(self.mail(channel, &draft, &prepared, due.profile, &token).await?),
        };
        if outcome == Some(Outcome::Sent) && !prepared.shown.is_empty() {
            self.chat.behaviour.log_shown(draft.shopper, SLOT, &prepared.shown).await?;
        }
        Ok(outcome)
    }

    pub(super) fn asked<'a>(&self, campaign: &CampaignRow, limits: &Limits, due: Due<'a>) -> Asked<'a> {
        let now = self.clock.now();
        Asked {
            campaign: campaign.id,
            to: due.to,
            occasion: due.occasion,
            channel: campaign.plan.channel,
            since: (limits.cap.since(now), campaign.plan.cap.since(now)),
        }
    }

    /// What somebody would get: their share, its content and products.
    pub(super) fn prepare(&self, campaign: &CampaignRow, due: Due<'_>) -> Prepared {
        let plan = &campaign.plan;
        let share = share(&campaign.id.to_string(), &due.to.key(), plan.holdout_percent, plan.variants.len());
        let number = if let Share::Variant(number) = share { number } else { 0 };
        let content = plan.variants.get(number).cloned().unwrap_or_default();
        let shown = self.products(&content.products, due);
        let reserved = matches!(plan.trigger, Trigger::OrderUnpaid { .. });
        let on_sale = content.products == Products::None || reserved || !shown.is_empty();
        let reachable = self.channels.reaches(plan.channel, due.to, due.profile);
        Prepared { share, content, shown, reachable, on_sale }
    }

    fn products(&self, wanted: &Products, due: Due<'_>) -> Vec<(Sku, Personal)> {
        let assistant = self.chat.published.assistant();
        let on_sale =
            |sku: &&Sku| assistant.knowledge.product(sku).is_some_and(crate::model::catalogue::Product::in_stock);
        let plain = |skus: &[Sku], reason: &str| {
            let one = Personal { score: 1.0, reason: reason.to_owned(), source: Source::Catalogue };
            skus.iter().filter(on_sale).take(SHOWN).map(|sku| (sku.clone(), one.clone())).collect()
        };
        match wanted {
            Products::None => Vec::new(),
            Products::Listed { skus } => plain(skus, "本次活动商品"),
            Products::Trigger => plain(&due.occasion.skus, reason(&due.occasion.key)),
            Products::Recommended { count } => {
                let cap = assistant.knowledge.content.shop.suggestions.category_cap;
                self.chat.behaviour.picks(due.to.newest(), usize::from(*count), cap)
            }
        }
    }

    /// The facts as the decision asks for them.
    pub(super) fn moment(&self, facts: &Facts, limits: &Limits, prepared: &Prepared) -> Moment {
        let states = facts.talks.iter().map(|talk| serde_json::from_str::<State>(talk.state.get()).unwrap_or_default());
        let states: Vec<State> = states.collect();
        Moment {
            running: facts.running,
            consent: facts.consent,
            quiet: limits.quiet.holds(self.clock.now()),
            sent: facts.sent,
            sent_by_campaign: facts.sent_by_campaign,
            noted: facts.noted,
            upset: states.iter().any(|state| state.mood.level() <= Mood::Upset || state.mood.stays_upset()),
            open_complaint: states.iter().any(|state| state.open_complaint),
            with_agent: facts
                .talks
                .iter()
                .any(|talk| talk.has_case || matches!(talk.status, Status::Waiting | Status::Agent)),
            bought: facts.bought,
            reachable: prepared.reachable,
            on_sale: prepared.on_sale,
        }
    }

    /// The words, with what is known filled in.
    pub(super) fn words(&self, text: &str, prepared: &Prepared, profile: &Profile) -> String {
        let assistant = self.chat.published.assistant();
        let product = prepared.shown.first().and_then(|(sku, _)| assistant.knowledge.product(sku));
        let price = product.map(|product| product.price.to_string()).unwrap_or_default();
        let values = [
            ("name", profile.words(Field::Name).unwrap_or_default()),
            ("shop", assistant.knowledge.content.shop.name.as_str()),
            ("product", product.map_or("", |product| product.name.as_str())),
            ("price", price.as_str()),
        ];
        fill(text, &values)
    }

    pub(super) fn cards(&self, shown: &[(Sku, Personal)]) -> Vec<ProductCard> {
        let assistant = self.chat.published.assistant();
        let as_card = |(sku, one): &(Sku, Personal)| {
            let (reason, source) = (one.reason.clone(), one.source.name().to_owned());
            let suggestion = Suggestion { sku: sku.clone(), reason, source, score: one.score };
            assistant.knowledge.product(sku).map(|product| card(product, &suggestion))
        };
        shown.iter().filter_map(as_card).collect()
    }

    /// Writes the message into the conversation; nothing where it has moved on since the decision.
    async fn show(
        &self,
        campaign: &CampaignRow,
        draft: &Draft<'_>,
        facts: &Facts,
        prepared: &Prepared,
        profile: &Profile,
    ) -> Result<Option<Outcome>, Failure> {
        let Some(talk) = facts.talks.iter().find(|talk| talk.shopper == draft.shopper) else {
            return self.give_up(draft.id, "没有会话").await.map(Some);
        };
        let body = Body {
            text: self.words(&prepared.content.text, prepared, profile),
            products: self.cards(&prepared.shown),
            questions: vec![UNSUBSCRIBE.to_owned()],
            campaign: Some(campaign.id.to_string()),
            ..Body::default()
        };
        let decide = |standing: &Standing| {
            if standing.last_sequence == talk.last_sequence && standing.status == talk.status {
                Ok(message(standing.status, Author::Bot, MessageId(draft.id), body.clone()))
            } else {
                Err(Shown::Moved)
            }
        };
        match self.chat.step(talk.id, decide).await {
            Ok(_) => {
                delivery::settle(&self.db, draft.id, None, self.clock.now()).await?;
                Ok(Some(Outcome::Sent))
            }
            Err(Shown::Moved | Shown::Refused(Refused::Busy(_))) => {
                delivery::release(&self.db, draft.id).await?;
                Ok(None)
            }
            Err(Shown::Refused(refused)) => Err(failure(refused)),
        }
    }

    /// Sends the message out of the house.
    async fn mail(
        &self,
        channel: Channel,
        draft: &Draft<'_>,
        prepared: &Prepared,
        profile: &Profile,
        token: &str,
    ) -> Result<Outcome, Failure> {
        // A payment that came in between has withdrawn it.
        if !delivery::is_wanted(&self.db, draft.id).await? {
            return Ok(Outcome::Withdrawn);
        }
        let message = Message {
            id: draft.id,
            channel,
            customer: draft.asked.to.customer.as_deref(),
            profile,
            subject: self.words(&prepared.content.subject, prepared, profile),
            text: self.words(&prepared.content.text, prepared, profile),
            cards: self.cards(&prepared.shown),
            shop: self.shop_name(),
            token,
            public_url: &self.settings.public_url,
        };
        match self.channels.send(&message).await {
            Ok(()) => {
                delivery::settle(&self.db, draft.id, None, self.clock.now()).await?;
                Ok(Outcome::Sent)
            }
            Err(reason) => self.give_up(draft.id, &reason).await,
        }
    }

    async fn give_up(&self, id: Uuid, reason: &str) -> Result<Outcome, Failure> {
        delivery::settle(&self.db, id, Some(reason), self.clock.now()).await?;
        Ok(Outcome::Failed(reason.to_owned()))
    }

    /// Says something in a conversation, whatever is going on there.
    pub(super) async fn notify(&self, conversation: ConversationId, text: &str) -> Result<(), Failure> {
        let (id, body) = (MessageId(Uuid::now_v7()), Body::text(text));
        let decide = |standing: &Standing| Ok::<_, Refused>(message(standing.status, Author::System, id, body.clone()));
        self.chat.step(conversation, decide).await.map(|_| ()).map_err(failure)
    }

    /// Somebody by one of their browsers.
    pub(super) async fn person_of(&self, shopper: ShopperId) -> Result<Recipient, Failure> {
        Ok(crate::store::marketing::traces::person_of(&self.db, shopper).await?)
    }
}

/// Why a product is shown that began the message.
fn reason(occasion: &str) -> &'static str {
    match occasion.split(':').next() {
        Some("cart") => "在您的购物车里",
        Some("order") => "待付款",
        Some("drop") => "您看过，现在降价了",
        Some("back") => "您看过，现在到货了",
        _ => "为您挑选",
    }
}

/// A step that says something and leaves everything else as it is.
fn message(status: Status, author: Author, id: MessageId, body: Body) -> Step {
    let messages = vec![NewMessage { id, client_id: None, author, body }];
    Step { status, agent: None, messages, case: None, settled: false }
}
