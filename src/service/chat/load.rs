//! What is left out when there is too much to do, and in which order.
//!
//! The load is the number of turns that have begun and are not committed, beside how many may be so at once. As it
//! grows, the dearest and least missed goes first: the recommender's ranking for this shopper, then product
//! suggestions, then typing states. Answering and saving go on to the last. Beyond that a message is refused with
//! "busy" and the time to wait: a queue that grows without end helps nobody.

use super::Refused;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// Shortest time to wait after a "busy".
const RETRY_AFTER: Duration = Duration::from_millis(1_000);

/// How far the times to wait are spread, so that those who were refused together do not come back together.
const RETRY_SPREAD_MS: u64 = 2_000;

/// What can be left out, in the order in which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// The recommender's ranking for this shopper; suggestions are then ordered by words alone.
    Recommendations,
    /// Product suggestions.
    Suggestions,
    /// Typing and reading states.
    Typing,
}

impl Extra {
    /// From this share of the capacity on it is left out, in hundredths.
    const fn goes_at(self) -> usize {
        match self {
            Self::Recommendations => 50,
            Self::Suggestions => 65,
            Self::Typing => 80,
        }
    }
}

/// The turns under way on this node; clones share them.
#[derive(Debug, Clone)]
pub struct Load {
    under_way: Arc<AtomicUsize>,
    capacity: usize,
}

/// One turn under way. Dropping it ends it.
#[derive(Debug)]
pub struct Place(Arc<AtomicUsize>);

impl Load {
    /// Nothing to do yet, and at most `capacity` turns at once.
    pub fn new(capacity: usize) -> Self {
        Self { under_way: Arc::default(), capacity: capacity.max(1) }
    }

    /// Begins a turn; nothing where as many as may be are under way.
    pub fn begin(&self) -> Option<Place> {
        let place = Place(Arc::clone(&self.under_way));
        let before = self.under_way.fetch_add(1, Ordering::Relaxed);
        (before < self.capacity).then_some(place)
    }

    /// Turns under way.
    pub fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// How many extras are left out at the moment.
    pub fn step(&self) -> usize {
        let all = [Extra::Recommendations, Extra::Suggestions, Extra::Typing];
        all.into_iter().filter(|extra| !self.allows(*extra)).count()
    }

    /// Whether there is room for something that can be left out.
    pub fn allows(&self, extra: Extra) -> bool {
        self.under_way.load(Ordering::Relaxed) * 100 < self.capacity * extra.goes_at()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The refusal of somebody who should try again later.
pub(super) fn busy(who: Uuid) -> Refused {
    Refused::Busy(retry_after(who.as_u128()))
}

/// When somebody who was refused should try again; `seed` spreads them.
fn retry_after(seed: u128) -> Duration {
    let spread = u64::try_from(seed % u128::from(RETRY_SPREAD_MS)).unwrap_or_default();
    RETRY_AFTER + Duration::from_millis(spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missed_least_goes_first_and_saving_last() {
        let load = Load::new(100);
        let mut places: Vec<Place> = Vec::new();
        let mut gone = Vec::new();
        for number in 0..100 {
            for extra in [Extra::Typing, Extra::Suggestions, Extra::Recommendations] {
                if !load.allows(extra) && !gone.contains(&extra) {
                    gone.push(extra);
                }
            }
            places.push(load.begin().unwrap_or_else(|| panic!("turn {number} is refused")));
        }
        assert_eq!(gone, [Extra::Recommendations, Extra::Suggestions, Extra::Typing]);
        assert!(load.begin().is_none(), "beyond the capacity a turn is refused");
        assert!(load.begin().is_none(), "a refused turn takes no place");
        places.truncate(40);
        assert!(load.begin().is_some() && load.allows(Extra::Recommendations));
    }

    #[test]
    fn those_who_were_refused_together_come_back_apart() {
        let waits: std::collections::HashSet<Duration> = (0..500).map(|seed| retry_after(seed * 7_919)).collect();
        assert!(waits.len() > 400);
        assert!(waits.iter().all(|wait| (1_000..3_000).contains(&wait.as_millis())));
    }
}
