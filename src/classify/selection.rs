//! Choice of settings on training data alone.
//!
//! One setting is chosen after the other, the most telling first: features, the share of the meaning, dropout, penalty.
//! Each candidate is judged by its log-loss, after calibration, on texts that it was not fitted to: those of a file of
//! their own, or each part of the training texts in turn. Of many texts a part is enough to tell, and one split of it.
//! Fits to the same features start where the one before ended.

use crate::classify::classifier::{Design, Example, ModelError, TrainSettings, Weighting};
use crate::classify::features::{FeatureSet, VocabularySettings};
use crate::classify::fit::{FitSettings, Weights, fit_from};
use crate::classify::metrics;
use crate::text::Language;

/// Parts of the cross-validation.
const FOLDS: usize = 5;

/// Training texts from which one split tells enough.
const MANY: usize = 12_000;

/// Training texts that are looked at, at most.
const ENOUGH: usize = 25_000;

/// Feature sets that are tried.
const FEATURE_SETS: [FeatureSet; 3] = [FeatureSet::Topic, FeatureSet::Opinion, FeatureSet::Sound];

/// Shares of the meaning that are tried where the language has word vectors; the first also while features are chosen.
const MEANINGS: [f32; 3] = [1.0, 0.0, 1.5];

/// Odds of dropout that are tried; the first also while features are chosen.
const DROPOUTS: [f64; 4] = [4.0, 1.0, 0.0, 12.0];

/// Inverse penalties that are tried; the first also while the other settings are chosen.
const PENALTIES: [f64; 3] = [16.0, 4.0, 64.0];

/// Scores of texts that a fit did not see, with the places of their labels.
type HeldOut = Vec<(Vec<f64>, usize)>;

/// One candidate and how it did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// The settings, with the temperature that calibrates them.
    pub settings: TrainSettings,
    /// Log-loss on texts that were not fitted to.
    pub log_loss: f64,
    /// Share of those texts whose most probable label was right.
    pub accuracy: f64,
}

/// How often `done` is called by [`choose`].
pub fn steps(language: &Language, texts: usize, with_dev: bool) -> usize {
    let meanings = if language.vectors().is_some() { MEANINGS.len() - 1 } else { 0 };
    let fits = FEATURE_SETS.len() + meanings + DROPOUTS.len() - 1 + PENALTIES.len() - 1;
    fits * if with_dev || texts >= MANY { 1 } else { FOLDS }
}

/// All candidates in the order they were tried; `dev`, where there is one, takes the place of cross-validation.
///
/// # Errors
/// [`ModelError::Fit`] where there are no examples.
pub fn choose(
    language: &Language,
    train: &[Example],
    dev: Option<&[Example]>,
    done: impl Fn(),
) -> Result<Vec<Tried>, ModelError> {
    let looked_at: Vec<&Example> = train.iter().step_by(train.len().div_ceil(ENOUGH).max(1)).collect();
    let splits: Vec<Split<'_>> = match dev {
        Some(dev) => vec![(looked_at, dev.iter().collect())],
        None if train.len() >= MANY => vec![split(&looked_at, 0)],
        None => (0..FOLDS).map(|fold| split(&looked_at, fold)).collect(),
    };
    let mut settings = first(train.len());
    let mut tried = Vec::new();
    let alone = |settings: &TrainSettings| Trial::new(language, &splits, settings).run(&[settings.fit], &done);
    for features in FEATURE_SETS {
        settings.vocabulary.features = features;
        tried.extend(alone(&settings)?);
    }
    settings.vocabulary.features = best(&tried).settings.vocabulary.features;
    if language.vectors().is_some() {
        for meaning in &MEANINGS[1..] {
            tried.extend(alone(&TrainSettings { meaning: *meaning, ..settings })?);
        }
    }
    settings.meaning = best(&tried).settings.meaning;
    let mut trial = Trial::new(language, &splits, &settings);
    let others = DROPOUTS[1..].iter().map(|dropout| FitSettings { dropout: *dropout, ..settings.fit });
    tried.extend(trial.run(&others.collect::<Vec<_>>(), &done)?);
    let chosen = best(&tried).settings.fit;
    let others = PENALTIES[1..].iter().map(|c| FitSettings { c: *c, ..chosen });
    tried.extend(trial.run(&others.collect::<Vec<_>>(), &done)?);
    Ok(tried)
}

/// The candidate with the least log-loss; of equals the first.
///
/// # Panics
/// Where nothing was tried, which [`choose`] never returns.
pub fn best(tried: &[Tried]) -> &Tried {
    tried.iter().min_by(|a, b| a.log_loss.total_cmp(&b.log_loss)).expect("something was tried")
}

/// Texts to fit to and texts to judge on.
type Split<'a> = (Vec<&'a Example>, Vec<&'a Example>);

fn split<'a>(examples: &[&'a Example], fold: usize) -> Split<'a> {
    let pick = |inside: bool| {
        let places = (0..examples.len()).filter(move |place| (place % FOLDS == fold) != inside);
        places.map(|place| examples[place]).collect()
    };
    (pick(true), pick(false))
}

/// What is tried first. Rare features are kept where there are few texts.
fn first(texts: usize) -> TrainSettings {
    let (features, min_documents) = (FEATURE_SETS[0], if texts < 10_000 { 1 } else { 2 });
    TrainSettings {
        fit: FitSettings { c: PENALTIES[0], dropout: DROPOUTS[0], gradient_tolerance: 1e-5, max_iterations: 300 },
        vocabulary: VocabularySettings { features, min_documents, max_features: 1_000_000 },
        weighting: Weighting::Telling,
        meaning: MEANINGS[0],
        temperature: None,
    }
}

/// Fits to the same features of the same texts under several settings.
struct Trial<'a> {
    settings: TrainSettings,
    designs: Vec<Design>,
    outside: Vec<&'a [&'a Example]>,
    /// Where the last fit of each split ended.
    ended: Vec<Option<Weights>>,
}

impl<'a> Trial<'a> {
    fn new(language: &Language, splits: &'a [Split<'a>], settings: &TrainSettings) -> Self {
        let designs: Vec<Design> = splits.iter().map(|(inside, _)| Design::new(language, inside, settings)).collect();
        let outside = splits.iter().map(|(_, outside)| outside.as_slice()).collect();
        Self { settings: *settings, ended: vec![None; designs.len()], designs, outside }
    }

    fn run(&mut self, fits: &[FitSettings], done: &impl Fn()) -> Result<Vec<Tried>, ModelError> {
        fits.iter()
            .map(|fit| {
                let mut held_out: HeldOut = Vec::new();
                for ((design, outside), ended) in self.designs.iter().zip(&self.outside).zip(&mut self.ended) {
                    let roughly = FitSettings { gradient_tolerance: 1e-4, max_iterations: 100, ..*fit };
                    let classes = design.labels.len();
                    let (weights, _) = fit_from(ended.as_ref(), &design.rows, &design.classes, classes, &roughly)?;
                    held_out.extend(outside.iter().filter_map(|example| {
                        let truth = design.labels.binary_search(&example.label).ok()?;
                        Some((design.scores(&example.text, &weights), truth))
                    }));
                    *ended = Some(weights);
                    done();
                }
                let temperature = metrics::best_temperature(&held_out);
                Ok(Tried {
                    settings: TrainSettings { fit: *fit, temperature: Some(temperature), ..self.settings },
                    log_loss: metrics::log_loss_at(&held_out, temperature),
                    accuracy: metrics::accuracy(&held_out),
                })
            })
            .collect()
    }
}
