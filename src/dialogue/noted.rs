//! A record with its JSON, which is written once however often the record is stored.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::Deref;
use std::sync::OnceLock;

/// A record that does not change any more. It reads, compares and serialises like the record alone.
#[derive(Debug, Clone, Default)]
pub struct Noted<T> {
    record: T,
    json: OnceLock<Box<str>>,
}

impl<T> Noted<T> {
    /// Notes a record.
    pub fn new(record: T) -> Self {
        Self { record, json: OnceLock::new() }
    }
}

impl<T: Serialize> Noted<T> {
    /// The record as JSON.
    ///
    /// # Errors
    /// serde's.
    pub fn json(&self) -> serde_json::Result<&str> {
        if let Some(json) = self.json.get() {
            return Ok(json);
        }
        let json = serde_json::to_string(&self.record)?.into_boxed_str();
        Ok(self.json.get_or_init(|| json))
    }
}

impl<T> Deref for Noted<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.record
    }
}

impl<T: PartialEq> PartialEq for Noted<T> {
    fn eq(&self, other: &Self) -> bool {
        self.record == other.record
    }
}

impl<T: Serialize> Serialize for Noted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Noted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}
