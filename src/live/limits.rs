//! How much one visitor and one address may ask for, and how long silence may last.
//!
//! A [`Pace`] is exact: it keeps the moments of the newest messages, so that "10 in 10 seconds" means just that,
//! wherever the ten seconds begin. It costs at most one moment for each message of its longest window, and belongs to
//! visitors who talk, not to idle sockets.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The limits of the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Messages of one visitor in ten seconds.
    pub messages_in_10_s: usize,
    /// Messages of one visitor in a minute.
    pub messages_in_60_s: usize,
    /// Messages of one address in a minute: many visitors share an office or a mobile network.
    pub messages_of_address_in_60_s: usize,
    /// Other frames of one visitor in ten seconds: what was read, who is typing, older messages.
    pub frames_in_10_s: usize,
    /// New visitors of one address in a minute. Each is two rows of the database.
    pub visitors_of_address_in_60_s: usize,
    /// Attempts to sign in from one address in a minute, right or wrong.
    pub sign_ins_of_address_in_60_s: usize,
    /// Requests of one address in a minute to what needs no sign-in; pages and their files do not count.
    pub requests_of_address_in_60_s: usize,
    /// Requests of one address in a minute for everything that is kept of a person, or for its deletion: each is work over
    /// many tables.
    pub my_data_of_address_in_60_s: usize,
    /// Requests of one account, or of one key, in a minute.
    pub requests_of_account_in_60_s: usize,
    /// Frames refused in a row, for their pace or their form, after which the socket is closed.
    pub patience: u32,
    /// Sockets of one visitor at a time.
    pub sockets_of_visitor: usize,
    /// Sockets of one address at a time.
    pub sockets_of_address: usize,
    /// How long the head of a request may take, and the pause between two requests of one connection, in milliseconds.
    /// Longer than the minute for which proxies keep a connection: they would send a request on one that is just being
    /// closed.
    pub head_within_ms: u64,
    /// How long a fresh socket may take to say hello, in milliseconds.
    pub hello_within_ms: u64,
    /// After so much silence of a client it is asked for a sign of life, in milliseconds.
    pub ping_after_ms: u64,
    /// After so much silence the client counts as gone, in milliseconds.
    pub silence_ms: u64,
    /// How long a client may take to read what is being written to it, in milliseconds.
    pub write_within_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages_in_10_s: 10,
            messages_in_60_s: 100,
            messages_of_address_in_60_s: 1_200,
            frames_in_10_s: 100,
            visitors_of_address_in_60_s: 600,
            sign_ins_of_address_in_60_s: 60,
            requests_of_address_in_60_s: 3_000,
            my_data_of_address_in_60_s: 6,
            requests_of_account_in_60_s: 3_000,
            patience: 10,
            sockets_of_visitor: 8,
            sockets_of_address: 256,
            head_within_ms: 75_000,
            hello_within_ms: 5_000,
            ping_after_ms: 15_000,
            silence_ms: 45_000,
            write_within_ms: 5_000,
        }
    }
}

impl Limits {
    /// Limits that nothing reaches, for measuring.
    #[must_use]
    pub fn none() -> Self {
        let many = 1_000_000_000;
        Self {
            messages_in_10_s: many,
            messages_in_60_s: many,
            messages_of_address_in_60_s: many,
            frames_in_10_s: many,
            visitors_of_address_in_60_s: many,
            sign_ins_of_address_in_60_s: many,
            requests_of_address_in_60_s: many,
            my_data_of_address_in_60_s: many,
            requests_of_account_in_60_s: many,
            sockets_of_visitor: many,
            sockets_of_address: many,
            ..Self::default()
        }
    }

    /// What is wrong with them, in Chinese; empty where nothing is.
    pub fn mistakes(&self) -> Vec<String> {
        let counts = [
            ("limits.messages_in_10_s", self.messages_in_10_s),
            ("limits.messages_in_60_s", self.messages_in_60_s),
            ("limits.messages_of_address_in_60_s", self.messages_of_address_in_60_s),
            ("limits.frames_in_10_s", self.frames_in_10_s),
            ("limits.visitors_of_address_in_60_s", self.visitors_of_address_in_60_s),
            ("limits.sign_ins_of_address_in_60_s", self.sign_ins_of_address_in_60_s),
            ("limits.requests_of_address_in_60_s", self.requests_of_address_in_60_s),
            ("limits.my_data_of_address_in_60_s", self.my_data_of_address_in_60_s),
            ("limits.requests_of_account_in_60_s", self.requests_of_account_in_60_s),
            ("limits.sockets_of_visitor", self.sockets_of_visitor),
            ("limits.sockets_of_address", self.sockets_of_address),
        ];
        let mut mistakes: Vec<String> =
            counts.iter().filter(|(_, count)| *count == 0).map(|(name, _)| format!("{name} 至少是 1")).collect();
        if self.ping_after_ms == 0 || self.ping_after_ms >= self.silence_ms {
            mistakes.push("limits.ping_after_ms 应大于 0 并小于 limits.silence_ms".to_owned());
        }
        mistakes
    }

    /// The windows of one visitor.
    pub fn of_visitor(&self) -> [Window; 2] {
        [Window::seconds(10, self.messages_in_10_s), Window::seconds(60, self.messages_in_60_s)]
    }

    /// The window of one address.
    pub fn of_address(&self) -> [Window; 1] {
        [Window::seconds(60, self.messages_of_address_in_60_s)]
    }

    /// The window of one visitor's frames that are no messages.
    pub fn of_frames(&self) -> [Window; 1] {
        [Window::seconds(10, self.frames_in_10_s)]
    }

    /// The window of one address's new visitors.
    pub fn of_newcomers(&self) -> [Window; 1] {
        [Window::seconds(60, self.visitors_of_address_in_60_s)]
    }

    /// How long the head of a request may take, and the pause between two.
    pub fn head_within(&self) -> Duration {
        Duration::from_millis(self.head_within_ms)
    }

    /// How long a fresh socket may take to say hello.
    pub fn hello_within(&self) -> Duration {
        Duration::from_millis(self.hello_within_ms)
    }

    /// The time between two looks at whether a client is still there.
    pub fn ping_after(&self) -> Duration {
        Duration::from_millis(self.ping_after_ms)
    }

    /// Looks in a row without a sign of life after which a client counts as gone.
    pub fn silent_looks(&self) -> u64 {
        self.silence_ms.div_ceil(self.ping_after_ms.max(1))
    }

    /// How long a client may take to read.
    pub fn write_within(&self) -> Duration {
        Duration::from_millis(self.write_within_ms)
    }
}

/// At most `count` in any stretch of `length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How long the stretch is.
    pub length: Duration,
    /// How many fit.
    pub count: usize,
}

impl Window {
    /// So many in any stretch of so many seconds.
    pub const fn seconds(seconds: u64, count: usize) -> Self {
        Self { length: Duration::from_secs(seconds), count }
    }
}

/// When somebody's newest messages came.
#[derive(Debug, Default)]
pub struct Pace {
    /// Invariant: ascending, and nothing in it is older than the longest window.
    moments: VecDeque<Instant>,
}

impl Pace {
    /// Takes one message at this moment.
    ///
    /// # Errors
    /// How long to wait until one fits into all windows; nothing is taken then.
    pub fn take(&mut self, now: Instant, windows: &[Window]) -> Result<(), Duration> {
        let longest = windows.iter().map(|window| window.length).max().unwrap_or_default();
        while self.moments.front().is_some_and(|first| now.duration_since(*first) >= longest) {
            self.moments.pop_front();
        }
        let wait = windows.iter().filter_map(|window| self.wait(now, window)).max();
        match wait {
            Some(wait) => Err(wait),
            None => {
                // Windows that are practically endless keep no moments.
                if windows.iter().any(|window| window.count < 1_000_000) {
                    self.moments.push_back(now);
                }
                Ok(())
            }
        }
    }

    /// How long until the window has room; nothing where it has.
    fn wait(&self, now: Instant, window: &Window) -> Option<Duration> {
        let oldest_that_counts = self.moments.len().checked_sub(window.count)?;
        let leaves_at = self.moments.get(oldest_that_counts).map_or(now, |moment| *moment + window.length);
        leaves_at.checked_duration_since(now).filter(|wait| !wait.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOWS: [Window; 2] = [Window::seconds(10, 3), Window::seconds(60, 5)];

    #[test]
    fn line_18_the_eleventh_message_in_ten_seconds_has_to_wait() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let windows = Limits::default().of_visitor();
        for tenth in 0..10 {
            assert_eq!(pace.take(start + Duration::from_millis(tenth * 100), &windows), Ok(()));
        }
        assert_eq!(pace.take(start + Duration::from_secs(1), &windows), Err(Duration::from_secs(9)));
        assert_eq!(pace.take(start + Duration::from_secs(10), &windows), Ok(()));
    }

    #[test]
    fn line_18_the_hundred_and_first_message_in_a_minute_has_to_wait() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let windows = Limits::default().of_visitor();
        for number in 0..50 {
            // Ten at once every ten seconds would be sixty a minute; two a second are more than one window allows.
            let at = start + Duration::from_millis(number * 1_001);
            assert_eq!(pace.take(at, &windows), Ok(()));
        }
        let loose = [Window::seconds(60, 50)];
        assert!(pace.take(start + Duration::from_secs(50), &loose).is_err());
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_holds_more_than_allowed(steps in prop::collection::vec(0_u64..4_000, 1..200)) {
            let (mut pace, start) = (Pace::default(), Instant::now());
            let (mut now, mut taken) = (start, Vec::new());
            for step in steps {
                now += Duration::from_millis(step);
                match pace.take(now, &WINDOWS) {
                    Ok(()) => taken.push(now),
                    Err(wait) => {
                        prop_assert!(wait <= Duration::from_secs(60));
                        now += wait;
                        prop_assert_eq!(pace.take(now, &WINDOWS), Ok(()), "the time to wait is enough");
                        taken.push(now);
                    }
                }
            }
            for window in WINDOWS {
                for (at, end) in taken.iter().enumerate() {
                    let inside = taken[..=at].iter().filter(|m| end.duration_since(**m) < window.length).count();
                    prop_assert!(inside <= window.count);
                }
            }
            prop_assert!(pace.moments.len() <= 5);
        }
    }
}
