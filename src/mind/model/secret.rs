//! A secret of the configuration: it never shows itself. Whoever prints, logs or writes the settings gets `***`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use subtle::ConstantTimeEq;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// A password or a key. Empty means none.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether somebody has shown it; compared in constant time.
    pub fn is(&self, shown: &str) -> bool {
        self.0.as_bytes().ct_eq(shown.as_bytes()).into()
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_empty() { "" } else { HIDDEN })
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl Eq for Secret {}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_empty() { "" } else { HIDDEN })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A value of another type is named by its type alone: an error must not hold what was meant to be a secret.
        String::deserialize(deserializer).map(Self).map_err(|_| serde::de::Error::custom("应当是一段文字"))
    }
}

/// An address without the password in it: `postgres://user:***@host/shop`.
pub fn without_password(url: &str) -> String {
    let hide = |one: &str| -> Option<String> {
        let (scheme, rest) = one.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let name = user.split_once(':').map_or(user, |(name, _)| name);
        let colon = if user.contains(':') { ":" } else { "" };
        let hidden = if colon.is_empty() { "" } else { HIDDEN };
        Some(format!("{scheme}://{name}{colon}{hidden}@{host}"))
    };
    url.split(',').map(|one| hide(one).unwrap_or_else(|| one.to_owned())).collect::<Vec<_>>().join(",")
}

/// For serde: writes an address without its password.
///
/// # Errors
/// The serializer's.
pub fn hide_password<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&without_password(url))
}

/// The same for an address that there may be.
///
/// # Errors
/// The serializer's.
pub fn hide_password_if_any<S: Serializer>(url: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_deref().map(without_password).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::from("battery staple");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
        let read: Secret = serde_json::from_str("\"battery staple\"").unwrap();
        assert!(read == secret && read != Secret::default() && read.expose() == "battery staple");
        let error = serde_json::from_str::<Secret>("20261126").unwrap_err().to_string();
        assert!(!error.contains("20261126"), "{error}");
    }

    #[test]
    fn passwords_in_addresses_are_hidden() {
        for (url, shown) in [
            ("postgres://shop:p@ss:w@db:5432/shop", "postgres://shop:***@db:5432/shop"),
            ("postgres://shop@db/shop", "postgres://shop@db/shop"),
            ("sqlite://data/xiaoer.db", "sqlite://data/xiaoer.db"),
            ("nats://a:b@one:4222, nats://two:4222", "nats://a:***@one:4222, nats://two:4222"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
