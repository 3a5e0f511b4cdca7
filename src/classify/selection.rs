//! Choice of settings on training data alone.
//!
//! Candidates differ in feature set and penalty. Each is judged by its log-loss, after calibration, on texts that it
//! was not fitted to: those of a file of their own, or each third of the training texts in turn; of many texts every
//! fifth, once, is enough to tell. Along the penalties each fit starts where
//! the one before ended.

use crate::classify::classifier::{Design, Example, ModelError, TrainSettings, Weighting};
use crate::classify::features::{FeatureSet, VocabularySettings};
use crate::classify::fit::{FitSettings, Weights, fit_from};
use crate::classify::metrics;
use crate::text::Language;

/// Parts of the cross-validation.
const FOLDS: usize = 3;

/// Training texts from which one split tells enough.
const MANY: usize = 12_000;

/// Of many texts every so many is left out.
const LEFT_OUT: usize = 5;

/// Feature sets that are tried.
const FEATURE_SETS: [FeatureSet; 2] = [FeatureSet::Topic, FeatureSet::Opinion];

/// Penalties that are tried, the strongest first: weak penalties take the longest to fit from nothing.
const PENALTIES: [f64; 4] = [8.0, 16.0, 32.0, 64.0];

/// Scores of texts that a fit did not see, with the places of their labels.
type HeldOut = Vec<(Vec<f64>, usize)>;

/// How often `done` is called by [`choose`].
pub fn steps(texts: usize, with_dev: bool) -> usize {
    FEATURE_SETS.len() * PENALTIES.len() * if with_dev || texts >= MANY { 1 } else { FOLDS }
}

/// Chooses; `dev`, where there is one, takes the place of cross-validation.
///
/// # Errors
/// [`ModelError::Fit`] where there are no examples.
pub fn choose(
    language: &Language,
    train: &[Example],
    dev: Option<&[Example]>,
    done: impl Fn(),
) -> Result<TrainSettings, ModelError> {
    let looked_at: Vec<&Example> = train.iter().collect();
    let splits: Vec<(Vec<&Example>, Vec<&Example>)> = match dev {
        Some(dev) => vec![(looked_at, dev.iter().collect())],
        None if train.len() >= MANY => vec![split(&looked_at, LEFT_OUT, 0)],
        None => (0..FOLDS).map(|fold| split(&looked_at, FOLDS, fold)).collect(),
    };
    let mut best: Option<(f64, TrainSettings)> = None;
    for features in FEATURE_SETS {
        let mut held_out: [HeldOut; PENALTIES.len()] = Default::default();
        for (inside, outside) in &splits {
            walk(language, inside, outside, features, &mut held_out, &done)?;
        }
        for (c, held_out) in PENALTIES.into_iter().zip(&held_out) {
            let temperature = metrics::best_temperature(held_out);
            let loss = metrics::log_loss_at(held_out, temperature);
            if best.is_none_or(|(least, _)| loss < least) {
                best = Some((
                    loss,
                    TrainSettings { temperature: Some(temperature), ..candidate(features, c, train.len()) },
                ));
            }
        }
    }
    Ok(best.map_or_else(|| candidate(FeatureSet::Topic, PENALTIES[1], train.len()), |(_, settings)| settings))
}

fn split<'a>(examples: &[&'a Example], folds: usize, fold: usize) -> (Vec<&'a Example>, Vec<&'a Example>) {
    let pick = |inside: bool| {
        let places = (0..examples.len()).filter(move |place| (place % folds == fold) != inside);
        places.map(|place| examples[place]).collect()
    };
    (pick(true), pick(false))
}

/// Rare features are kept where there are few texts.
fn candidate(features: FeatureSet, c: f64, texts: usize) -> TrainSettings {
    let min_documents = if texts < 10_000 { 1 } else { 2 };
    TrainSettings {
        fit: FitSettings { c, gradient_tolerance: 1e-5, max_iterations: 300 },
        vocabulary: VocabularySettings { features, min_documents, max_features: 1_000_000 },
        weighting: Weighting::Telling,
        temperature: None,
    }
}

/// Fits along the penalties and notes the scores of the texts outside.
fn walk(
    language: &Language,
    inside: &[&Example],
    outside: &[&Example],
    features: FeatureSet,
    held_out: &mut [HeldOut; PENALTIES.len()],
    done: &impl Fn(),
) -> Result<(), ModelError> {
    let design = Design::new(language, inside, &candidate(features, PENALTIES[0], inside.len()));
    let mut start: Option<Weights> = None;
    for (c, held_out) in PENALTIES.into_iter().zip(held_out) {
        let settings = FitSettings { c, gradient_tolerance: 1e-4, max_iterations: 100 };
        let (weights, _) = fit_from(start.as_ref(), &design.rows, &design.classes, design.labels.len(), &settings)?;
        let known =
            outside.iter().filter_map(|example| Some((example, design.labels.binary_search(&example.label).ok()?)));
        held_out.extend(known.map(|(example, truth)| (design.scores(&example.text, &weights), truth)));
        start = Some(weights);
        done();
    }
    Ok(())
}
