//! Keys with which other programs use the REST interface. A key is shown once, when it is made; only a hash of it is
//! kept. It may do what its scopes name and nothing else.

use crate::clock::{Clock, Timestamp};
use crate::model::access::Scope;
use crate::model::customer::Staff;
use crate::service::Failure;
use crate::service::sign_in::NOTED_EVERY;
use crate::service::token::{new_token, token_hash};
use crate::store::api_key::{self, ApiKey};
use crate::store::audit::Deed;
use crate::store::{Db, StoreError};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// What every key begins with, so that it is known for one wherever it turns up.
const PREFIX: &str = "xk_";

/// Characters of a key that are kept to tell keys apart: the beginning and six of its 64 digits.
const HINT: usize = PREFIX.len() + 6;

/// Longest name, in characters; keys that there can be; longest life, in days.
const NAME: usize = 40;
const MOST: usize = 100;
const DAYS: u32 = 3_650;

/// The use case; clones share everything.
#[derive(Clone)]
pub struct ApiKeys {
    db: Db,
    clock: Clock,
}

/// Why a key was not made or taken away.
#[derive(Debug, thiserror::Error)]
pub enum KeyRefused {
    /// What was sent makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// Another key has this name.
    #[error("已经有叫“{0}”的密钥了")]
    NameTaken(String),
    /// There is no such key.
    #[error("没有这个密钥")]
    NotFound,
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl From<StoreError> for KeyRefused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl ApiKeys {
    /// Puts the use case together.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// All keys, the newest first.
    ///
    /// # Errors
    /// [`KeyRefused::Failed`] where the database fails.
    pub async fn all(&self) -> Result<Vec<ApiKey>, KeyRefused> {
        Ok(api_key::all(&self.db).await?)
    }

    /// Makes a key; returns it with the text that is shown this once.
    ///
    /// # Errors
    /// [`KeyRefused`] where name, scopes or days make no sense.
    pub async fn make(
        &self,
        by: &Staff,
        name: &str,
        scopes: &BTreeSet<Scope>,
        days: Option<u32>,
    ) -> Result<(ApiKey, String), KeyRefused> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return Err(KeyRefused::Invalid(format!("名称要有 1 到 {NAME} 个字")));
        }
        if scopes.is_empty() {
            return Err(KeyRefused::Invalid("至少要选一项权限".to_owned()));
        }
        if days.is_some_and(|days| !(1..=DAYS).contains(&days)) {
            return Err(KeyRefused::Invalid(format!("有效期应在 1 到 {DAYS} 天之间")));
        }
        if self.all().await?.len() >= MOST {
            return Err(KeyRefused::Invalid(format!("最多 {MOST} 个密钥，请先删掉不用的")));
        }
        let now = self.clock.now();
        let shown = format!("{PREFIX}{}", new_token()?);
        let life = |days: u32| now.plus(Duration::from_secs(u64::from(days) * 86_400));
        let key = ApiKey {
            id: Uuid::now_v7(),
            name: name.to_owned(),
            hint: shown[..HINT].to_owned(),
            scopes: scopes.iter().copied().collect(),
            created_by: by.name.clone(),
            created_at: now,
            expires_at: days.map(life),
            used_at: None,
        };
        let after = json!({ "scopes": key.scopes, "expires_at": key.expires_at, "hint": key.hint });
        let deed = Deed::new(&by.name, "api_key_made", name, now).from_to(None, Some(after));
        if api_key::add(&self.db, &key, &token_hash(&shown), &deed).await? {
            Ok((key, shown))
        } else {
            Err(KeyRefused::NameTaken(name.to_owned()))
        }
    }

    /// Takes a key away; the next request with it is refused.
    ///
    /// # Errors
    /// [`KeyRefused::NotFound`] where there is none.
    pub async fn revoke(&self, by: &Staff, id: Uuid) -> Result<(), KeyRefused> {
        let key = self.all().await?.into_iter().find(|key| key.id == id).ok_or(KeyRefused::NotFound)?;
        let before = json!({ "scopes": key.scopes, "expires_at": key.expires_at, "hint": key.hint });
        let deed = Deed::new(&by.name, "api_key_revoked", &key.name, self.clock.now()).from_to(Some(before), None);
        if api_key::remove(&self.db, id, &deed).await? { Ok(()) } else { Err(KeyRefused::NotFound) }
    }

    /// The key that a request shows, if it is one and has not expired; it is kept that it was used.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn who(&self, shown: &str) -> Result<Option<ApiKey>, Failure> {
        if !shown.starts_with(PREFIX) {
            return Ok(None);
        }
        let now = self.clock.now();
        let key = api_key::by_hash(&self.db, &token_hash(shown), now).await?;
        if let Some(key) = &key
            && now.since(key.used_at.unwrap_or(Timestamp(0))) >= NOTED_EVERY
        {
            api_key::used(&self.db, key.id, now).await?;
        }
        Ok(key)
    }
}
