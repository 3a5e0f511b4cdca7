//! Guessing passwords gets slower: after a few failures a name, and an address, have to wait, each time twice as long.
//!
//! # Invariants
//! - An attempt is counted before it is looked at, so that many at once do not slip through together.
//! - Names that exist and names that do not are counted alike: the lock tells nobody which is which.
//! - Counts lie in the database: all nodes share them, and a restart forgets nothing.
//! - Every failure is audited, and so is the beginning of a wait, whether somebody signs in or is signed in already and
//!   shows a password or a code again.

use crate::clock::Timestamp;
use crate::service::sign_in::{SignIn, SignInRefused};
use crate::store::audit::{self, Deed};
use crate::store::sign_in_failure::{self, Failures};
use crate::store::staff;
use serde_json::json;
use std::time::Duration;

/// Failures before a name has to wait, and before an address has to: behind one address there may be a whole office.
const FREE_FOR_NAME: i64 = 5;
const FREE_FOR_ADDRESS: i64 = 30;

/// The first wait, in milliseconds; it doubles with each further failure, up to the longest.
const FIRST_WAIT: i64 = 60_000;
const LONGEST_WAIT: i64 = 15 * 60_000;

/// After so long without a failure all is forgotten, in milliseconds.
const FORGOTTEN_AFTER: i64 = 60 * 60_000;

/// Longest name that is kept, in characters: one that nobody can have is cut.
const NAME: usize = 80;

/// How long one has to wait now; zero where one need not.
fn wait(failures: Failures, free: i64, now: Timestamp) -> Duration {
    if failures.count < free {
        return Duration::ZERO;
    }
    let doublings = u32::try_from(failures.count - free).unwrap_or(u32::MAX).min(8);
    let whole = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
    let left = (failures.last_at + whole - now.0).clamp(0, whole);
    Duration::from_millis(u64::try_from(left).unwrap_or(0))
}

/// Where somebody shows a password or a code.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// At the door, from this address; an empty one is not known.
    Door(&'a str),
    /// In a session of their own.
    Session,
}

/// An attempt that was counted.
pub(super) struct Attempt {
    name: String,
    /// What is said of it in the record.
    detail: serde_json::Value,
    counted: Vec<Counted>,
}

/// Whom it was counted for.
struct Counted {
    subject: String,
    free: i64,
    /// Attempts before this one, as it began.
    seen: i64,
    /// With this one.
    count: i64,
}

impl Attempt {
    fn new(name: &str, place: Place<'_>) -> Self {
        let name: String = name.chars().take(NAME).collect();
        let of = |subject: String, free| Counted { subject, free, seen: 0, count: 0 };
        let mut counted = vec![of(format!("name:{name}"), FREE_FOR_NAME)];
        let detail = match place {
            Place::Door(address) => json!({ "address": address }),
            Place::Session => json!({ "in_session": true }),
        };
        if let Place::Door(address) = place
            && !address.is_empty()
        {
            counted.push(of(format!("address:{address}"), FREE_FOR_ADDRESS));
        }
        Self { name, detail, counted }
    }
}

impl SignIn {
    /// Counts an attempt for a name, or refuses it.
    ///
    /// # Errors
    /// [`SignInRefused::TooManyAttempts`].
    pub(super) async fn begin_attempt(&self, name: &str, place: Place<'_>) -> Result<Attempt, SignInRefused> {
        let mut attempt = Attempt::new(name, place);
        let now = self.clock.now();
        let since = Timestamp(now.0 - FORGOTTEN_AFTER);
        for one in &mut attempt.counted {
            let failures = sign_in_failure::of(&self.db, &one.subject, since).await?;
            let wait = wait(failures, one.free, now);
            if !wait.is_zero() {
                return Err(SignInRefused::TooManyAttempts(wait));
            }
            one.seen = failures.count;
        }
        for at in 0..attempt.counted.len() {
            let one = &mut attempt.counted[at];
            one.count = sign_in_failure::count(&self.db, &one.subject, since, now).await?;
            if one.count > one.free && one.count > one.seen + 1 {
                // Others came at the same moment, and the last free attempt is theirs. This one is not looked at: the wait
                // begins with theirs, and is written down with theirs.
                let wait = wait(Failures { count: one.count, last_at: now.0 }, one.free, now);
                attempt.counted.truncate(at + 1);
                self.pause_attempt(&attempt).await?;
                return Err(SignInRefused::TooManyAttempts(wait));
            }
        }
        Ok(attempt)
    }

    /// The attempt was wrong, which is written down; and so is who has to wait from now on. Of several at the same moment
    /// each knows its own count, so that the wait is written down once.
    pub(super) async fn fail_attempt(&self, attempt: &Attempt) -> Result<(), SignInRefused> {
        let now = self.clock.now();
        staff::audit(&self.db, &attempt.name, "sign_in_failed", &attempt.name, &attempt.detail, now).await?;
        for one in attempt.counted.iter().filter(|one| one.count == one.free) {
            let after = json!({ "failures": one.count });
            let deed = Deed::new("", "sign_in_locked", &one.subject, now).from_to(None, Some(after));
            audit::write(&self.db, &deed).await?;
        }
        Ok(())
    }

    /// The attempt was right: its name begins anew, and its address has one failure less.
    pub(super) async fn end_attempt(&self, attempt: &Attempt) -> Result<(), SignInRefused> {
        for (place, one) in attempt.counted.iter().enumerate() {
            if place == 0 {
                sign_in_failure::forget(&self.db, &one.subject).await?;
            } else {
                sign_in_failure::take_back(&self.db, &one.subject).await?;
            }
        }
        Ok(())
    }

    /// The attempt was right as far as it went, and only a code is missing, or nobody looked at it: it counts for nothing.
    pub(super) async fn pause_attempt(&self, attempt: &Attempt) -> Result<(), SignInRefused> {
        for one in &attempt.counted {
            sign_in_failure::take_back(&self.db, &one.subject).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let seconds = |count| wait(Failures { count, last_at: 1_000 }, 5, Timestamp(1_000)).as_secs();
        assert_eq!([4, 5, 6, 7, 8, 9, 10, 400].map(seconds), [0, 60, 120, 240, 480, 900, 900, 900]);
        assert!(wait(Failures { count: 5, last_at: 0 }, 5, Timestamp(60_000)).is_zero());
        let clock_went_back = wait(Failures { count: 5, last_at: 10_000_000 }, 5, Timestamp(0));
        assert_eq!(clock_went_back.as_secs(), 60, "never longer than the whole wait");
    }
}
