//! Why a label got its score: the strongest contributions, the sum of the others, and what the label begins with.
//! Together they are the score, so that nothing is hidden.

use crate::classify::classifier::Contribution;
use serde::{Deserialize, Serialize};

/// One score taken apart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// Whose score.
    pub label: String,
    /// What the label begins with, before anything was said.
    pub bias: f64,
    /// The strongest contributions, by magnitude.
    pub strongest: Vec<Contribution>,
    /// Sum of all others.
    pub others: f64,
}

impl Explanation {
    /// Keeps the strongest `kept` contributions and adds up the others.
    pub fn new(label: &str, bias: f64, mut contributions: Vec<Contribution>, kept: usize) -> Self {
        contributions.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()).then_with(|| a.feature.cmp(&b.feature)));
        let rest = contributions.split_off(kept.min(contributions.len()));
        let others = rest.iter().map(|one| one.score).sum();
        Self { label: label.to_owned(), bias, strongest: contributions, others }
    }

    /// The label's score, relative to the mean over all labels.
    pub fn score(&self) -> f64 {
        self.bias + self.strongest.iter().map(|one| one.score).sum::<f64>() + self.others
    }

    /// The explanation in Chinese: "词“退货” +2.31，…，其余 +0.40，起点 -1.02，合计 +1.69".
    pub fn in_words(&self) -> String {
        let mut parts: Vec<String> =
            self.strongest.iter().map(|one| format!("{} {:+.2}", one.feature, one.score)).collect();
        parts.push(format!("其余 {:+.2}", self.others));
        parts.push(format!("起点 {:+.2}", self.bias));
        parts.push(format!("合计 {:+.2}", self.score()));
        parts.join("，")
    }
}

/// The name of a text feature in Chinese; see [`crate::classify::features`].
pub fn feature_in_words(feature: &str) -> String {
    let mut characters = feature.chars();
    let title = match characters.next() {
        Some('w') => "词",
        Some('p') => "相邻的词",
        Some('c') => "字",
        Some('^') => "开头",
        Some('$') => "结尾",
        Some('y') => "读音",
        Some('n') => "否定后的词",
        Some('f') => "靠前的词",
        Some('l') => "靠后的词",
        Some('b') => "转折后的词",
        Some('s') => "短句",
        Some('d') => "程度",
        Some('x') => "语气",
        _ => return format!("特征“{feature}”"),
    };
    format!("{title}“{}”", characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(feature: &str, score: f64) -> Contribution {
        Contribution { feature: feature.into(), score }
    }

    #[test]
    fn what_is_left_out_is_added_up() {
        let all = vec![one("wa", 0.5), one("wb", -2.0), one("wc", 1.0)];
        let explained = Explanation::new("退货", -0.25, all, 2);
        assert_eq!(explained.strongest, [one("wb", -2.0), one("wc", 1.0)]);
        assert!((explained.score() - -0.75).abs() < 1e-12);
        assert_eq!(explained.in_words(), "wb -2.00，wc +1.00，其余 +0.50，起点 -0.25，合计 -0.75");
        assert_eq!(feature_in_words("w退货"), "词“退货”");
    }
}
