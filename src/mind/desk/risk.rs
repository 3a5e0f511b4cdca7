//! Service clocks against their targets, and how much an unfinished case needs a supervisor's look.

use crate::clock::Timestamp;
use crate::model::chat::HandoverReason;
use crate::model::desk::ClockState;

/// A clock: when it warns, when it is over its target, and when it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// When it warns.
    pub warns: Timestamp,
    /// When it is over its target.
    pub due: Timestamp,
    /// When it stopped.
    pub stopped: Option<Timestamp>,
}

impl Running {
    /// Against its target.
    pub fn state(self, now: Timestamp) -> ClockState {
        match self.stopped {
            Some(at) if at > self.due => ClockState::Breached,
            Some(_) => ClockState::Met,
            None if now > self.due => ClockState::Breached,
            None if now >= self.warns => ClockState::Warning,
            None => ClockState::Fine,
        }
    }

    /// How it presses: one that has stopped presses no longer, late or not.
    pub fn pressing(self, now: Timestamp) -> ClockState {
        if self.stopped.is_some() { ClockState::Met } else { self.state(now) }
    }
}

/// What risk is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signs {
    /// Why a person is needed.
    pub reason: HandoverReason,
    /// The shopper's mood, from -2 to 2.
    pub mood: f64,
    /// Whether it presses.
    pub urgent: bool,
    /// The worse of the two clocks.
    pub clocks: [ClockState; 2],
    /// Messages of the shopper that nobody has read.
    pub unread: i64,
}

/// From 0 to 1; sorts the supervisor's list. A sum of plain weights, so that it can be told what it is made of: reason up
/// to 0.4, mood 0.25, clocks 0.25, unread words 0.05, urgency 0.05.
pub fn risk(signs: &Signs) -> f64 {
    let reason = match signs.reason {
        HandoverReason::Danger => 0.4,
        HandoverReason::Risk => 0.3,
        HandoverReason::Mood => 0.2,
        HandoverReason::Unanswered | HandoverReason::Rule => 0.1,
        HandoverReason::Requested => 0.05,
    };
    let mood = 0.25 * (-signs.mood / 2.0).clamp(0.0, 1.0);
    let clock = |state| match state {
        ClockState::Breached => 0.125,
        ClockState::Warning => 0.06,
        ClockState::Fine | ClockState::Met => 0.0,
    };
    let unread = 0.05 * (signs.unread as f64 / 3.0).min(1.0);
    let urgent = if signs.urgent { 0.05 } else { 0.0 };
    reason + mood + signs.clocks.into_iter().map(clock).sum::<f64>() + unread + urgent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_warns_before_it_breaks() {
        let running = Running { warns: Timestamp(8), due: Timestamp(10), stopped: None };
        let states = [7, 8, 10, 11].map(|now| running.state(Timestamp(now)));
        assert_eq!(states, [ClockState::Fine, ClockState::Warning, ClockState::Warning, ClockState::Breached]);
        let stopped = |at| Running { stopped: Some(Timestamp(at)), ..running }.state(Timestamp(99));
        assert_eq!((stopped(10), stopped(11)), (ClockState::Met, ClockState::Breached));
        let late = Running { stopped: Some(Timestamp(11)), ..running };
        assert_eq!(late.pressing(Timestamp(99)), ClockState::Met, "what is settled does not come up again");
        assert_eq!(running.pressing(Timestamp(99)), ClockState::Breached);
    }

    #[test]
    fn risk_grows_with_every_sign_and_ends_at_one() {
        let calm = Signs {
            reason: HandoverReason::Requested,
            mood: 1.0,
            urgent: false,
            clocks: [ClockState::Fine; 2],
            unread: 0,
        };
        let worst = Signs {
            reason: HandoverReason::Danger,
            mood: -2.0,
            urgent: true,
            clocks: [ClockState::Breached; 2],
            unread: 9,
        };
        assert!(risk(&calm) < risk(&Signs { mood: -1.0, ..calm }));
        assert!(risk(&calm) < risk(&Signs { clocks: [ClockState::Warning, ClockState::Fine], ..calm }));
        assert!((risk(&worst) - 1.0).abs() < 1e-9);
    }
}
