//! Who a shopper is to the shop: a short-lived token that the shop has signed for somebody who is signed in there.
//!
//! A JSON Web Token (RFC 7519) with `sub`, `aud` and `exp`, at most fifteen minutes ahead, signed with HS256 or EdDSA.
//! The algorithm belongs to the key, never to the token. Several keys may be good at a time, each until its own end, so
//! that a shop changes them without a gap. `name`, `phone`, `email` and `birthday` are taken over where they
//! are there.
//!
//! # Invariants
//! - Nobody is a customer by what they typed or sent, only by such a token.
//! - A shopper who is one customer never becomes another: that browser gets a new shopper with an empty conversation.
//! - Orders are shown until the token's end, whatever the socket does.

use crate::clock::{Clock, Timestamp};
use crate::model::date::Date;
use crate::model::id::ShopperId;
use crate::model::order::Facts;
use crate::model::secret::Secret;
use crate::service::Failure;
use crate::service::token::new_token;
use crate::store::identity::{self, Identity};
use crate::store::{Db, StoreError};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// Longest time between now and the end of a token, in seconds.
const LONGEST: i64 = 15 * 60;

/// How far the clocks of the shop and of this machine may be apart, in seconds.
const LEEWAY: i64 = 30;

/// Longest token that is looked at, in bytes.
const LARGEST: usize = 4_096;

/// Longest name of a customer, and longest value that is taken over, in bytes.
const LONGEST_VALUE: usize = 200;

/// Shortest secret, in bytes.
const SHORTEST_SECRET: usize = 32;

/// How long a token of the demo shop is good, in seconds.
const DEMO_SECONDS: i64 = 10 * 60;

/// Whose tokens are believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// What a token must name as its audience.
    pub audience: String,
    /// The shop's keys.
    pub keys: Vec<IdentityKey>,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self { audience: "xiaoer".to_owned(), keys: Vec::new() }
    }
}

/// A key of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityKey {
    /// Its name, as tokens give it in `kid`.
    pub id: String,
    /// What it is for.
    pub algorithm: KeyAlgorithm,
    /// The secret, for HS256.
    pub secret: Option<Secret>,
    /// A file that holds it, in its place.
    pub secret_file: Option<PathBuf>,
    /// The public key in PEM, for EdDSA.
    pub public_key: Option<String>,
    /// Its last day, `2026-12-31`; without one it is good for ever.
    pub until: Option<String>,
}

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum KeyAlgorithm {
    /// HMAC with SHA-256: both sides hold the secret.
    #[default]
    HS256,
    /// Ed25519: the shop alone can sign.
    EdDSA,
}

impl IdentitySettings {
    /// What is wrong with them.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        for (place, key) in self.keys.iter().enumerate() {
            if let Err(reason) = Key::read(key) {
                mistakes.push(format!("identity.keys 第 {} 个：{reason}", place + 1));
            }
            if self.keys[..place].iter().any(|other| other.id == key.id) {
                mistakes.push(format!("identity.keys：id “{}” 重复", key.id));
            }
        }
        mistakes
    }
}

/// Why a token is not believed. The text is for the shop's developers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("登录信息无效，请重新登录（{0}）")]
pub struct BadToken(&'static str);

struct Key {
    id: String,
    algorithm: Algorithm,
    decoding: DecodingKey,
    until: Option<Timestamp>,
}

impl Key {
    fn read(key: &IdentityKey) -> Result<Self, String> {
        let until = key.until.as_ref().map(|day| day.parse::<Date>()).transpose()?.map(Date::end);
        let (algorithm, decoding) = match (key.algorithm, &key.secret, &key.public_key) {
            (KeyAlgorithm::HS256, Some(secret), None) if secret.len() >= SHORTEST_SECRET => {
                (Algorithm::HS256, DecodingKey::from_secret(secret.expose().as_bytes()))
            }
            (KeyAlgorithm::HS256, ..) => {
                return Err(format!("HS256 要写 secret，至少 {SHORTEST_SECRET} 个字符，不写 public_key"));
            }
            (KeyAlgorithm::EdDSA, None, Some(pem)) => {
                let key = DecodingKey::from_ed_pem(pem.as_bytes()).map_err(|error| format!("public_key：{error}"))?;
                (Algorithm::EdDSA, key)
            }
            (KeyAlgorithm::EdDSA, ..) => return Err("EdDSA 要写 public_key（PEM），不写 secret".to_owned()),
        };
        Ok(Self { id: key.id.clone(), algorithm, decoding, until })
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    aud: serde_json::Value,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    birthday: Option<String>,
}

/// The use case; clones share everything.
#[derive(Clone)]
pub struct Identities {
    db: Db,
    clock: Clock,
    audience: Arc<str>,
    keys: Arc<Vec<Key>>,
    /// With what the demo shop signs.
    demo: Option<EncodingKey>,
}

impl Identities {
    /// Believes the keys of the settings; where there are none and the shop is the demo, one of its own that lasts as
    /// long as the program runs.
    ///
    /// # Errors
    /// [`Failure`] where a key cannot be read, or the operating system has no randomness.
    pub fn new(settings: &IdentitySettings, demo: bool, db: Db, clock: Clock) -> Result<Self, Failure> {
        let read: Result<Vec<Key>, String> = settings.keys.iter().map(Key::read).collect();
        let mut keys = read.map_err(|reason| Failure::inside("identity key", &reason))?;
        let mut signs = None;
        if demo && keys.is_empty() {
            let secret = new_token()?;
            signs = Some(EncodingKey::from_secret(secret.as_bytes()));
            let decoding = DecodingKey::from_secret(secret.as_bytes());
            keys.push(Key { id: "demo".to_owned(), algorithm: Algorithm::HS256, decoding, until: None });
        }
        Ok(Self { db, clock, audience: settings.audience.as_str().into(), keys: Arc::new(keys), demo: signs })
    }

    /// Who a token names.
    ///
    /// # Errors
    /// [`BadToken`].
    pub fn verify(&self, token: &str) -> Result<Identity, BadToken> {
        if token.len() > LARGEST {
            return Err(BadToken("太长"));
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| BadToken("不是 JWT"))?;
        let now = self.clock.now();
        let good = self.keys.iter().filter(|key| {
            let named = header.kid.as_ref().is_none_or(|kid| *kid == key.id);
            named && key.algorithm == header.alg && key.until.is_none_or(|until| now <= until)
        });
        let claims = good
            .into_iter()
            .find_map(|key| jsonwebtoken::decode::<Claims>(token, &key.decoding, &signature_only(key.algorithm)).ok())
            .ok_or(BadToken("签名不对"))?
            .claims;
        self.believe(claims, now)
    }

    fn believe(&self, claims: Claims, now: Timestamp) -> Result<Identity, BadToken> {
        let for_us = match &claims.aud {
            serde_json::Value::String(one) => **one == *self.audience,
            serde_json::Value::Array(several) => several.iter().any(|one| one.as_str() == Some(&*self.audience)),
            _ => false,
        };
        let seconds = now.0 / 1_000;
        if !for_us {
            Err(BadToken("aud 不对"))
        } else if claims.exp <= seconds - LEEWAY {
            Err(BadToken("已过期"))
        } else if claims.exp > seconds + LONGEST + LEEWAY {
            Err(BadToken("有效期超过 15 分钟"))
        } else if claims.nbf.is_some_and(|from| from > seconds + LEEWAY) {
            Err(BadToken("还没有生效"))
        } else if claims.sub.is_empty() || claims.sub.len() > LONGEST_VALUE || claims.sub.contains('\0') {
            Err(BadToken("sub 不对"))
        } else {
            let known = [
                ("profile_name", claims.name),
                ("profile_phone", claims.phone),
                ("profile_email", claims.email),
                ("profile_birthday", claims.birthday),
            ];
            // PostgreSQL keeps no U+0000; see `text::nul`.
            let kept = |value: String| value.replace('\0', "\u{fffd}");
            let short = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), kept(value?))));
            let profile: Facts = short.filter(|(_, value)| value.len() <= LONGEST_VALUE).collect();
            Ok(Identity { customer: claims.sub, profile, expires_at: Timestamp(claims.exp.saturating_mul(1_000)) })
        }
    }

    /// Keeps who a shopper is. Returns whether it was kept: not where the shopper is another customer.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn keep(&self, shopper: ShopperId, identity: &Identity) -> Result<bool, StoreError> {
        identity::put(&self.db, shopper, identity, self.clock.now()).await
    }

    /// The customer behind a shopper, as long as the last token lasts.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn customer(&self, shopper: ShopperId) -> Result<Option<Identity>, StoreError> {
        let known = identity::of(&self.db, shopper).await?;
        Ok(known.filter(|identity| self.clock.now() < identity.expires_at))
    }

    /// Ends the time in which a shopper is believed.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn forget(&self, shopper: ShopperId) -> Result<(), StoreError> {
        identity::end(&self.db, shopper, self.clock.now()).await
    }

    /// A token for a customer of the demo shop; none where the shop signs its own.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be signed.
    pub fn demo_token(&self, customer: &str, profile: &Facts) -> Result<Option<String>, Failure> {
        let Some(key) = &self.demo else { return Ok(None) };
        let value = |name: &str| profile.get(name).cloned();
        let claims = Claims {
            sub: customer.to_owned(),
            aud: serde_json::Value::String(self.audience.to_string()),
            exp: self.clock.now().0 / 1_000 + DEMO_SECONDS,
            nbf: None,
            name: value("name"),
            phone: value("phone"),
            email: value("email"),
            birthday: value("birthday"),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, key);
        token.map(Some).map_err(|error| Failure::inside("identity token", &error))
    }
}

/// Times and audience are compared here, with the clock of the program.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}
