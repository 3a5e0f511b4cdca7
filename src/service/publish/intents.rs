//! The intent model of a knowledge: a function of its examples and of what was corrected since, and of nothing else. What
//! takes long to train is kept under the checksum of what it was trained from.

use super::INTENT_MODEL;
use crate::classify::intent::IntentModel;
use crate::clock::Clock;
use crate::model::knowledge::{Correction, Intent};
use crate::service::Failure;
use crate::service::trained::TrainedBefore;
use crate::store::correction::{self, CorrectionState};
use crate::store::{Db, trained_model};
use crate::text::Language;
use crate::text::word_vectors::WordVectors;
use sha2::{Digest, Sha256};

/// The intent model that was trained from these utterances and what was corrected since: the one of the database, or the
/// one that came along, or a new one; `keeps` says whether either of those is kept for the next start.
pub(super) async fn intent_model(
    db: &Db,
    clock: &Clock,
    language: &Language,
    intents: &[Intent],
    came_along: Option<&TrainedBefore>,
    keeps: bool,
) -> Result<IntentModel, Failure> {
    let corrections: Vec<Correction> = (correction::all(db, INTENT_MODEL).await?.iter())
        .filter(|one| one.state == CorrectionState::Learned)
        .map(correction::Correction::taught)
        .collect();
    let checksum = intents_checksum(language, intents, &corrections)?;
    let kept = match trained_model::get(db, INTENT_MODEL, &checksum).await? {
        Some(bytes) => Some(bytes),
        None => correction::bytes(db, INTENT_MODEL, &checksum).await?,
    };
    let is_new = kept.is_none();
    if let Some(bytes) = kept.or_else(|| came_along?.intents(&checksum)) {
        match IntentModel::from_bytes(&bytes, language) {
            Ok(model) => {
                if is_new && keeps {
                    trained_model::put(db, INTENT_MODEL, &checksum, &bytes, clock.now()).await?;
                }
                return Ok(model);
            }
            Err(error) => tracing::warn!(%error, "the kept intent model cannot be read, training it again"),
        }
    }
    tracing::info!(intents = intents.len(), "training the intent model");
    let examples = IntentModel::examples(language, intents, &corrections);
    let (model, report) =
        IntentModel::train_from(None, language, &examples).map_err(|error| Failure::Model(error.to_string()))?;
    tracing::info!(iterations = report.iterations, gradient = report.gradient_norm, "intent model trained");
    if keeps {
        trained_model::put(db, INTENT_MODEL, &checksum, &model.to_bytes(), clock.now()).await?;
    }
    Ok(model)
}

/// Names what an intent model is trained from: 64 hexadecimal digits.
///
/// # Errors
/// [`Failure`] where it cannot be written as JSON, which no knowledge causes.
pub fn intents_checksum(
    language: &Language,
    intents: &[Intent],
    corrections: &[Correction],
) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    hash.update(language.segmenter().checksum());
    hash.update(language.vectors().map_or("", WordVectors::checksum));
    hash.update(IntentModel::settings());
    hash.update(serde_json::to_vec(intents)?);
    if !corrections.is_empty() {
        hash.update(serde_json::to_vec(corrections)?);
    }
    Ok(hex::encode(hash.finalize()))
}
