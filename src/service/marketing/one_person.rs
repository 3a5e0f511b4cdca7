//! One person: what is known of them, to see. [`crate::service::personal_data`] hands it out and deletes it.

use super::Marketing;
use crate::clock::Timestamp;
use crate::marketing::campaign::Channel;
use crate::marketing::profile::{Field, Profile};
use crate::marketing::traces::Traces;
use crate::model::id::ShopperId;
use crate::service::Failure;
use crate::store::marketing::Recipient;
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

impl Known {
    /// A person of whom there is no profile.
    pub fn nothing_of(person: String) -> Self {
        Self { person, fields: Vec::new(), segments: Vec::new(), touches: Vec::new() }
    }
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

    /// The fields of a person's profile as of the last seconds, to hand out: whoever asks anew and again must not have
    /// everybody assembled each time.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn profile_fields(&self, key: &str) -> Result<Vec<Value>, Failure> {
        let crowd = self.crowd().await?;
        let profile = crowd.people.profiles.get(key).map(fields).unwrap_or_default();
        let field = |one: ProfileField| json!({ "field": one.field, "name": one.field.name(), "value": one.value, "source": one.source, "at": one.at });
        Ok(profile.into_iter().map(field).collect())
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
