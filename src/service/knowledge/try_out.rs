//! Trying a question: the same way as live, with everything that was thought on it.

use super::{Keeper, Refused};
use crate::dialogue::policy::Act;
use crate::dialogue::state::State;
use crate::dialogue::{Assistant, Context, Turn};
use crate::model::chat::PageContext;
use crate::model::desk::Segment;
use crate::service::Failure;
use crate::service::apart::apart;
use crate::text::Text;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Longest question and earlier messages that are tried.
const LONGEST: usize = 1_000;
const HISTORY: usize = 20;

/// Entries that are shown.
const SHOWN: usize = 10;

/// Characters of an answer that a list shows.
const EXCERPT: usize = 200;

/// Which knowledge is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// What shoppers are answered with.
    #[default]
    Live,
    /// What they would be, if all drafts were published.
    Draft,
}

impl Against {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Draft => "draft",
        }
    }
}

/// What is tried.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// What is asked.
    pub text: String,
    /// Of which knowledge.
    pub against: Against,
    /// The product on the shopper's page.
    pub sku: Option<String>,
    /// The shopper's segments.
    pub segments: Vec<Segment>,
    /// What was said before.
    pub history: Vec<String>,
}

/// An entry that came into question.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Candidate {
    /// Its id.
    pub id: String,
    /// Its standard question.
    pub question: String,
    /// Its category.
    pub category: String,
    /// The ranker's probability for it alone.
    pub probability: f64,
    /// What moved it: feature and contribution to the log-odds, the strongest first.
    pub because: Vec<(String, f64)>,
}

/// A word with the one that it is folded to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Folded {
    /// The word.
    pub word: String,
    /// The canonical one.
    pub canonical: String,
}

/// Everything that was thought.
pub struct Tried {
    /// Who answered.
    pub assistant: Arc<Assistant>,
    /// The turn with its trace.
    pub turn: Turn,
    /// Words, as the index reads them.
    pub tokens: Vec<String>,
    /// Words that were folded.
    pub synonyms: Vec<Folded>,
    /// Words that were left out.
    pub stop_words: Vec<String>,
    /// Entries, best first.
    pub candidates: Vec<Candidate>,
    /// The variant that answered: its place.
    pub variant: Option<usize>,
}

/// What was said, in short.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Said {
    /// Name of the act.
    pub act: String,
    /// The entry that answered.
    pub entry: Option<String>,
    /// Its standard question.
    pub question: Option<String>,
    /// That the first entry answers.
    pub confidence: f64,
    /// The beginning of the answer.
    pub text: String,
}

impl Keeper {
    /// The assistant that is asked.
    ///
    /// # Errors
    /// [`Refused`] where that of the drafts cannot be built.
    pub(super) async fn assistant(&self, against: Against) -> Result<Arc<Assistant>, Refused> {
        match against {
            Against::Live => Ok(self.publisher.published().assistant()),
            Against::Draft => Ok(self.draft_assistant().await?.assistant),
        }
    }

    /// Tries a question.
    ///
    /// # Errors
    /// [`Refused`] where it is too long or something fails inside.
    pub async fn attempt(&self, attempt: Attempt) -> Result<Tried, Refused> {
        let is_long = |text: &String| text.chars().count() > LONGEST;
        if is_long(&attempt.text) || attempt.history.iter().any(is_long) || attempt.history.len() > HISTORY {
            return Err(Refused::Bad(format!("最多 {LONGEST} 个字，之前的话最多 {HISTORY} 句")));
        }
        let assistant = self.assistant(attempt.against).await?;
        Ok(apart(move || of(assistant, &attempt)).await?.map_err(Failure::from)?)
    }
}

fn of(assistant: Arc<Assistant>, attempt: &Attempt) -> Result<Tried, crate::search::faq::SearchError> {
    let page = attempt.sku.clone().map(|sku| PageContext { sku: Some(sku), ..PageContext::default() });
    let about = Context { page, segments: attempt.segments.clone(), ..Context::default() };
    let mut state = State::default();
    for said in &attempt.history {
        state = assistant.turn(&state, said, &about)?.state;
    }
    let turn = assistant.turn(&state, &attempt.text, &about)?;
    let text = assistant.models.language.read(&attempt.text);
    let candidates = candidates(&assistant, &text)?;
    let variant = answering(&turn.trace.decision.act)
        .and_then(|entry| assistant.knowledge.entry(entry)?.variant_for(&about.listener(&assistant.knowledge)));
    let analyser = assistant.knowledge.faq.analyser();
    let words: Vec<String> = text.words().map(str::to_owned).collect();
    let synonyms = words.iter().filter_map(|word| {
        analyser.canonical(word).map(|canonical| Folded { word: word.clone(), canonical: canonical.to_owned() })
    });
    let (synonyms, stop_words) =
        (synonyms.collect(), words.iter().filter(|word| analyser.is_stop_word(word)).cloned().collect());
    Ok(Tried { turn, tokens: words, synonyms, stop_words, candidates, variant, assistant })
}

fn candidates(assistant: &Assistant, text: &Text) -> Result<Vec<Candidate>, crate::search::faq::SearchError> {
    let faq = &assistant.knowledge.faq;
    let found = faq.ask(text)?;
    Ok((found.ranked.iter().take(SHOWN))
        .filter_map(|ranked| {
            let entry = assistant.knowledge.entry(&ranked.id)?;
            let mut because: Vec<(String, f64)> =
                faq.explain(ranked).into_iter().map(|(feature, part)| (feature.to_owned(), part)).collect();
            because.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
            Some(Candidate {
                id: entry.id.clone(),
                question: entry.question.clone(),
                category: entry.category.clone(),
                probability: ranked.probability,
                because,
            })
        })
        .collect())
}

/// The entry that an act answers with; the first of several.
pub(super) fn answering(act: &Act) -> Option<&str> {
    match act {
        Act::Answer { entry, .. } => Some(entry),
        Act::AnswerSeveral { answers, .. } => answers.first().map(|answered| answered.entry.as_str()),
        Act::Suggest { also, .. } => also.first().map(|answered| answered.entry.as_str()),
        _ => None,
    }
}

/// Name of an act, as in traces.
pub(super) fn name_of(act: &Act) -> String {
    let value = serde_json::to_value(act).unwrap_or_default();
    value["act"].as_str().unwrap_or_default().to_owned()
}

/// What the assistant says to a question that nothing was said before.
///
/// # Errors
/// Those of the index.
pub(super) fn ask(assistant: &Assistant, question: &str) -> Result<Said, Refused> {
    let turn = assistant.turn(&State::default(), question, &Context::default()).map_err(Failure::from)?;
    let act = &turn.trace.decision.act;
    let entry = answering(act);
    let text = turn.reply.map(|body| body.text).unwrap_or_default();
    Ok(Said {
        act: name_of(act),
        question: entry.map(|entry| assistant.knowledge.question(entry).to_owned()),
        entry: entry.map(str::to_owned),
        confidence: turn.trace.decision.confidence,
        text: text.chars().take(EXCERPT).collect(),
    })
}
