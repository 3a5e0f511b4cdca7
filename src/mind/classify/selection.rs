//! Choice of settings on training data alone.
//!
//! One setting is chosen after the other, the most telling first: features, the share of the meaning, dropout, penalty.
//! Each candidate is judged by its log-loss, after calibration, on texts that it was not fitted to: those of a file of
//! their own, or each part of the training texts in turn. Of many texts a part is enough to tell, and one split of it.
//! Fits to the same features start where the one before ended, and candidates are only fitted roughly; the chosen one is
//! then calibrated by fits as exact as the last one will be, on all texts.

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

/// Gradient at which the fit of a candidate ends: close enough to tell which is better.
const ROUGH: f64 = 1e-4;

/// Gradient at which the fit of the chosen settings ends.
const EXACT: f64 = 3e-6;

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

/// What [`choose`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// All candidates in the order they were tried, roughly fitted.
    pub tried: Vec<Tried>,
    /// The one with the least log-loss, exactly fitted.
    pub chosen: Tried,
}

/// How often `done` is called by [`choose`].
pub fn steps(language: &Language, texts: usize, with_dev: bool) -> usize {
    let meanings = if language.vectors().is_some() { MEANINGS.len() - 1 } else { 0 };
    let fits = FEATURE_SETS.len() + meanings + DROPOUTS.len() - 1 + PENALTIES.len() - 1;
    (fits + 1) * if with_dev || texts >= MANY { 1 } else { FOLDS }
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
) -> Result<Choice, ModelError> {
    let looked_at: Vec<&Example> = train.iter().step_by(train.len().div_ceil(ENOUGH).max(1)).collect();
    let splits = splits(&looked_at, dev);
    let mut settings = first(train.len());
    let mut tried = Vec::new();
    let alone = |settings: &TrainSettings| Trial::new(language, &splits, settings, ROUGH).run(&[settings.fit], &done);
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
    let mut trial = Trial::new(language, &splits, &settings, ROUGH);
    let others = DROPOUTS[1..].iter().map(|dropout| FitSettings { dropout: *dropout, ..settings.fit });
    tried.extend(trial.run(&others.collect::<Vec<_>>(), &done)?);
    let chosen = best(&tried).settings.fit;
    let others = PENALTIES[1..].iter().map(|c| FitSettings { c: *c, ..chosen });
    tried.extend(trial.run(&others.collect::<Vec<_>>(), &done)?);
    let chosen = best(&tried).settings;
    let splits = self::splits(&train.iter().collect::<Vec<_>>(), dev);
    let exact = Trial::new(language, &splits, &chosen, EXACT).run(&[chosen.fit], &done)?;
    Ok(Choice { chosen: *best(&exact), tried })
}

/// The candidate with the least log-loss; of equals the first.
fn best(tried: &[Tried]) -> &Tried {
    tried.iter().min_by(|a, b| a.log_loss.total_cmp(&b.log_loss)).expect("something was tried")
}

/// Texts to fit to and texts to judge on.
type Split<'a> = (Vec<&'a Example>, Vec<&'a Example>);

fn splits<'a>(train: &[&'a Example], dev: Option<&'a [Example]>) -> Vec<Split<'a>> {
    match dev {
        Some(dev) => vec![(train.to_vec(), dev.iter().collect())],
        None if train.len() >= MANY => vec![split(train, 0)],
        None => (0..FOLDS).map(|fold| split(train, fold)).collect(),
    }
}

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
        fit: FitSettings { c: PENALTIES[0], dropout: DROPOUTS[0], gradient_tolerance: EXACT, max_iterations: 300 },
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
    /// Where the fits end.
    gradient_tolerance: f64,
}

impl<'a> Trial<'a> {
    fn new(language: &Language, splits: &'a [Split<'a>], settings: &TrainSettings, tolerance: f64) -> Self {
        let designs: Vec<Design> = splits.iter().map(|(inside, _)| Design::new(language, inside, settings)).collect();
        let outside = splits.iter().map(|(_, outside)| outside.as_slice()).collect();
        let ended = vec![None; designs.len()];
        Self { settings: *settings, ended, designs, outside, gradient_tolerance: tolerance }
    }

    fn run(&mut self, fits: &[FitSettings], done: &impl Fn()) -> Result<Vec<Tried>, ModelError> {
        fits.iter()
            .map(|fit| {
                let mut held_out: HeldOut = Vec::new();
                for ((design, outside), ended) in self.designs.iter().zip(&self.outside).zip(&mut self.ended) {
                    let roughly = FitSettings { gradient_tolerance: self.gradient_tolerance, ..*fit };
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
