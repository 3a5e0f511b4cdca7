//! A stopwatch, and what is told of many measurements.
//!
//! It counts the time that the processor spends on this thread, where the system tells it: what else a busy machine does
//! in between is not the program's.

use crate::clock::Watch;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Times the parts of a computation, in the order in which they end.
#[derive(Debug)]
pub struct Stopwatch {
    begun: Duration,
    last: Duration,
    /// Part and what it took.
    laps: Vec<(&'static str, Duration)>,
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        let now = thread_time();
        Self { begun: now, last: now, laps: Vec::with_capacity(24) }
    }
}

impl Watch for Stopwatch {
    fn done(&mut self, part: &'static str) {
        let now = thread_time();
        self.laps.push((part, now - self.last));
        self.last = now;
    }
}

/// Processor time of this thread.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Time on the clock, where the system does not tell the processor's.
#[cfg(not(unix))]
fn thread_time() -> Duration {
    static BEGIN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    BEGIN.elapsed()
}

/// Half of the measurements lie below `p50_us`, 99 of 100 below `p99_us`; microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Spread {
    /// Arithmetic mean.
    pub mean_us: f64,
    /// Median.
    pub p50_us: f64,
    /// 99th percentile.
    pub p99_us: f64,
}

impl Spread {
    /// Of measurements in any order; zeros where there are none.
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let micros = |time: &Duration| time.as_secs_f64() * 1e6;
        let at = |share: f64| {
            let rank = (share * times.len() as f64).ceil().max(1.0);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            times.get(rank as usize - 1).map_or(0.0, micros)
        };
        let mean_us = times.iter().map(micros).sum::<f64>() / times.len().max(1) as f64;
        Self { mean_us, p50_us: at(0.5), p99_us: at(0.99) }
    }
}

/// What one part costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Its name.
    pub part: &'static str,
    /// Its times.
    #[serde(flatten)]
    pub spread: Spread,
}

/// The same questions timed in several rounds. Of each question the median of its rounds counts: what else the machine
/// does is not the program's, and between two rounds of a question lie all others, so that no cache is warm for it.
pub struct Rounds {
    questions: usize,
    whole: Vec<Vec<Duration>>,
    /// Names of the parts in the order in which they end.
    order: Vec<&'static str>,
    parts: BTreeMap<&'static str, Vec<Vec<Duration>>>,
}

impl Rounds {
    /// For so many questions.
    pub fn new(questions: usize) -> Self {
        Self { questions, whole: vec![Vec::new(); questions], order: Vec::new(), parts: BTreeMap::new() }
    }

    /// One question timed once; the watch stops now.
    pub fn add(&mut self, question: usize, watch: Stopwatch) {
        self.whole[question].push(thread_time() - watch.begun);
        for (part, time) in watch.laps {
            let times = self.parts.entry(part).or_insert_with(|| {
                self.order.push(part);
                vec![Vec::new(); self.questions]
            });
            times[question].push(time);
        }
    }

    /// The whole and its parts.
    pub fn spreads(mut self) -> (Spread, Vec<Part>) {
        let spread = |times: Vec<Vec<Duration>>| Spread::of(times.into_iter().map(median).collect());
        let parts = self.order.into_iter().filter_map(|part| {
            let spread = spread(self.parts.remove(part)?);
            Some(Part { part, spread })
        });
        let parts = parts.collect();
        (spread(self.whole), parts)
    }
}

/// The middle one of several measurements of the same; of two, the smaller.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

/// Prints the parts and the whole, in microseconds.
pub fn print_rows(parts: &[Part], name: &str, whole: &Spread) {
    println!("{:>9} {:>9} {:>9}", "平均", "p50", "p99");
    let row = |name: &str, spread: &Spread| {
        println!("{:>11.1} {:>9.1} {:>9.1}  {name}", spread.mean_us, spread.p50_us, spread.p99_us);
    };
    for part in parts {
        row(part.part, &part.spread);
    }
    row(name, whole);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_by_the_nearest_rank_rule() {
        let times: Vec<Duration> = (1..=200).rev().map(Duration::from_micros).collect();
        let spread = Spread::of(times);
        assert_eq!((spread.p50_us.round(), spread.p99_us.round(), spread.mean_us), (100.0, 198.0, 100.5));
        assert_eq!(Spread::of(Vec::new()), Spread::default());
        assert_eq!(median([3, 1, 2].map(Duration::from_micros).into()), Duration::from_micros(2));
    }
}
