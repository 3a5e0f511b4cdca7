//! The stages of a turn, each with the moment at which it ended.

use crate::clock::Watch;
use std::time::{Duration, Instant, SystemTime};

/// A turn under way.
#[derive(Debug, Clone)]
pub struct Stages {
    /// When it began, for people.
    pub began_at: SystemTime,
    began: Instant,
    ended: Vec<(&'static str, Instant)>,
}

impl Stages {
    /// A turn begins.
    pub fn begin() -> Self {
        Self { began_at: SystemTime::now(), began: Instant::now(), ended: Vec::with_capacity(16) }
    }

    /// Each stage with when it began, counted from the beginning of the turn, and how long it took. A stage that was
    /// gone through more than once stands there more than once.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, Duration, Duration)> {
        let mut from = self.began;
        self.ended.iter().map(move |(name, ended)| {
            let (offset, took) = (from.duration_since(self.began), ended.duration_since(from));
            from = *ended;
            (*name, offset, took)
        })
    }

    /// How long the whole took.
    pub fn total(&self) -> Duration {
        self.ended.last().map_or(Duration::ZERO, |(_, ended)| ended.duration_since(self.began))
    }
}

impl Watch for Stages {
    fn done(&mut self, part: &'static str) {
        self.ended.push((part, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_each_other_without_a_gap() {
        let mut stages = Stages::begin();
        for name in ["load", "decide", "commit"] {
            stages.done(name);
        }
        let (mut end, mut names) = (Duration::ZERO, Vec::new());
        for (name, offset, took) in stages.each() {
            assert_eq!(offset, end);
            end = offset + took;
            names.push(name);
        }
        assert_eq!((names, end), (vec!["load", "decide", "commit"], stages.total()));
    }
}
