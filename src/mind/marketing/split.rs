//! Who is held out and who gets which variant: by a stable hash of campaign and person alone, so that it is the same on
//! every node, after every restart and at every occasion, and independent between campaigns.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Parts of the hash's range; shares are exact to a hundredth of a percent.
const PARTS: u64 = 10_000;

/// Where a person stands in a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Gets nothing, and is watched all the same: what would have happened anyway.
    Holdout,
    /// Gets the variant of this number, from 0.
    Variant(usize),
}

/// A number below [`PARTS`], even over persons; another question gives an independent one.
fn part(campaign: &str, person: &str, question: &str) -> u64 {
    let digest = Sha256::digest(format!("{campaign}\n{question}\n{person}"));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(bytes) % PARTS
}

/// The share of a person; of a hundred persons `holdout_percent` are held out, the others split evenly over `variants`.
pub fn share(campaign: &str, person: &str, holdout_percent: u8, variants: usize) -> Share {
    if part(campaign, person, "holdout") < u64::from(holdout_percent) * PARTS / 100 {
        return Share::Holdout;
    }
    let variants = variants.max(1);
    let variant = part(campaign, person, "variant") * variants as u64 / PARTS;
    Share::Variant(usize::try_from(variant).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(campaign: &str, wanted: Share) -> usize {
        (0..10_000).filter(|person| share(campaign, &format!("c:{person}"), 20, 2) == wanted).count()
    }

    #[test]
    fn shares_are_as_large_as_they_should_be_and_stay() {
        // Four standard deviations of a binomial around 2,000 and 4,000 of 10,000.
        assert!(count("a", Share::Holdout).abs_diff(2_000) < 160);
        assert!(count("a", Share::Variant(0)).abs_diff(4_000) < 200);
        assert_eq!(share("a", "c:1", 20, 2), share("a", "c:1", 20, 2));
        assert_eq!(share("a", "c:1", 0, 1), Share::Variant(0));
        assert_eq!(share("a", "c:1", 100, 3), Share::Holdout);
    }

    #[test]
    fn campaigns_are_independent() {
        let held = |campaign: &str, person: usize| share(campaign, &format!("c:{person}"), 50, 1) == Share::Holdout;
        let both = (0..10_000).filter(|person| held("a", *person) && held("b", *person)).count();
        assert!(both.abs_diff(2_500) < 180, "{both}");
    }
}
