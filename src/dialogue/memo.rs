//! What was understood of messages that many shoppers send word for word: greetings, the buttons under an answer, the
//! questions of the day.
//!
//! A reading depends on the text and on the assistant alone, never on who says it or when; so the same inputs still
//! give the same turn, only sooner. It belongs to one assistant and goes with it when another is published. Its size
//! is bounded. Long texts, which nobody sends twice, are not kept, and neither is a text with a personal number in it.

use crate::dialogue::understand::Heard;
use crate::search::faq::FaqResult;
use crate::text::mask::mask;
use lru::LruCache;
use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

/// Readings that are kept; each takes about ten kilobytes.
const READINGS: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// Longest text whose reading is kept, in bytes.
const LONGEST: usize = 120;

/// A message read, and what the FAQ says to it.
#[derive(Debug, PartialEq)]
pub struct Understood {
    /// The words.
    pub heard: Heard,
    /// FAQ entries with confidence.
    pub faq: FaqResult,
}

/// The readings of late.
pub struct Memo(Mutex<LruCache<String, Arc<Understood>>>);

impl Default for Memo {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(READINGS)))
    }
}

impl Memo {
    /// The reading of a text: the one that is kept, or a new one. Two that ask for the same text at once may both
    /// read it; nobody waits.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn get<E>(&self, text: &str, read: impl FnOnce() -> Result<Understood, E>) -> Result<Arc<Understood>, E> {
        if let Some(kept) = self.readings().get(text) {
            return Ok(Arc::clone(kept));
        }
        let reading = Arc::new(read()?);
        if text.len() <= LONGEST && matches!(mask(text), Cow::Borrowed(_)) {
            self.readings().put(text.to_owned(), Arc::clone(&reading));
        }
        Ok(reading)
    }

    fn readings(&self) -> std::sync::MutexGuard<'_, LruCache<String, Arc<Understood>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
