//! What a campaign has brought: the difference between two shares, with an interval.
//!
//! Of those who got something a share `p₁ = x₁ / n₁` has bought, of those who were held out `p₂ = x₂ / n₂`. The lift is
//! `p₁ − p₂`. Its interval is the score interval of Newcombe ("Interval estimation for the difference between independent
//! proportions", Statistics in Medicine 17, 1998, method 10): with Wilson's intervals `(l, u)` of the two shares
//!
//! ```text
//! lower = p₁ − p₂ − √((p₁ − l₁)² + (u₂ − p₂)²)
//! upper = p₁ − p₂ + √((u₁ − p₁)² + (p₂ − l₂)²)
//! ```
//!
//! It covers the truth at its level also where few have bought, where the textbook interval does not.

use serde::{Deserialize, Serialize};

/// The 97.5th percentile of the standard normal distribution: an interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// Some of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Proportion {
    /// How many did it.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
}

/// A difference with its interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lift {
    /// The difference of the shares.
    pub value: f64,
    /// Where it begins.
    pub lower: f64,
    /// Where it ends.
    pub upper: f64,
}

impl Proportion {
    /// The share; zero of none.
    pub fn share(self) -> f64 {
        if self.whole == 0 { 0.0 } else { self.part as f64 / self.whole as f64 }
    }

    /// Wilson's score interval ("Probable inference, the law of succession, and statistical inference", 1927).
    fn wilson(self) -> (f64, f64) {
        let (n, p) = (self.whole as f64, self.share());
        let centre = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        (((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0))
    }
}

/// The lift of the first over the second; none where either is of nobody.
pub fn lift(treated: Proportion, held_out: Proportion) -> Option<Lift> {
    if treated.whole == 0 || held_out.whole == 0 {
        return None;
    }
    let (p1, p2) = (treated.share(), held_out.share());
    let ((l1, u1), (l2, u2)) = (treated.wilson(), held_out.wilson());
    Some(Lift {
        value: p1 - p2,
        lower: p1 - p2 - ((p1 - l1).powi(2) + (u2 - p2).powi(2)).sqrt(),
        upper: p1 - p2 + ((u1 - p1).powi(2) + (p2 - l2).powi(2)).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marketing::split::{Share, share};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn of(part: u64, whole: u64) -> Proportion {
        Proportion { part, whole }
    }

    #[test]
    fn intervals_are_those_of_the_paper() {
        // Newcombe 1998, table II, method 10, contrasts (a) 56/70 − 48/80, (b) 9/10 − 3/10, (c) 10/10 − 0/20.
        for (treated, held, lower, upper) in [
            (of(56, 70), of(48, 80), 0.0524, 0.3339),
            (of(9, 10), of(3, 10), 0.1705, 0.8090),
            (of(10, 10), of(0, 20), 0.6791, 1.0),
        ] {
            let lift = lift(treated, held).unwrap();
            assert!((lift.lower - lower).abs() < 5e-5 && (lift.upper - upper).abs() < 5e-5, "{lift:?}");
        }
        assert_eq!(lift(of(0, 0), of(1, 2)), None);
    }

    /// A campaign whose persons are split by the hash and buy with known probabilities.
    fn simulated(number: u64, held: f64, effect: f64) -> Lift {
        let mut chance = ChaCha8Rng::seed_from_u64(number);
        let (mut treated, mut held_out) = (Proportion::default(), Proportion::default());
        for person in 0..2_000 {
            let in_holdout = share(&format!("campaign {number}"), &person.to_string(), 20, 2) == Share::Holdout;
            let (group, rate) = if in_holdout { (&mut held_out, held) } else { (&mut treated, held + effect) };
            group.whole += 1;
            group.part += u64::from(chance.random::<f64>() < rate);
        }
        lift(treated, held_out).unwrap()
    }

    #[test]
    fn the_interval_covers_the_truth_at_its_level_in_200_campaigns() {
        for (held, effect) in [(0.05, 0.03), (0.10, 0.0), (0.02, 0.01)] {
            let covers = |number| {
                let lift = simulated(number, held, effect);
                lift.lower <= effect && effect <= lift.upper
            };
            let covered = (0..200).filter(|number| covers(*number)).count();
            // 95 % of 200 are 190; a binomial leaves 190 ± 10 once in a thousand.
            assert!((180..=200).contains(&covered), "{covered} of 200 at {held} and {effect}");
        }
    }
}
