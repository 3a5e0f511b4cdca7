//! Popularity: what all deal with, older acts counting less; and the trend that it shows.

use crate::recommend::interactions::Interactions;

/// How many acts each item has, each halved for every `half_life` before the newest act; without a half-life all count
/// alike.
pub fn counts(log: &Interactions, half_life: Option<f64>) -> Vec<f64> {
    let newest = (0..log.users()).filter_map(|user| log.times(user).last().copied()).fold(f64::MIN, f64::max);
    let mut sums = vec![0.0_f64; log.items()];
    for user in 0..log.users() {
        for (item, at) in log.history(user).iter().zip(log.times(user)) {
            sums[*item as usize] += half_life.map_or(1.0, |half_life| ((at - newest) / half_life).exp2());
        }
    }
    sums
}

/// The logarithm of one plus [`counts`], brought to a largest value of 1.
pub fn popularity(log: &Interactions, half_life: Option<f64>) -> Vec<f32> {
    let logarithms: Vec<f64> = counts(log, half_life).into_iter().map(f64::ln_1p).collect();
    let largest = logarithms.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    logarithms.into_iter().map(|value| (value / largest) as f32).collect()
}

/// How much of an item's acts is recent, against the log as a whole: `((recent + 1) / (expected + 1))^exponent`. Above
/// 1 for what sells more than it used to, 1 for what sells as ever.
pub fn trend(log: &Interactions, half_life: f64, exponent: f64) -> Vec<f32> {
    let (all, recent) = (counts(log, None), counts(log, Some(half_life)));
    let share = recent.iter().sum::<f64>() / all.iter().sum::<f64>().max(1.0);
    let factor = |(all, recent): (f64, f64)| ((recent + 1.0) / (all * share + 1.0)).powf(exponent) as f32;
    all.into_iter().zip(recent).map(factor).collect()
}

/// The time between the oldest and the newest act.
pub fn span(log: &Interactions) -> f64 {
    let all = || (0..log.users()).flat_map(|user| log.times(user).iter().copied());
    (all().fold(f64::MIN, f64::max) - all().fold(f64::MAX, f64::min)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::interactions::Act;

    fn log() -> Interactions {
        let act = |user, item, at| Act { user, item, at };
        Interactions::new(2, 2, &[act(0, 0, 0.0), act(1, 1, 10.0)])
    }

    #[test]
    fn old_acts_count_half_for_each_half_life() {
        assert_eq!(span(&log()), 10.0);
        assert_eq!(counts(&log(), Some(10.0)), [0.5, 1.0]);
        assert_eq!(counts(&log(), None), [1.0, 1.0]);
        let popular = popularity(&log(), Some(10.0));
        assert!((popular[1] - 1.0).abs() < 1e-6 && (popular[0] - (1.5_f32.ln() / 2.0_f32.ln())).abs() < 1e-6);
    }

    #[test]
    fn what_sells_more_than_it_used_to_trends() {
        // Recent counts 0.5 and 1 of 2 acts: a share of 3/4 was to be expected.
        let trend = trend(&log(), 10.0, 1.0);
        assert!((trend[0] - 1.5 / 1.75).abs() < 1e-6 && (trend[1] - 2.0 / 1.75).abs() < 1e-6);
    }
}
