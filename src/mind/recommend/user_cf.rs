//! User-based collaborative filtering: what shoppers like this one dealt with (Resnick et al., 1994).

use crate::recommend::interactions::Interactions;
use crate::recommend::scorer::Scratch;
use crate::recommend::similarity::Measure;
use serde::{Deserialize, Serialize};

/// How shoppers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UserCf {
    /// The likeness of two shoppers.
    pub measure: Measure,
    /// Shoppers that are asked, at most.
    pub neighbours: usize,
    /// See [`Measure::shrunk`].
    pub shrinkage: f64,
    /// Power that likenesses are raised to: above 1 the likest count more (case amplification; Breese et al., 1998).
    pub amplification: f64,
}

impl UserCf {
    /// Adds to the scores of all items for a history: the likeness of each neighbour who dealt with the item. Whoever
    /// has this very history is the nearest neighbour and adds nothing new.
    pub fn score(&self, log: &Interactions, history: &[u32], scratch: &mut Scratch) {
        self.find_alike(log, history, scratch);
        for (likeness, other) in &scratch.alike {
            for item in log.history(*other as usize) {
                scratch.scores[*item as usize] += *likeness as f32;
            }
        }
    }

    fn find_alike(&self, log: &Interactions, history: &[u32], scratch: &mut Scratch) {
        let Scratch { together, touched, alike, .. } = scratch;
        together.resize(log.users(), 0);
        touched.clear();
        for item in history {
            for other in log.audience(*item as usize) {
                let count = &mut together[*other as usize];
                if *count == 0 {
                    touched.push(*other);
                }
                *count += 1;
            }
        }
        let (own, all) = (history.len() as f64, log.items() as f64);
        alike.clear();
        alike.extend(touched.drain(..).map(|other| {
            let both = f64::from(std::mem::take(&mut together[other as usize]));
            let size = log.history(other as usize).len() as f64;
            let likeness = self.measure.shrunk(both, own, size, all, self.shrinkage);
            (likeness.max(0.0).powf(self.amplification), other)
        }));
        alike.retain(|(likeness, _)| *likeness > 0.0);
        if alike.len() > self.neighbours {
            alike.select_nth_unstable_by(self.neighbours, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            alike.truncate(self.neighbours);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::interactions::Act;

    #[test]
    fn the_likest_shopper_is_asked() {
        let act = |user, item| Act { user, item, at: 0.0 };
        // Shopper 1 shares both items with shopper 0 and has item 2; shopper 2 shares one and has item 3.
        let log =
            Interactions::new(3, 4, &[act(0, 0), act(0, 1), act(1, 0), act(1, 1), act(1, 2), act(2, 0), act(2, 3)]);
        let cf = UserCf { measure: Measure::Cosine, neighbours: 2, shrinkage: 0.0, amplification: 1.0 };
        let mut scratch = Scratch { scores: vec![0.0; 4], ..Scratch::default() };
        cf.score(&log, log.history(0), &mut scratch);
        assert!((scratch.scores[2] - 2.0 / 6.0_f32.sqrt()).abs() < 1e-6);
        assert_eq!(scratch.scores[3], 0.0);
    }
}
