//! A record with its JSON, which is written once however often the record is stored.

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::OnceLock;

/// A record that does not change any more. It reads and compares like the record alone, and serialises like it, the
/// members in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct Noted<T> {
    record: T,
    members: OnceLock<BTreeMap<String, Box<RawValue>>>,
}

impl<T> Noted<T> {
    /// Notes a record.
    pub fn new(record: T) -> Self {
        Self { record, members: OnceLock::new() }
    }
}

impl<T: Serialize> Noted<T> {
    fn members(&self) -> serde_json::Result<&BTreeMap<String, Box<RawValue>>> {
        if let Some(members) = self.members.get() {
            return Ok(members);
        }
        let members = serde_json::from_str(&serde_json::to_string(&self.record)?)?;
        Ok(self.members.get_or_init(|| members))
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
        self.members().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Noted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        text: String,
        numbers: Vec<(String, f64)>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Whole {
        #[serde(flatten)]
        record: Arc<Noted<Record>>,
        own: i64,
    }

    #[test]
    fn a_noted_record_is_stored_like_the_record_alone() {
        let record = Record { text: "运费\n\"多少\"".to_owned(), numbers: vec![("a".to_owned(), 0.1)] };
        let whole = Whole { record: Arc::new(Noted::new(record)), own: -3 };
        for _ in 0..2 {
            let json = serde_json::to_string(&whole).unwrap();
            assert_eq!(json, r#"{"numbers":[["a",0.1]],"text":"运费\n\"多少\"","own":-3}"#);
            assert_eq!(serde_json::from_str::<Whole>(&json).unwrap(), whole);
            assert_eq!(serde_json::from_value::<Whole>(serde_json::to_value(&whole).unwrap()).unwrap(), whole);
        }
    }
}
