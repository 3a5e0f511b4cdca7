//! The shadow test: is a model that has learned something new at least as good as before on what it knew?
//!
//! A fifth of the examples of before is held out; of few examples each fifth in turn. Both models are fitted to the
//! rest, the candidate also to what is new; neither sees the texts on which they are compared. They are compared text by
//! text, and the candidate passes where it is not worse by more than such a comparison can tell from chance (one standard
//! error) and a small allowance: the log-loss of Dietterich's paired differences (1998), McNemar's count for the labels.

use crate::classify::classifier::{Classifier, Example, ModelError, TrainSettings};
use crate::text::Language;
use serde::{Deserialize, Serialize};

/// Parts that the known examples are cut into.
const FOLDS: usize = 5;

/// Examples from which holding out one part tells enough.
const MANY: usize = 1_000;

/// Share of right labels that the candidate may lose.
const ACCURACY: f64 = 0.002;

/// Log-loss that the candidate may gain, as a share.
const LOSS: f64 = 0.005;

/// How one model does.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Share of right labels on the held-out texts.
    pub accuracy: f64,
    /// Mean negative logarithm of the probability of the right label there.
    pub log_loss: f64,
    /// Share of right labels on the new examples, which the candidate was fitted to: whether it took them in at all.
    pub new_right: f64,
}

/// Both models side by side.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// Texts held out.
    pub held_out: usize,
    /// New examples.
    pub new: usize,
    /// Held-out texts that one model reads rightly and the other wrongly.
    pub changed: usize,
    /// Standard error of the difference of the log-losses.
    pub loss_error: f64,
    /// Without the new examples.
    pub before: Standing,
    /// With them.
    pub after: Standing,
}

impl Comparison {
    /// Whether the candidate may be published.
    pub fn is_not_worse(&self) -> bool {
        let lost = (self.before.accuracy - self.after.accuracy) * self.held_out as f64;
        let gained_loss = self.after.log_loss - self.before.log_loss;
        lost <= ACCURACY * self.held_out as f64 + (self.changed as f64).sqrt()
            && gained_loss <= LOSS * self.before.log_loss + self.loss_error
    }
}

/// Tests `new` examples against those `known` before.
///
/// # Errors
/// [`ModelError`] where there is nothing to fit.
pub fn compare(
    language: &Language,
    known: &[Example],
    new: &[Example],
    settings: &TrainSettings,
) -> Result<Comparison, ModelError> {
    // What a correction says otherwise is an example of neither model, and nothing to be measured on.
    let known: Vec<&Example> =
        known.iter().filter(|one| !new.iter().any(|new| new.text.normal == one.text.normal)).collect();
    let mut seen = Seen::default();
    let folds = if known.len() < MANY { FOLDS } else { 1 };
    for fold in 0..folds {
        let kept = known.iter().enumerate().filter(|(place, _)| place % FOLDS != fold);
        let mut training: Vec<Example> = kept.map(|(_, example)| (*example).clone()).collect();
        let (before, _) = Classifier::train(language, &training, settings)?;
        training.extend(new.iter().cloned());
        let (after, _) = Classifier::train_from(Some(&before), language, &training, settings)?;
        for example in known.iter().skip(fold).step_by(FOLDS) {
            seen.held_out.push([judge(&before, example), judge(&after, example)]);
        }
        for example in new {
            seen.new.push([judge(&before, example), judge(&after, example)]);
        }
    }
    Ok(seen.compared(new.len()))
}

/// What a model makes of one example.
#[derive(Debug, Clone, Copy)]
struct Judged {
    right: bool,
    loss: f64,
}

/// A label that the model lacks has no probability.
fn judge(model: &Classifier, example: &Example) -> Judged {
    let probabilities = model.probabilities(&example.text);
    let own = model.labels().binary_search(&example.label).map_or(0.0, |place| probabilities[place]);
    let right = own > 0.0 && probabilities.iter().all(|other| *other <= own);
    Judged { right, loss: -own.max(1e-15).ln() }
}

/// What both models made of each text: before, after.
#[derive(Debug, Default)]
struct Seen {
    held_out: Vec<[Judged; 2]>,
    new: Vec<[Judged; 2]>,
}

impl Seen {
    fn compared(&self, new: usize) -> Comparison {
        let count = self.held_out.len().max(1) as f64;
        let right = |pairs: &[[Judged; 2]], model: usize| {
            let right = pairs.iter().filter(|pair| pair[model].right).count();
            right as f64 / pairs.len().max(1) as f64
        };
        let standing = |model: usize| Standing {
            accuracy: right(&self.held_out, model),
            log_loss: self.held_out.iter().map(|pair| pair[model].loss).sum::<f64>() / count,
            new_right: right(&self.new, model),
        };
        let (before, after) = (standing(0), standing(1));
        let mean = after.log_loss - before.log_loss;
        let squares = self.held_out.iter().map(|[before, after]| (after.loss - before.loss - mean).powi(2));
        Comparison {
            held_out: self.held_out.len(),
            new,
            changed: self.held_out.iter().filter(|[before, after]| before.right != after.right).count(),
            loss_error: squares.sum::<f64>().sqrt() / count,
            before,
            after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::intent::IntentModel;

    fn seen(pairs: &[(f64, f64)]) -> Comparison {
        let judged = |loss: f64| Judged { right: loss < 0.7, loss };
        let held_out = pairs.iter().map(|(before, after)| [judged(*before), judged(*after)]).collect();
        Seen { held_out, new: Vec::new() }.compared(0)
    }

    #[test]
    fn an_example_that_is_corrected_is_not_held_against_the_correction() {
        let language = Language::new(&[]);
        let example = |said: &str, label: &str| Example { text: language.read(said), label: label.to_owned() };
        let mut known = Vec::new();
        for thing in ["鞋", "包", "伞", "灯", "书"] {
            for tail in ["呢", "呀", "吗"] {
                known.push(example(&format!("{thing}的运费多少{tail}"), "shipping"));
                known.push(example(&format!("{thing}怎么退货{tail}"), "returns"));
            }
        }
        // Four sentences about fees stand under the wrong intent, and somebody puts them right.
        let wrong = ["运费怎么收", "要付多少运费", "运费贵吗", "这个运费多少"];
        known.extend(wrong.map(|said| example(said, "returns")));
        let right = wrong.map(|said| example(said, "shipping"));
        let (current, _) = IntentModel::train_from(None, &language, &known).expect("examples");
        let compared = IntentModel::compare(&language, &known, &right, &current).expect("examples");
        assert_eq!((compared.held_out, compared.new), (30, 4), "the old labels are not what it is measured on");
        assert_eq!((compared.before.accuracy, compared.after.accuracy, compared.after.new_right), (1.0, 1.0, 1.0));
    }

    #[test]
    fn a_difference_that_chance_makes_is_no_harm() {
        assert!(seen(&[(0.1, 0.1), (0.2, 0.2)]).is_not_worse());
        assert!(seen(&[(0.1, 0.5), (0.5, 0.2), (0.3, 0.3), (0.2, 0.2)]).is_not_worse());
    }

    #[test]
    fn a_model_that_is_plainly_worse_is_refused() {
        let worse = seen(&[(0.1, 1.5); 20]);
        assert_eq!((worse.changed, worse.before.accuracy, worse.after.accuracy), (20, 1.0, 0.0));
        assert!(!worse.is_not_worse());
        // Right as often, but much less sure of it.
        assert!(!seen(&[(0.1, 0.5); 20]).is_not_worse());
    }
}
