//! How the shop presents itself: its name, the greeting, the questions that are offered first. A change is in force at
//! once and is a version of its own, like one of the catalogue.

use super::draft_build::Overlay;
use super::publishing::Release;
use super::try_out::ask;
use super::{Keeper, Problem, Refused};
use crate::clock::Timestamp;
use crate::model::knowledge::Shop;
use crate::model::publication::{Change, Part, Source};
use crate::service::apart::apart;
use crate::store::{figures, knowledge};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Instant;
use utoipa::ToSchema;

/// Questions that are offered first, at most.
const HOT_QUESTIONS: usize = 20;

/// Longest texts, in characters.
const NAME: usize = 40;
const GREETING: usize = 500;
const QUESTION: usize = 100;

/// Days whose questions are proposed.
const DAYS: i64 = 7;

/// What a shopper sees before anything was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Presentation {
    /// Name of the shop.
    pub name: String,
    /// One line under the name.
    pub slogan: String,
    /// Telephone for those who want to speak.
    pub phone: String,
    /// When people answer, as text.
    pub human_hours: String,
    /// The first message in an empty conversation.
    pub greeting: String,
    /// Questions offered before anything was said, at most 20, in their order.
    pub hot_questions: Vec<String>,
}

/// A question that is offered, with what answers it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Offered {
    /// The question.
    pub question: String,
    /// What the assistant does about it now: the name of the act.
    pub act: String,
    /// The entry that answers it now; none where it is not answered from the FAQ.
    pub entry: Option<String>,
    /// That entry's standard question.
    pub answered_as: Option<String>,
}

impl Presentation {
    fn of(shop: &Shop) -> Self {
        Self {
            name: shop.name.clone(),
            slogan: shop.slogan.clone(),
            phone: shop.phone.clone(),
            human_hours: shop.human_hours.clone(),
            greeting: shop.greeting.clone(),
            hot_questions: shop.hot_questions.clone(),
        }
    }

    fn on(self, shop: &Shop) -> Shop {
        let Self { name, slogan, phone, human_hours, greeting, hot_questions } = self;
        Shop { name, slogan, phone, human_hours, greeting, hot_questions, ..shop.clone() }
    }

    /// The same without blanks around its texts.
    fn trimmed(self) -> Self {
        let trim = |text: String| text.trim().to_owned();
        Self {
            name: trim(self.name),
            slogan: trim(self.slogan),
            phone: trim(self.phone),
            human_hours: trim(self.human_hours),
            greeting: trim(self.greeting),
            hot_questions: self.hot_questions.into_iter().map(trim).collect(),
        }
    }

    fn mistakes(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (field, text, least, most) in [
            ("name", &self.name, 1, NAME),
            ("slogan", &self.slogan, 0, QUESTION),
            ("phone", &self.phone, 0, NAME),
            ("human_hours", &self.human_hours, 0, QUESTION),
            ("greeting", &self.greeting, 1, GREETING),
        ] {
            if !(least..=most).contains(&text.chars().count()) {
                problems.push(Problem::field(field, format!("要有 {least} 到 {most} 个字")));
            }
        }
        if self.hot_questions.len() > HOT_QUESTIONS {
            problems.push(Problem::field("hot_questions", format!("最多 {HOT_QUESTIONS} 个热门问题")));
        }
        let mut seen = HashSet::new();
        for question in &self.hot_questions {
            if !(1..=QUESTION).contains(&question.chars().count()) {
                problems.push(Problem::field("hot_questions", format!("每个问题要有 1 到 {QUESTION} 个字")));
            } else if !seen.insert(question) {
                problems.push(Problem::field("hot_questions", format!("“{question}”写了两遍")));
            }
        }
        problems
    }
}

impl Keeper {
    /// How the shop presents itself, and what answers the questions that it offers.
    ///
    /// # Errors
    /// [`Refused`] where the index fails.
    pub async fn presentation(&self) -> Result<(Presentation, Vec<Offered>), Refused> {
        let assistant = self.publisher.published().assistant();
        let presentation = Presentation::of(&assistant.knowledge.content.shop);
        let questions = presentation.hot_questions.clone();
        let offered = apart(move || {
            let answered = |question: String| {
                let said = ask(&assistant, &question)?;
                Ok(Offered { question, act: said.act, entry: said.entry, answered_as: said.question })
            };
            questions.into_iter().map(answered).collect::<Result<Vec<_>, Refused>>()
        })
        .await??;
        Ok((presentation, offered))
    }

    /// Standard questions that were answered most often in the last seven days and are not offered yet.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn hot_proposals(&self) -> Result<Vec<String>, Refused> {
        let assistant = self.publisher.published().assistant();
        let now = self.clock.now();
        let since = Timestamp(now.0 - DAYS * 86_400_000);
        let counts = figures::shown(&self.db, since, now).await?;
        let offered: HashSet<&str> =
            assistant.knowledge.content.shop.hot_questions.iter().map(String::as_str).collect();
        let questions = counts.iter().filter_map(|(id, _)| assistant.knowledge.entry(id));
        let questions = questions.map(|entry| entry.question.clone()).filter(|text| !offered.contains(text.as_str()));
        Ok(questions.take(HOT_QUESTIONS).collect())
    }

    /// Puts another presentation in force, as a version of its own.
    ///
    /// # Errors
    /// [`Refused::Invalid`] with everything that is wrong.
    pub async fn present(&self, by: &str, presentation: Presentation) -> Result<(), Refused> {
        let begun = Instant::now();
        let presentation = presentation.trimmed();
        Refused::unless_fine(presentation.mistakes())?;
        let _turn = self.publisher.turn().await;
        let stored = knowledge::newest(&self.db).await?.ok_or_else(|| Refused::NotFound("知识库".to_owned()))?;
        let after = presentation.on(&stored.knowledge.shop);
        let Some(change) = Change::document(Part::Shop, &stored.knowledge.shop, &after)? else { return Ok(()) };
        let new = Release {
            source: Source::Console,
            by,
            note: "店铺信息与欢迎语",
            rolled_back_to: None,
            taken: Vec::new(),
            words: Vec::new(),
            built: self.publisher.with_shop(stored.version, after),
        };
        self.release(&Overlay { stored, changes: vec![change], mark: String::new() }, new, begun).await?;
        Ok(())
    }
}
