//! A circuit breaker: a system that fails again and again is left alone for a while, so that shoppers hear at once that
//! it is down and it is not asked to death while it recovers. After the pause one request tries whether it is back.

use crate::clock::Timestamp;
use std::time::Duration;

/// Whether a system is asked.
#[derive(Debug)]
pub(super) struct Breaker {
    /// Failures in a row that open it.
    most: u32,
    pause: Duration,
    failures: u32,
    /// Closed again from then on.
    open_until: Option<Timestamp>,
}

impl Breaker {
    pub(super) fn new(most: u32, pause: Duration) -> Self {
        Self { most: most.max(1), pause, failures: 0, open_until: None }
    }

    /// Whether a request may go out now. After a pause only one goes, until it is known how it ended.
    pub(super) fn allows(&mut self, now: Timestamp) -> bool {
        match self.open_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                self.open_until = Some(now.plus(self.pause));
                true
            }
        }
    }

    pub(super) fn succeeded(&mut self) {
        (self.failures, self.open_until) = (0, None);
    }

    pub(super) fn failed(&mut self, now: Timestamp) {
        self.failures += 1;
        if self.failures >= self.most {
            self.open_until = Some(now.plus(self.pause));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_pauses_tries_once_and_closes() {
        let mut breaker = Breaker::new(2, Duration::from_millis(100));
        breaker.failed(Timestamp(0));
        assert!(breaker.allows(Timestamp(1)));
        breaker.failed(Timestamp(1));
        assert!(!breaker.allows(Timestamp(2)) && !breaker.allows(Timestamp(100)));
        assert!(breaker.allows(Timestamp(101)), "one may try");
        assert!(!breaker.allows(Timestamp(102)), "the others wait for it");
        breaker.failed(Timestamp(110));
        assert!(!breaker.allows(Timestamp(205)));
        assert!(breaker.allows(Timestamp(210)));
        breaker.succeeded();
        assert!(breaker.allows(Timestamp(211)) && breaker.allows(Timestamp(211)));
    }
}
