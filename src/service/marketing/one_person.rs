//! One person: what is known of them, to see, to take along, to forget.

use super::{Marketing, MarketingRefused};
use crate::clock::Timestamp;
use crate::marketing::campaign::Channel;
use crate::marketing::profile::{Field, Profile};
use crate::marketing::traces::Traces;
use crate::model::id::ShopperId;
use crate::service::Failure;
use crate::store::audit::Deed;
use crate::store::marketing::Recipient;
use crate::store::marketing::erase::{self, Erased};
use crate::store::marketing::report::{self, Touch};
use serde_json::{Value, json};

/// Messages that are shown.
const TOUCHES: usize = 20;

/// A field of a profile.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileField {
    /// Which.
    pub field: Field,
    /// Its value in words, without its unit.
    pub value: String,
    /// Where it comes from, in Chinese.
    pub source: &'static str,
    /// The newest thing it rests on.
    pub at: Timestamp,
}

/// What is known of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Their key.
    pub person: String,
    /// Field by field.
    pub fields: Vec<ProfileField>,
    /// Names of the segments they are in, each with the conditions that put them there.
    pub segments: Vec<(String, Vec<String>)>,
    /// The messages they got.
    pub touches: Vec<Touch>,
}

impl Marketing {
    /// What is known of a person by one of their browsers.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn known_by(&self, shopper: ShopperId) -> Result<Option<Known>, Failure> {
        let key = self.person_of(shopper).await?.key();
        self.known(&key).await
    }

    /// What is known of a person by their key.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn known(&self, key: &str) -> Result<Option<Known>, Failure> {
        let crowd = self.crowd().await?;
        let (Some(profile), Some(traces)) = (crowd.people.profiles.get(key), crowd.traces.get(key)) else {
            return Ok(None);
        };
        let segments = self.segments_of(profile).await?;
        let touches = report::touches(&self.db, &recipient(traces).keys(), TOUCHES).await?;
        Ok(Some(Known { person: key.to_owned(), fields: fields(profile), segments, touches }))
    }

    /// Everything that is known of a person, to take along.
    ///
    /// # Errors
    /// [`MarketingRefused::NotFound`].
    pub async fn export(&self, key: &str, by: &str) -> Result<Value, MarketingRefused> {
        let crowd = self.refresh().await?;
        let (Some(profile), Some(traces)) = (crowd.people.profiles.get(key), crowd.traces.get(key)) else {
            return Err(MarketingRefused::NotFound("这位客户"));
        };
        let touches = report::touches(&self.db, &recipient(traces).keys(), usize::MAX >> 1).await?;
        let fields = fields(profile).into_iter().map(|one| {
            json!({ "field": one.field, "name": one.field.name(), "value": one.value, "source": one.source, "at": one.at })
        });
        let events = traces
            .events
            .iter()
            .map(|one| json!({ "kind": one.kind.name(), "sku": one.sku, "value": one.value, "at": one.at }));
        let orders = traces.orders.iter().map(|one| {
            json!({ "number": one.number, "status": one.status, "placed_at": one.placed_at, "total_fen": one.total, "skus": one.skus })
        });
        let consents = traces
            .consents
            .iter()
            .map(|(channel, (granted, at))| json!({ "channel": channel.name(), "granted": granted, "at": at }));
        let messages = touches
            .iter()
            .map(|one| json!({ "campaign": one.campaign, "channel": one.channel, "state": one.state, "at": one.at }));
        let exported = json!({
            "person": key,
            "customer": traces.customer,
            "visitors": traces.shoppers,
            "exported_at": self.clock.now(),
            "profile": fields.collect::<Vec<_>>(),
            "events": events.collect::<Vec<_>>(),
            "orders": orders.collect::<Vec<_>>(),
            "consents": consents.collect::<Vec<_>>(),
            "messages": messages.collect::<Vec<_>>(),
        });
        let deed = Deed::new(by, "profile_exported", key, self.clock.now());
        crate::store::audit::write(&self.db, &deed).await?;
        Ok(exported)
    }

    /// Forgets a person: in the database, in what was learned from it, in what is shown here.
    ///
    /// # Errors
    /// [`MarketingRefused::NotFound`].
    pub async fn erase(&self, key: &str, by: &str) -> Result<Erased, MarketingRefused> {
        let crowd = self.refresh().await?;
        let traces = crowd.traces.get(key).ok_or(MarketingRefused::NotFound("这位客户"))?;
        let deed = Deed::new(by, "profile_erased", key, self.clock.now());
        let gone = erase::erase(&self.db, &recipient(traces), &deed).await?;
        let assistant = self.chat.published.assistant();
        let content = &assistant.knowledge.content;
        self.chat.behaviour.learn_anew(&content.products, &content.consumable()).await?;
        self.refresh().await?;
        Ok(gone)
    }
}

pub(super) fn recipient(traces: &Traces) -> Recipient {
    Recipient { customer: traces.customer.clone(), shoppers: traces.shoppers.clone() }
}

/// Field by field, in the order in which they are shown.
fn fields(profile: &Profile) -> Vec<ProfileField> {
    let known = Field::ALL.iter().filter_map(|(field, ..)| Some((*field, profile.0.get(field)?)));
    known
        .map(|(field, fact)| ProfileField {
            field,
            value: fact.value.to_string(),
            source: fact.source.title(),
            at: fact.at,
        })
        .collect()
}

/// Channels that somebody agreed to, in Chinese.
pub(super) fn agreed(traces: &Traces) -> Vec<&'static str> {
    let agreed = traces.consents.iter().filter(|(_, (granted, _))| *granted);
    agreed.map(|(channel, _)| Channel::title(*channel)).collect()
}
