//! Order: what shoppers deal with soon after an item.
//!
//! Each pair of items in a history adds `1/distance^fading`, less where it stands against the order of time; the sum is
//! divided by `(a·b)^norm` of the items' popularities. What comes right after counts most (a symmetric relative of the
//! Markov chains of Rendle et al., 2010). The distance is counted in baskets where several items share a moment, and
//! inside a basket every pair is one step apart in both directions.

use crate::recommend::interactions::Interactions;
use crate::recommend::similarity::{Neighbours, strongest};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Moments beyond which two items have nothing to do with each other.
const REACH: u32 = 10;

/// How order is learned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SequenceSettings {
    /// What a pair against the order of time counts, 0 to 1.
    pub backward: f32,
    /// Power of the popularities that sums are divided by: 0 prefers what is popular, 0.5 is the cosine's.
    pub norm: f32,
    /// Power of the distance that a pair is divided by.
    pub fading: f32,
    /// Neighbours that are kept of each item.
    pub keep: usize,
}

/// What follows each item.
pub fn follow(log: &Interactions, settings: &SequenceSettings) -> Neighbours {
    let damping: Vec<f32> =
        (0..log.items()).map(|item| (log.audience(item).len() as f32).max(1.0).powf(-settings.norm)).collect();
    let closeness: Vec<f32> = (0..=REACH).map(|distance| (distance.max(1) as f32).powf(-settings.fading)).collect();
    let lists = (0..log.items())
        .into_par_iter()
        .map_init(
            || vec![0.0_f32; log.items()],
            |sums, item| {
                let mut touched = Vec::new();
                for user in log.audience(item) {
                    for (other, weight) in around(log, *user as usize, item as u32, settings.backward, &closeness) {
                        let sum = &mut sums[other as usize];
                        if *sum == 0.0 {
                            touched.push(other);
                        }
                        *sum += weight;
                    }
                }
                let list = touched.into_iter().map(|other| {
                    let sum = std::mem::take(&mut sums[other as usize]);
                    (other, sum * damping[item] * damping[other as usize])
                });
                strongest(list.collect(), settings.keep)
            },
        )
        .collect();
    Neighbours::from_lists(lists)
}

/// The items around one in a shopper's history, each with how close it is.
fn around<'a>(
    log: &'a Interactions,
    user: usize,
    item: u32,
    backward: f32,
    closeness: &'a [f32],
) -> impl Iterator<Item = (u32, f32)> + 'a {
    let past = log.past(user);
    let skipped = past.items.len() - log.paired(user).len();
    let (items, ages) = (&past.items[skipped..], &past.ages[skipped..]);
    let place = items.iter().position(|other| *other == item);
    let own = place.map_or(0, |place| ages[place]);
    // Ages descend: what is within reach stands side by side.
    let from = ages.partition_point(|age| *age > own.saturating_add(REACH));
    let to = ages.partition_point(|age| *age + REACH >= own);
    let near = if place.is_some() { from..to } else { 0..0 };
    near.filter(move |at| Some(*at) != place).map(move |at| {
        let direction = if ages[at] > own { backward } else { 1.0 };
        (items[at], direction * closeness[ages[at].abs_diff(own) as usize])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::interactions::Act;

    const SETTINGS: SequenceSettings = SequenceSettings { backward: 0.5, norm: 0.0, fading: 0.5, keep: 5 };

    #[test]
    fn what_comes_right_after_counts_most() {
        let act = |user, item, at| Act { user, item, at };
        let log = Interactions::new(1, 3, &[act(0, 0, 0.0), act(0, 1, 1.0), act(0, 2, 2.0)]);
        let after = follow(&log, &SETTINGS);
        assert_eq!(after.of(0), (&[1, 2][..], &[1.0, 0.5_f32.sqrt()][..]));
        assert_eq!(after.of(1), (&[0, 2][..], &[0.5, 1.0][..]));
    }

    #[test]
    fn items_of_one_basket_follow_each_other_both_ways() {
        let act = |item, at| Act { user: 0, item, at };
        let log = Interactions::new(1, 3, &[act(0, 1.0), act(1, 1.0), act(2, 5.0)]);
        let after = follow(&log, &SETTINGS);
        assert_eq!(after.of(0), (&[1, 2][..], &[1.0, 1.0][..]));
        assert_eq!(after.of(1), (&[0, 2][..], &[1.0, 1.0][..]));
        assert_eq!(after.of(2), (&[0, 1][..], &[0.5, 0.5][..]));
    }
}
