//! How many places each address holds: sockets, or connections.
//!
//! # Invariants
//! - The count of an address is the number of its admissions that are not dropped, and never zero.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places of one kind. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Admissions(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// An address's permission for one place. Dropping it gives it back.
#[derive(Debug)]
pub struct Admission {
    places: Admissions,
    address: IpAddr,
}

impl Admissions {
    /// One more place for an address; none where it holds `limit` of them already.
    pub fn admit(&self, address: IpAddr, limit: usize) -> Option<Admission> {
        let mut counts = self.counts();
        let held = counts.get(&address).copied().unwrap_or(0);
        if held >= limit {
            return None;
        }
        counts.insert(address, held + 1);
        Some(Admission { places: self.clone(), address })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut counts = self.places.counts();
        match counts.get_mut(&self.address) {
            Some(held) if *held > 1 => *held -= 1,
            _ => drop(counts.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: usize = 3;

    #[test]
    fn line_19_the_newest_place_beyond_the_limit_is_refused() {
        let places = Admissions::default();
        let address = IpAddr::from([10, 0, 0, 1]);
        let held: Vec<Admission> = (0..LIMIT).map(|_| places.admit(address, LIMIT).unwrap()).collect();
        assert!(places.admit(address, LIMIT).is_none());
        assert!(places.admit(IpAddr::from([10, 0, 0, 2]), LIMIT).is_some());
        drop(held);
        assert!(places.admit(address, LIMIT).is_some());
    }

    proptest! {
        #[test]
        fn counts_are_those_of_admissions(steps in prop::collection::vec((any::<bool>(), 0_u8..3, any::<usize>()), 0..300)) {
            let places = Admissions::default();
            let mut held: Vec<Admission> = Vec::new();
            for (comes, address, which) in steps {
                if comes {
                    held.extend(places.admit(IpAddr::from([10, 0, 0, address]), LIMIT));
                } else if !held.is_empty() {
                    drop(held.swap_remove(which % held.len()));
                }
                let counts = places.counts();
                prop_assert!(counts.values().all(|count| (1..=LIMIT).contains(count)));
                prop_assert_eq!(counts.values().sum::<usize>(), held.len());
            }
            drop(held);
            prop_assert!(places.counts().is_empty());
        }
    }
}
