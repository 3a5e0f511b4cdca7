//! One tap teaches: an agent marks an answer of the assistant as wrong and says what would have been right.
//!
//! The lesson lands in the admin's inbox. And the question becomes an example of the intent that the right entry belongs
//! to, as the classifier reads the entry's own question: tried in a shadow test like every correction.

use super::{Desk, DeskRefused};
use crate::classify::intent::Verdict;
use crate::dialogue::policy::Act;
use crate::dialogue::trace::Trace;
use crate::model::chat::Author;
use crate::model::customer::Staff;
use crate::model::id::ConversationId;
use crate::service::Failure;
use crate::service::learning::{LearningRefused, NewCorrection};
use crate::store::desk::lesson::{self, LessonRow};
use crate::store::{conversation, staff};
use crate::text::mask::mask;
use uuid::Uuid;

/// Lessons in the inbox, and entries that are offered.
const SHOWN: (usize, usize) = (200, 10);

/// Longest question and answer of a proposal, in characters.
const LONGEST: (usize, usize) = (100, 2_000);

/// What would have been right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// An entry.
    Entry(String),
    /// A new question with its answer.
    Proposal(String, String),
}

/// An FAQ entry to pick.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundEntry {
    /// Its id.
    pub id: String,
    /// Its question.
    pub question: String,
    /// Its answer.
    pub answer: String,
    /// The ranker's probability.
    pub probability: f64,
}

impl Desk {
    /// FAQ entries for a question, best first.
    ///
    /// # Errors
    /// [`DeskRefused`] where the index cannot be read.
    pub fn find_entries(&self, question: &str) -> Result<Vec<FoundEntry>, DeskRefused> {
        let assistant = self.chat.published.assistant();
        let knowledge = &assistant.knowledge;
        let found = knowledge.faq.ask(&assistant.models.language.read(question)).map_err(Failure::from)?;
        let entries = found.ranked.iter().take(SHOWN.1).filter_map(|ranked| {
            let entry = knowledge.entry(&ranked.id)?.clone();
            Some(FoundEntry {
                id: entry.id,
                question: entry.question,
                answer: entry.answer,
                probability: ranked.probability,
            })
        });
        Ok(entries.collect())
    }

    /// Marks an answer as wrong; returns the lesson's id, and the intent that the question became an example of.
    ///
    /// # Errors
    /// [`DeskRefused`]; nothing was kept then.
    pub async fn teach(
        &self,
        by: &Staff,
        at: ConversationId,
        sequence: i64,
        right: &Right,
    ) -> Result<(Uuid, Option<String>), DeskRefused> {
        self.may_see(by, at).await?;
        self.check_right(right)?;
        let trace = conversation::trace(&self.db, at, sequence).await?.ok_or(DeskRefused::NotFound)?;
        let answered = serde_json::from_value::<Trace>(trace).ok().and_then(|trace| match trace.decision.act {
            Act::Answer { entry, .. } => Some(entry),
            _ => None,
        });
        let before = conversation::messages_before(&self.db, at, sequence, 1).await?.pop();
        let asked = before.filter(|message| message.author == Author::Shopper).ok_or(DeskRefused::NotFound)?;
        let question = mask(&asked.body.text).into_owned();
        let (entry, proposal) = match right {
            Right::Entry(entry) => (Some(entry.clone()), None),
            Right::Proposal(question, answer) => (None, Some((question.clone(), answer.clone()))),
        };
        let (proposed_question, proposed_answer) = proposal.unzip();
        let lesson = LessonRow {
            id: Uuid::now_v7(),
            conversation_id: at.0,
            sequence,
            question,
            answered,
            entry: entry.clone(),
            proposed_question,
            proposed_answer,
            actor: by.name.clone(),
            state: "new".to_owned(),
            created_at: self.clock.now().0,
        };
        lesson::add(&self.db, &lesson).await?;
        let detail = serde_json::json!({ "conversation": at.0, "sequence": sequence, "entry": entry });
        staff::audit(&self.db, &by.name, "taught", &lesson.id.to_string(), &detail, self.clock.now()).await?;
        let example_of = match &entry {
            Some(entry) => self.learn(by, &asked.body.text, entry, (at, asked.sequence)).await?,
            None => None,
        };
        Ok((lesson.id, example_of))
    }

    fn check_right(&self, right: &Right) -> Result<(), DeskRefused> {
        match right {
            Right::Entry(id) => match self.chat.published.assistant().knowledge.entry(id) {
                Some(_) => Ok(()),
                None => Err(DeskRefused::Invalid(format!("没有编号为 {id} 的问答"))),
            },
            Right::Proposal(question, answer) => {
                let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
                let whole = fits(question, LONGEST.0) && fits(answer, LONGEST.1);
                let text = format!("新问答的问题要有 1 到 {} 个字，答案 1 到 {} 个字", LONGEST.0, LONGEST.1);
                if whole { Ok(()) } else { Err(DeskRefused::Invalid(text)) }
            }
        }
    }

    /// Keeps the question as an example of the intent of the right entry, where that is sure.
    async fn learn(
        &self,
        by: &Staff,
        said: &str,
        entry: &str,
        place: (ConversationId, i64),
    ) -> Result<Option<String>, DeskRefused> {
        let assistant = self.chat.published.assistant();
        let question = assistant.models.language.read(assistant.knowledge.question(entry));
        let read = assistant.models.intents.read(&question);
        let probability = |place: usize| read.ranked.get(place).map_or(0.0, |scored| scored.probability);
        if Verdict::of(probability(0), probability(1)) != Verdict::Sure {
            return Ok(None);
        }
        let intent = &read.ranked[0].label;
        let new = NewCorrection { said, intent, place: Some(place), actor: &by.name };
        match self.learning.correct(&new).await {
            Ok(_) => Ok(Some(intent.clone())),
            Err(LearningRefused::Failed(failure)) => Err(failure.into()),
            // Too long to be an example, or one already.
            Err(_) => Ok(None),
        }
    }

    /// The admin's inbox.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails.
    pub async fn inbox(&self) -> Result<Vec<LessonRow>, DeskRefused> {
        Ok(lesson::inbox(&self.db, SHOWN.0).await?)
    }

    /// Settles a lesson.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn settle(&self, by: &Staff, id: Uuid, state: &str) -> Result<(), DeskRefused> {
        if !["done", "dismissed"].contains(&state) {
            return Err(DeskRefused::Invalid("状态只能是 done 或 dismissed".to_owned()));
        }
        if !lesson::settle(&self.db, id, state).await? {
            return Err(DeskRefused::NotFound);
        }
        let detail = serde_json::json!({ "state": state });
        Ok(staff::audit(&self.db, &by.name, "lesson_settled", &id.to_string(), &detail, self.clock.now()).await?)
    }
}
