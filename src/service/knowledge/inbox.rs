//! The learning inbox: questions that were not known, answers that did not help, corrections of agents. They are gathered
//! into clusters, and each cluster can be adopted: as similar phrasings, as a new entry, as out of scope. What that would
//! change is shown before.

use super::try_out::{Said, ask};
use super::{Keeper, Problem, Refused, Warning, content};
use crate::clock::Timestamp;
use crate::dialogue::Assistant;
use crate::model::knowledge::{FaqEntry, Lane};
use crate::model::publication::Change;
use crate::service::apart::apart;
use crate::service::learning::{Learning, LearningRefused, NewCorrection, Outcome};
use crate::store::audit::Deed;
use crate::store::faq::draft::{self, Effect};
use crate::store::inbox::{self, Cluster, Member, Settlement};
use crate::store::{faq, saved_test, turn_fact};
use crate::text::normalize::essence;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a settled cluster takes in what is asked alike: until then the adoption may not have been published.
pub(super) const SETTLES_FOR: i64 = 7 * 86_400_000;

/// Members that a preview asks, phrasings that are adopted at once, and other questions that are looked after.
const ASKED: usize = 50;
const ADOPTED: usize = 200;
const LOOKED_AFTER: i64 = 300;

/// What to make of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Adoption {
    /// Phrasings for an entry.
    Similar {
        /// The entry.
        entry: String,
        /// The phrasings.
        phrasings: Vec<String>,
    },
    /// A new entry.
    New {
        /// Its category.
        #[serde(default)]
        category: String,
        /// Its standard question.
        question: String,
        /// Its answer.
        answer: String,
        /// Similar phrasings.
        #[serde(default)]
        phrasings: Vec<String>,
    },
    /// Nothing of the shop's.
    OutOfScope {
        /// Examples for the intent model.
        phrasings: Vec<String>,
    },
    /// Nothing to learn from.
    Dismiss,
}

/// A question before and after.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Shift {
    /// The question.
    pub text: String,
    /// What is said.
    pub before: Said,
    /// What would be.
    pub after: Said,
    /// Whether it would be answered as intended.
    pub solved: bool,
}

/// What an adoption would do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct Preview {
    /// What would stop it.
    pub problems: Vec<Problem>,
    /// What would not.
    pub warnings: Vec<Warning>,
    /// The questions of the cluster.
    pub effects: Vec<Shift>,
    /// How many of them would be answered as intended.
    pub solved: usize,
    /// How many there are.
    pub total: usize,
    /// Other questions that would be answered by another entry.
    pub disturbed: Vec<Shift>,
}

/// What became of an adoption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Adopted {
    /// The entry that has a draft now.
    pub entry: Option<String>,
    /// `settled`.
    pub state: String,
    /// Of an out-of-scope adoption: `published`, `refused` or `pending`.
    pub learned: Option<String>,
}

impl Keeper {
    /// A cluster with its newest signals.
    ///
    /// # Errors
    /// [`Refused::NotFound`] where there is none.
    pub async fn cluster(&self, id: Uuid) -> Result<(Cluster, Vec<Member>), Refused> {
        let cluster = inbox::get(&self.db, id).await?.ok_or_else(|| Refused::NotFound("这组问题".to_owned()))?;
        Ok((cluster, inbox::members(&self.db, id, 200).await?))
    }

    /// What an adoption would do.
    ///
    /// # Errors
    /// [`Refused`] where there is no such cluster or something fails inside.
    pub async fn preview(&self, id: Uuid, adoption: &Adoption) -> Result<Preview, Refused> {
        let (_, members) = self.cluster(id).await?;
        let mut preview = Preview::default();
        let entry = match self.adopted_entry(adoption).await {
            Ok(entry) => entry,
            Err(Refused::Invalid(problems)) => return Ok(Preview { problems, ..preview }),
            Err(other) => return Err(other),
        };
        let Some(entry) = entry else { return Ok(preview) };
        let checked = self.check(entry.clone()).await?;
        (preview.problems, preview.warnings) = (checked.problems, checked.warnings);
        let live = self.publisher.published().assistant();
        let drafted = self.with_entry(&entry).await?;
        let mut seen = HashSet::new();
        let questions: Vec<String> = (members.into_iter())
            .filter(|member| seen.insert(essence(&member.question)))
            .map(|member| member.question)
            .take(ASKED)
            .collect();
        let since = Timestamp(self.clock.now().0 - SETTLES_FOR);
        let mut others: Vec<String> = turn_fact::questions(&self.db, since, LOOKED_AFTER)
            .await?
            .into_iter()
            .map(|(question, _)| question)
            .collect();
        let tests = saved_test::list(&self.db, "", LOOKED_AFTER, 0).await?.0;
        others.extend(tests.into_iter().map(|test| test.question));
        others.retain(|question| !seen.contains(&essence(question)));
        let id = entry.id;
        let (effects, others) = apart(move || {
            let effects = shifts(&live, &drafted, questions, &id)?;
            let others = shifts(&live, &drafted, others, &id)?;
            Ok::<_, Refused>((effects, others))
        })
        .await??;
        preview.solved = effects.iter().filter(|shift| shift.solved).count();
        preview.total = effects.len();
        preview.effects = effects;
        preview.disturbed = others.into_iter().filter(|shift| shift.before.entry != shift.after.entry).collect();
        Ok(preview)
    }

    /// Adopts a cluster: as a draft, or as examples of what is out of scope.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed then.
    pub async fn adopt(
        &self,
        by: &str,
        id: Uuid,
        adoption: &Adoption,
        learning: &Learning,
    ) -> Result<Adopted, Refused> {
        let (cluster, _) = self.cluster(id).await?;
        if cluster.state != "open" {
            return Err(Refused::Conflict("这组问题已经处理过了".to_owned()));
        }
        let mut adopted = Adopted { entry: None, state: "settled".to_owned(), learned: None };
        if let Some(entry) = self.adopted_entry(adoption).await? {
            let revision = draft::get(&self.db, &entry.id).await?.map_or(0, |draft| draft.revision);
            adopted.entry = Some(entry.id.clone());
            self.save(by, revision, entry).await?;
        }
        if let Adoption::OutOfScope { phrasings } = adoption {
            adopted.learned = Some(self.teach_out_of_scope(by, phrasings, learning).await?);
        }
        let (how, at) = (adoption.name(), self.clock.now());
        let subject = id.to_string();
        let deed = Deed::new(by, "inbox_settled", &subject, at).from_to(
            Some(serde_json::json!({ "question": cluster.question, "state": cluster.state })),
            Some(serde_json::to_value(adoption)?),
        );
        let settlement = Settlement { how, entry: adopted.entry.as_deref(), by, at };
        if inbox::settle(&self.db, id, &settlement, &deed).await? { Ok(adopted) } else { Err(Refused::Stale) }
    }

    /// Opens a settled cluster again; what was adopted stays.
    ///
    /// # Errors
    /// [`Refused`] where it is not settled.
    pub async fn reopen(&self, by: &str, id: Uuid) -> Result<(), Refused> {
        let (cluster, _) = self.cluster(id).await?;
        let subject = id.to_string();
        let before = serde_json::json!({ "question": cluster.question, "settled_as": cluster.settled_as });
        let deed = Deed::new(by, "inbox_reopened", &subject, self.clock.now()).from_to(Some(before), None);
        if inbox::reopen(&self.db, id, &deed).await? {
            Ok(())
        } else {
            Err(Refused::Conflict("这组问题还没有处理".to_owned()))
        }
    }

    /// The entry as the adoption makes it; none where it makes none.
    async fn adopted_entry(&self, adoption: &Adoption) -> Result<Option<FaqEntry>, Refused> {
        let entry = match adoption {
            Adoption::OutOfScope { .. } | Adoption::Dismiss => return Ok(None),
            Adoption::Similar { entry, phrasings } => {
                self.no_more_than(phrasings)?;
                let (draft, live) = (draft::get(&self.db, entry).await?, faq::live(&self.db, entry).await?);
                if draft.as_ref().is_some_and(|draft| draft.effect == Effect::Removed) {
                    return Err(Refused::Conflict("这条问答已经标记为删除".to_owned()));
                }
                let current = draft.map(|draft| draft.entry).or(live);
                let current = current.ok_or_else(|| Refused::NotFound(format!("编号为 {entry} 的问答")))?;
                let known: HashSet<String> = current.phrasings().map(essence).collect();
                let new = phrasings.iter().filter(|phrasing| !known.contains(&essence(phrasing)));
                let similar = current.similar.iter().chain(new).cloned().collect();
                FaqEntry { similar, ..current }
            }
            Adoption::New { category, question, answer, phrasings } => {
                self.no_more_than(phrasings)?;
                let own = essence(question);
                FaqEntry {
                    id: super::entries::new_id(),
                    category: if category.trim().is_empty() { content::NO_CATEGORY } else { category }.to_owned(),
                    question: question.clone(),
                    similar: phrasings.iter().filter(|phrasing| essence(phrasing) != own).cloned().collect(),
                    answer: answer.clone(),
                    ..FaqEntry::default()
                }
            }
        };
        let entry = content::tidy(entry);
        let mut problems = content::problems(&entry);
        problems.extend(self.contradictions(&entry).await?);
        Refused::unless_fine(problems)?;
        Ok(Some(entry))
    }

    fn no_more_than(&self, phrasings: &[String]) -> Result<(), Refused> {
        if phrasings.len() > ADOPTED {
            Err(Refused::Bad(format!("一次最多采纳 {ADOPTED} 个问法")))
        } else {
            Ok(())
        }
    }

    /// The assistant with all drafts and this entry.
    async fn with_entry(&self, entry: &FaqEntry) -> Result<Arc<Assistant>, Refused> {
        let mut drafts = draft::all(&self.db).await?;
        drafts.retain(|draft| draft.entry.id != entry.id);
        let mut overlay = self.overlay(&drafts, true).await?;
        let live = overlay.stored.knowledge.faq.iter().find(|known| known.id == entry.id);
        let change = Change::entry(live, Some(entry))?;
        overlay.changes.extend(change);
        Ok(self.publisher.prepare(overlay.next()?, false).await?.assistant)
    }

    /// Makes phrasings examples of the intent for what is out of scope; returns what came of it.
    async fn teach_out_of_scope(&self, by: &str, phrasings: &[String], learning: &Learning) -> Result<String, Refused> {
        self.no_more_than(phrasings)?;
        let assistant = self.publisher.published().assistant();
        let intents = &assistant.knowledge.content.intents;
        let intent = intents.iter().find(|intent| intent.lane == Lane::OutOfScope);
        let intent = intent.ok_or_else(|| Refused::Conflict("知识库里没有“超范围”的意图".to_owned()))?;
        for said in phrasings {
            let new = NewCorrection { said, intent: &intent.name, place: None, actor: by };
            match learning.correct(&new).await {
                Ok(_) | Err(LearningRefused::KnownAlready(_)) => {}
                Err(LearningRefused::Failed(failure)) => return Err(failure.into()),
                Err(other) => return Err(Refused::Invalid(vec![Problem::field("phrasings", other.to_string())])),
            }
        }
        Ok(match learning.learn(by).await? {
            Outcome::Published { .. } => "published",
            Outcome::Refused { .. } => "refused",
            Outcome::NothingNew => "pending",
        }
        .to_owned())
    }
}

impl Adoption {
    fn name(&self) -> &'static str {
        match self {
            Self::Similar { .. } => "similar",
            Self::New { .. } => "new",
            Self::OutOfScope { .. } => "out_of_scope",
            Self::Dismiss => "dismiss",
        }
    }
}

fn shifts(live: &Assistant, drafted: &Assistant, questions: Vec<String>, entry: &str) -> Result<Vec<Shift>, Refused> {
    (questions.into_iter())
        .map(|text| {
            let (before, after) = (ask(live, &text)?, ask(drafted, &text)?);
            let solved = after.entry.as_deref() == Some(entry);
            Ok(Shift { text, before, after, solved })
        })
        .collect()
}
