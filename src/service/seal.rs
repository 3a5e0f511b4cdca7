//! Secrets that lie in the database sealed: whoever has a copy of it, or a backup, has nobody's second step.
//!
//! ChaCha20-Poly1305 (RFC 8439) under a random nonce, bound to whose the secret is, so that a row cannot take another's
//! place. The key is a setting, or lies in a file beside a SQLite database, and in no backup: whoever restores one without it
//! signs in with a recovery code.
//!
//! # Invariants
//! - What was kept before there was a key is read as it is.
//! - What cannot be opened is nobody's secret: it is never taken for an empty one.

use crate::model::secret::Secret;
use crate::service::Failure;
use crate::service::token::random_bytes;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// Begins what is sealed, and says how. No secret in Base32 has a colon.
const SEALED: &str = "v1:";

/// Shortest key, in characters.
const SHORTEST: usize = 32;

/// What secrets in the database are sealed with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SealSettings {
    /// A key of 32 characters or more, the same on every node. Without one a SQLite shop makes a file beside its database; on
    /// PostgreSQL secrets are then kept as they are.
    pub key: Secret,
    /// A file that holds it, in its place.
    pub key_file: Option<PathBuf>,
}

impl SealSettings {
    /// What makes no sense about them, in Chinese.
    pub fn mistakes(&self) -> Vec<String> {
        let short = !self.key.is_empty() && self.key.len() < SHORTEST;
        short.then(|| format!("seal.key 至少 {SHORTEST} 个字符")).into_iter().collect()
    }
}

/// Seals and opens. Clones share the key; without one everything is kept as it is.
#[derive(Clone, Default)]
pub struct Seal(Option<Arc<LessSafeKey>>);

impl Seal {
    /// With a key, of which any text will do; none where it is empty.
    pub fn with(key: &Secret) -> Self {
        if key.is_empty() {
            return Self(None);
        }
        let key = UnboundKey::new(&CHACHA20_POLY1305, &Sha256::digest(key.expose())[..]).ok();
        Self(key.map(|key| Arc::new(LessSafeKey::new(key))))
    }

    /// A secret as it is kept.
    ///
    /// # Errors
    /// [`Failure::Inside`] where the operating system has no randomness.
    pub fn close(&self, whose: Uuid, secret: &str) -> Result<String, Failure> {
        let Some(key) = &self.0 else { return Ok(secret.to_owned()) };
        let nonce = random_bytes::<NONCE_LEN>()?;
        let mut sealed = secret.as_bytes().to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(whose.as_bytes()), &mut sealed)
            .map_err(|error| Failure::inside("sealing", &error))?;
        Ok(format!("{SEALED}{}{}", hex::encode(nonce), hex::encode(sealed)))
    }

    /// A secret that was kept; nothing where it was sealed with another key, for somebody else, or changed.
    pub fn open(&self, whose: Uuid, kept: &str) -> Option<String> {
        let Some(sealed) = kept.strip_prefix(SEALED) else { return Some(kept.to_owned()) };
        let bytes = hex::decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let key = self.0.as_ref()?;
        let aad = Aad::from(whose.as_bytes());
        let secret = key.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut sealed).ok()?;
        String::from_utf8(secret.to_vec()).ok()
    }

    /// Whether a secret should be kept anew, because it lies open and need not.
    pub fn would_close(&self, kept: &str) -> bool {
        self.0.is_some() && !kept.starts_with(SEALED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(key: &str) -> Seal {
        Seal::with(&key.into())
    }

    #[test]
    fn a_secret_is_opened_with_its_key_for_its_owner_and_not_otherwise() {
        let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = seal("the key of the shop").close(mine, "JBSWY3DP").unwrap();
        assert!(!sealed.contains("JBSWY3DP") && sealed != seal("the key of the shop").close(mine, "JBSWY3DP").unwrap());
        assert_eq!(seal("the key of the shop").open(mine, &sealed).as_deref(), Some("JBSWY3DP"));
        assert_eq!(seal("the key of the shop").open(other, &sealed), None);
        assert_eq!(seal("another key").open(mine, &sealed), None);
        assert_eq!(Seal::default().open(mine, &sealed), None);
        for at in SEALED.len()..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(seal("the key of the shop").open(mine, &changed), None, "character {at}");
        }
        assert_eq!(seal("the key of the shop").open(mine, "v1:00"), None);
    }

    #[test]
    fn what_was_kept_without_a_key_is_read_and_can_be_sealed_later() {
        let mine = Uuid::from_u128(1);
        let kept = Seal::default().close(mine, "JBSWY3DP").unwrap();
        assert_eq!(kept, "JBSWY3DP");
        assert_eq!(seal("a key").open(mine, &kept).as_deref(), Some("JBSWY3DP"));
        assert!(seal("a key").would_close(&kept) && !Seal::default().would_close(&kept));
        assert!(!seal("a key").would_close(&seal("a key").close(mine, &kept).unwrap()));
    }
}
