//! The course of a mood over a conversation.

use crate::classify::mood::{Mood, MoodReading};
use serde::{Deserialize, Serialize};

/// Messages that the course looks back on.
const RECENT: usize = 6;

/// Change of the mean level from which a mood is said to rise or fall.
const STEEP: f64 = 0.6;

/// Moods of the last messages. A memory that an older program wrote begins anew.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Trajectory {
    /// The newest last.
    course: Vec<Moment>,
}

/// The mood of one message of the course.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Moment {
    mood: Mood,
    /// Expected level from -2 to 2.
    value: f64,
    urgent: bool,
}

/// Where a mood is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Gets worse.
    Falling,
    /// Stays.
    #[default]
    Steady,
    /// Gets better.
    Rising,
}

impl Trajectory {
    /// The course with one more message.
    #[must_use]
    pub fn after(&self, reading: &MoodReading) -> Self {
        let mut course = self.course.clone();
        course.push(Moment { mood: reading.mood, value: rounded(reading.value), urgent: reading.urgent });
        let surplus = course.len().saturating_sub(RECENT);
        course.drain(..surplus);
        Self { course }
    }

    /// The level now: the newest message, held down by an upset one among the two before it, because anger does not
    /// end with the first polite sentence.
    pub fn level(&self) -> Mood {
        let newest = self.course.last().map_or(Mood::default(), |moment| moment.mood);
        let lately = self.lately().map(|moment| moment.mood).min().unwrap_or_default();
        if lately <= Mood::Upset && newest == Mood::Neutral { Mood::Upset } else { newest }
    }

    /// Whether two of the last three messages were upset.
    pub fn stays_upset(&self) -> bool {
        self.lately().filter(|moment| moment.mood <= Mood::Upset).count() >= 2
    }

    /// Whether it presses: said in one of the last three messages.
    pub fn urgent(&self) -> bool {
        self.lately().any(|moment| moment.urgent)
    }

    /// The last two messages against those before them.
    pub fn trend(&self) -> Trend {
        let (before, last) = self.course.split_at(self.course.len().saturating_sub(2));
        if before.is_empty() {
            return Trend::Steady;
        }
        let mean = |moments: &[Moment]| moments.iter().map(|moment| moment.value).sum::<f64>() / moments.len() as f64;
        match mean(last) - mean(before) {
            change if change <= -STEEP => Trend::Falling,
            change if change >= STEEP => Trend::Rising,
            _ => Trend::Steady,
        }
    }

    fn lately(&self) -> impl Iterator<Item = &Moment> {
        self.course.iter().rev().take(3)
    }
}

/// To four decimals: more say nothing, and so few come back from JSON as they were.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mood: Mood) -> MoodReading {
        MoodReading { mood, value: mood.value(), ..MoodReading::default() }
    }

    fn course(moods: &[Mood]) -> Trajectory {
        moods.iter().fold(Trajectory::default(), |course, mood| course.after(&read(*mood)))
    }

    #[test]
    fn anger_lasts_beyond_the_first_polite_sentence() {
        let once = course(&[Mood::Upset]);
        assert_eq!(once.level(), Mood::Upset);
        assert!(!once.stays_upset());
        let calmer = once.after(&read(Mood::Neutral));
        assert_eq!(calmer.level(), Mood::Upset);
        assert!(calmer.after(&read(Mood::Furious)).stays_upset());
        assert_eq!(calmer.after(&read(Mood::Content)).level(), Mood::Content);
    }

    #[test]
    fn the_trend_compares_the_last_two_with_those_before() {
        assert_eq!(course(&[Mood::Neutral, Mood::Neutral]).trend(), Trend::Steady);
        assert_eq!(course(&[Mood::Content, Mood::Neutral, Mood::Upset, Mood::Upset]).trend(), Trend::Falling);
        assert_eq!(course(&[Mood::Upset, Mood::Neutral, Mood::Content]).trend(), Trend::Rising);
    }

    #[test]
    fn urgency_is_remembered_for_three_messages() {
        let urgent = Trajectory::default().after(&MoodReading { urgent: true, ..MoodReading::default() });
        let later = |times: usize| (0..times).fold(urgent.clone(), |course, _| course.after(&read(Mood::Neutral)));
        assert!(later(2).urgent() && !later(3).urgent());
    }

    #[test]
    fn the_memory_of_an_older_program_begins_anew() {
        let old: Trajectory = serde_json::from_str(r#"{"recent":["upset"]}"#).unwrap();
        assert_eq!(old, Trajectory::default());
    }
}
