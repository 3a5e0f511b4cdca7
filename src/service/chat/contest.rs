//! Deciding a turn anew after another node has written into the same conversation.
//!
//! The node that wins remembers what it wrote and decides its next turn at once, while the one that loses reads the
//! conversation again first. Without a pause it would lose to every message that is queued over there. So it waits a
//! random moment that grows with each loss (the exponential back-off of Ethernet): longer than a turn takes, short
//! beside a shopper's patience. What the other node has to write is bounded by the pace of a visitor, so whoever
//! waits like this comes through.

use crate::service::token::random_bytes;
use std::time::Duration;

/// Losses after which a turn is given up. The pauses between them add up to less than three seconds.
const LOSSES: u32 = 16;

/// Longest pause after the first loss; each further loss doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(4);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The attempts of one turn.
#[derive(Debug, Default)]
pub(super) struct Contest {
    lost: u32,
}

impl Contest {
    /// Waits after a loss; returns whether to try again.
    pub(super) async fn again(&mut self) -> bool {
        self.lost += 1;
        if self.lost == LOSSES {
            return false;
        }
        // Without randomness two nodes may lose to each other once more, nothing else.
        let random = random_bytes().unwrap_or_default();
        tokio::time::sleep(pause(self.lost, u16::from_le_bytes(random))).await;
        true
    }
}

/// The pause after so many losses, evenly spread by a random number.
fn pause(lost: u32, random: u16) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << (lost - 1).min(16)).min(LONGEST_PAUSE);
    longest * u32::from(random) / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_spread_and_end() {
        assert_eq!(pause(1, 0), Duration::ZERO);
        assert_eq!(pause(1, u16::MAX), FIRST_PAUSE);
        assert_eq!(pause(3, u16::MAX), 4 * FIRST_PAUSE);
        assert_eq!(pause(LOSSES, u16::MAX), LONGEST_PAUSE);
        assert!(pause(u32::MAX, u16::MAX / 2) < LONGEST_PAUSE);
        let together: Duration = (1..LOSSES).map(|lost| pause(lost, u16::MAX)).sum();
        assert!(together < Duration::from_secs(3), "{together:?}");
    }
}
