//! Guessing passwords gets slower: after a few failures a name, and an address, have to wait, each time twice as long.
//!
//! # Invariants
//! - An attempt is counted before it is looked at, so that many at once do not slip through together.
//! - Names that exist and names that do not are counted alike: the lock tells nobody which is which.
//! - Counts lie in the database: all nodes share them, and a restart forgets nothing.

use crate::clock::Timestamp;
use crate::service::sign_in::{SignIn, SignInRefused};
use crate::store::audit::{self, Deed};
use crate::store::sign_in_failure::{self, Failures};
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

/// Longest subject that is kept, in characters: a name that nobody can have is cut.
const SUBJECT: usize = 80;

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

/// Whom a failure is counted for.
pub(super) struct Attempt {
    subjects: Vec<(String, i64)>,
}

impl Attempt {
    /// An attempt for a name, from an address where it is known.
    pub(super) fn new(name: &str, address: &str) -> Self {
        let name: String = name.chars().take(SUBJECT).collect();
        let mut subjects = vec![(format!("name:{name}"), FREE_FOR_NAME)];
        if !address.is_empty() {
            subjects.push((format!("address:{address}"), FREE_FOR_ADDRESS));
        }
        Self { subjects }
    }
}

impl SignIn {
    /// Counts an attempt, or refuses it.
    ///
    /// # Errors
    /// [`SignInRefused::TooManyAttempts`].
    pub(super) async fn begin_attempt(&self, attempt: &Attempt) -> Result<(), SignInRefused> {
        let now = self.clock.now();
        let since = Timestamp(now.0 - FORGOTTEN_AFTER);
        let mut seen = Vec::with_capacity(attempt.subjects.len());
        for (subject, free) in &attempt.subjects {
            let failures = sign_in_failure::of(&self.db, subject, since).await?;
            let wait = wait(failures, *free, now);
            if !wait.is_zero() {
                return Err(SignInRefused::TooManyAttempts(wait));
            }
            seen.push(failures.count);
        }
        for ((subject, free), seen) in attempt.subjects.iter().zip(seen) {
            let count = sign_in_failure::count(&self.db, subject, since, now).await?;
            if count > *free && count > seen + 1 {
                // Others came at the same moment, and the last free attempt is theirs.
                return Err(SignInRefused::TooManyAttempts(wait(Failures { count, last_at: now.0 }, *free, now)));
            }
        }
        Ok(())
    }

    /// The attempt was wrong; whoever has to wait from now on is written down.
    pub(super) async fn fail_attempt(&self, attempt: &Attempt) -> Result<(), SignInRefused> {
        let now = self.clock.now();
        for (subject, free) in &attempt.subjects {
            let failures = sign_in_failure::of(&self.db, subject, Timestamp(now.0 - FORGOTTEN_AFTER)).await?;
            if failures.count == *free {
                let after = json!({ "failures": failures.count });
                let deed = Deed::new("", "sign_in_locked", subject, now).from_to(None, Some(after));
                audit::write(&self.db, &deed).await?;
            }
        }
        Ok(())
    }

    /// The attempt was right: its name begins anew, and its address has one failure less.
    pub(super) async fn end_attempt(&self, attempt: &Attempt) -> Result<(), SignInRefused> {
        for (place, (subject, _)) in attempt.subjects.iter().enumerate() {
            if place == 0 {
                sign_in_failure::forget(&self.db, subject).await?;
            } else {
                sign_in_failure::take_back(&self.db, subject).await?;
            }
        }
        Ok(())
    }

    /// The attempt was right as far as it went, and only a code is missing: it counts for nothing.
    pub(super) async fn pause_attempt(&self, attempt: &Attempt) -> Result<(), SignInRefused> {
        for (subject, _) in &attempt.subjects {
            sign_in_failure::take_back(&self.db, subject).await?;
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
