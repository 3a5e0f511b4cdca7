//! Values of what is asked for again and again, and of nothing else.
//!
//! Most of what shoppers write is written once. A value that was kept for it would push out one that is needed again, and
//! would stay in memory until its turn to go; so the first time only notes that something was asked for, and the second
//! time keeps its value (the doorkeeper of TinyLFU: Einziger, Friedman and Manes, 2017). Both are bounded, and whatever
//! was asked for longest ago goes first.

use lru::LruCache;
use std::borrow::Borrow;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values by what they were asked for with. Cloning a value should be cheap.
pub(super) struct Repeated<K, V> {
    inner: Mutex<Inner<K, V>>,
}

struct Inner<K, V> {
    kept: LruCache<K, V>,
    /// Hashes of what was asked for once, by a secret key, so that nobody can make up texts that count as one. Two that
    /// are the same by chance cost a place that is soon free again.
    noted: LruCache<u64, ()>,
    hasher: RandomState,
}

impl<K: Hash + Eq, V: Clone> Repeated<K, V> {
    /// Keeps so many values, and notes so many first times.
    pub(super) fn new(kept: NonZeroUsize, noted: NonZeroUsize) -> Self {
        let inner = Inner { kept: LruCache::new(kept), noted: LruCache::new(noted), hasher: RandomState::new() };
        Self { inner: Mutex::new(inner) }
    }

    /// The value that is kept.
    pub(super) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.lock().kept.get(key).cloned()
    }

    /// Keeps a value where it was offered before, and otherwise notes that it was.
    pub(super) fn offer(&self, key: K, value: &V) {
        let inner = &mut *self.lock();
        let hash = inner.hasher.hash_one(&key);
        match inner.noted.pop(&hash) {
            Some(()) => drop(inner.kept.put(key, value.clone())),
            None => drop(inner.noted.put(hash, ())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<K, V>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: NonZeroUsize = NonZeroUsize::new(4).unwrap();

    #[test]
    fn only_what_comes_again_is_kept() {
        let words: Repeated<String, usize> = Repeated::new(FEW, FEW);
        let offer = |word: &str| words.offer(word.to_owned(), &word.len());
        offer("发票");
        assert_eq!(words.get("发票"), None);
        offer("发票");
        assert_eq!(words.get("发票"), Some(6));
        for number in 0..1_000 {
            offer(&number.to_string());
        }
        assert_eq!(words.get("发票"), Some(6), "what is said once pushes nothing out");
        assert_eq!(words.lock().noted.len(), 4);
    }

    #[test]
    fn what_was_asked_for_longest_ago_goes_first() {
        let words: Repeated<u32, u32> = Repeated::new(FEW, FEW);
        for number in 0..5 {
            words.offer(number, &number);
            words.offer(number, &number);
            assert_eq!(words.get(&0), (number < 5).then_some(0), "asked for again each time");
        }
        assert_eq!((1..5).filter_map(|number| words.get(&number)).collect::<Vec<_>>(), [2, 3, 4]);
    }
}
