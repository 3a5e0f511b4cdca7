//! The A/B split: a shopper's half follows from their id and the experiment's name alone, so it is the same on every
//! node and after every restart, and independent between experiments.

use crate::model::id::ShopperId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A half of the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// The blend.
    #[default]
    A,
    /// What it is compared with: item-based collaborative filtering alone.
    B,
}

/// An experiment that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Experiment {
    /// Its name; another name deals the shoppers anew.
    pub name: String,
    /// How many of a hundred shoppers are in B.
    pub percent_b: u8,
}

impl Default for Experiment {
    fn default() -> Self {
        Self { name: "blend-against-item-cf".to_owned(), percent_b: 10 }
    }
}

impl Experiment {
    /// The half of a shopper.
    pub fn arm(&self, shopper: ShopperId) -> Arm {
        if hash(self.name.as_bytes(), shopper) % 100 < u64::from(self.percent_b) { Arm::B } else { Arm::A }
    }
}

impl Arm {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// FNV-1a over a salt and an id, with the finaliser of MurmurHash3, so that all bits depend on all others.
pub fn hash(salt: &[u8], shopper: ShopperId) -> u64 {
    let bytes = salt.iter().chain(shopper.0.as_bytes());
    let mut hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    for factor in [0xff51_afd7_ed55_8ccd_u64, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_split_is_stable_and_as_large_as_stated() {
        let experiment = Experiment { name: "x".into(), percent_b: 30 };
        let shoppers = || (0..10_000_u128).map(|n| ShopperId(Uuid::from_u128(n)));
        let in_b = shoppers().filter(|shopper| experiment.arm(*shopper) == Arm::B).count();
        assert!((2_800..3_200).contains(&in_b), "{in_b}");
        assert!(shoppers().all(|shopper| experiment.arm(shopper) == experiment.arm(shopper)));
        let other = Experiment { name: "y".into(), percent_b: 30 };
        let both = shoppers().filter(|s| experiment.arm(*s) == Arm::B && other.arm(*s) == Arm::B).count();
        assert!((700..1_100).contains(&both), "independent of another experiment: {both}");
        assert_eq!(hash(b"salt", ShopperId(Uuid::from_u128(7))), hash(b"salt", ShopperId(Uuid::from_u128(7))));
    }
}
