//! Words: synonyms, the user dictionary, stop words.

use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Body};
use crate::clock::Timestamp;
use crate::model::knowledge::DictionaryWord;
use crate::service::knowledge::{WordChange, WordPreview, WorkingWords};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file: whole dictionaries go in and out.
pub(super) fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(words, save)).routes(routes!(preview)).routes(routes!(discard))
}

/// A word that stays whole.
#[derive(Serialize, Deserialize, ToSchema)]
struct DictionaryEntry {
    word: String,
    /// In jieba's scale; higher wins over its parts.
    frequency: Option<usize>,
    /// In jieba's tag set.
    tag: Option<String>,
}

impl From<DictionaryWord> for DictionaryEntry {
    fn from(word: DictionaryWord) -> Self {
        Self { word: word.word, frequency: word.frequency, tag: word.tag }
    }
}

/// Which documents differ from what is live.
#[derive(Serialize, ToSchema)]
struct WordsChanged {
    synonyms: bool,
    dictionary: bool,
    stop_words: bool,
}

/// The words that are worked on.
#[derive(Serialize, ToSchema)]
struct WordsView {
    /// Of the drafts; 0 where there are none.
    revision: i64,
    /// Groups with one meaning; the first word is the canonical one.
    synonyms: Vec<Vec<String>>,
    dictionary: Vec<DictionaryEntry>,
    stop_words: Vec<String>,
    changed: WordsChanged,
    #[schema(value_type = Option<i64>)]
    updated_at: Option<Timestamp>,
    updated_by: Option<String>,
}

impl From<WorkingWords> for WordsView {
    fn from(working: WorkingWords) -> Self {
        let is_changed = |name: &str| working.changed.iter().any(|changed| changed == name);
        Self {
            changed: WordsChanged {
                synonyms: is_changed("synonyms"),
                dictionary: is_changed("dictionary"),
                stop_words: is_changed("stop_words"),
            },
            revision: working.revision,
            synonyms: working.words.synonyms,
            dictionary: working.words.dictionary.into_iter().map(DictionaryEntry::from).collect(),
            stop_words: working.words.stop_words,
            updated_at: working.updated_at,
            updated_by: working.updated_by,
        }
    }
}

/// Other words; what is left out stays.
#[derive(Deserialize, ToSchema)]
struct WordsForm {
    /// The revision that was edited; not looked at by a preview.
    #[serde(default)]
    revision: i64,
    synonyms: Option<Vec<Vec<String>>>,
    dictionary: Option<Vec<DictionaryEntry>>,
    stop_words: Option<Vec<String>>,
}

impl WordsForm {
    fn change(self) -> WordChange {
        let word = |entry: DictionaryEntry| DictionaryWord {
            word: entry.word.trim().to_owned(),
            frequency: entry.frequency,
            tag: entry.tag.map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()),
        };
        let trimmed = |words: Vec<String>| words.into_iter().map(|word| word.trim().to_owned()).collect();
        WordChange {
            synonyms: self.synonyms,
            dictionary: self.dictionary.map(|words| words.into_iter().map(word).collect()),
            stop_words: self.stop_words.map(trimmed),
        }
    }
}

/// The words that are worked on: what is live with the drafts over it.
#[utoipa::path(get, path = "/api/admin/words", tag = "words", responses((status = 200, body = WordsView), Refusals))]
async fn words(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<WordsView>> {
    Ok(Json(state.keeper.words().await?.into()))
}

/// What other words would do to what is live.
#[utoipa::path(post, path = "/api/admin/words/preview", tag = "words", request_body = WordsForm, responses((status = 200, body = WordPreview), Refusals))]
async fn preview(State(state): State<ApiState>, _: Admin, Body(form): Body<WordsForm>) -> ApiResult<Json<WordPreview>> {
    Ok(Json(state.keeper.preview_words(form.change()).await?))
}

/// Saves other words as a draft; the next publish takes it along.
#[utoipa::path(put, path = "/api/admin/words", tag = "words", request_body = WordsForm, responses((status = 200, body = WordsView), Refusals))]
async fn save(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<WordsForm>,
) -> ApiResult<Json<WordsView>> {
    let revision = form.revision;
    Ok(Json(state.keeper.save_words(&staff.name, revision, form.change()).await?.into()))
}

/// Forgets the drafts of words.
#[utoipa::path(post, path = "/api/admin/words/discard", tag = "words", responses((status = 204), Refusals))]
async fn discard(State(state): State<ApiState>, Admin(staff): Admin) -> ApiResult<StatusCode> {
    state.keeper.discard_words(&staff.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
