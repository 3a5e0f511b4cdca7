//! How much one address and one account may ask of the REST interface. Each node counts for itself.

use crate::api::error::ApiError;
use crate::live::limits::{Pace, Window};
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Addresses and accounts that are remembered; beyond it those that were not heard of for longest are forgotten.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(20_000).expect("not zero");

/// Who asks too much. Clones share it.
#[derive(Clone)]
pub struct Paces(Arc<Mutex<LruCache<String, Pace>>>);

impl Default for Paces {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(REMEMBERED))))
    }
}

impl Paces {
    /// Takes one request of somebody.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub(super) fn take(&self, whose: String, window: Window) -> Result<(), ApiError> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = paces.get_or_insert_mut(whose, Pace::default);
        pace.take(Instant::now(), &[window])
            .map_err(|wait| ApiError::too_many("too_many_requests", "请求太频繁，请稍后再试", wait))
    }
}
