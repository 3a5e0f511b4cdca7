//! The lines between answering, asking back and admitting, with their effect on what was really asked.
//!
//! A choice is tried on the questions of the last day: each is put to what is live twice, with the lines in force and with
//! those to be, so the admin sees how many would be answered, asked back and not known before anything is saved.

use super::facts::ON_DEMAND;
use super::try_out::{Said, ask};
use super::{Keeper, Problem, Refused};
use crate::clock::Timestamp;
use crate::dialogue::Assistant;
use crate::dialogue::policy::Thresholds;
use crate::service::apart::apart;
use crate::service::publish::THRESHOLDS;
use crate::store::audit::Deed;
use crate::store::{setting, turn_fact};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Different questions that are replayed, the most frequent ones, at most.
const QUESTIONS: i64 = 1_000;

/// Questions that are listed, at most.
const LISTED: usize = 50;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// What became of questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Outcomes {
    /// Answered: from the FAQ, with products, by a task.
    pub answered: i64,
    /// Asked back: which is meant, or for more words.
    pub asked_back: i64,
    /// Not known.
    pub unsure: i64,
    /// Greeted, thanked, handed over.
    pub other: i64,
}

/// A question that would be treated differently.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Moved {
    /// The question, masked.
    pub question: String,
    /// How often it was asked.
    pub count: i64,
    /// What is said with the lines in force.
    pub before: Said,
    /// What would be.
    pub after: Said,
}

/// The effect of other lines.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct LinesEffect {
    /// Questions of the last day that were replayed.
    pub questions: i64,
    /// Different ones among them.
    pub different: i64,
    /// With the lines in force.
    pub before: Outcomes,
    /// With those to be.
    pub after: Outcomes,
    /// Questions that would be treated differently, the most frequent first, at most 50.
    pub moved: Vec<Moved>,
    /// How many there are.
    pub moved_total: i64,
}

impl Outcomes {
    fn count(&mut self, said: &Said, times: i64) {
        *match said.act.as_str() {
            "clarify" | "ask_for_more" | "ask_for_gift" | "ask_for_wish" | "compare_with" => &mut self.asked_back,
            "unsure" | "comfort" => &mut self.unsure,
            "small_talk" | "hand_over" | "silent" => &mut self.other,
            _ => &mut self.answered,
        } += times;
    }
}

impl Keeper {
    /// The lines in force.
    pub fn thresholds(&self) -> Thresholds {
        self.publisher.thresholds()
    }

    /// Puts other lines in force; the next message is treated by them.
    ///
    /// # Errors
    /// [`Refused::Invalid`] with every line that makes no sense.
    pub async fn put_thresholds(&self, by: &str, lines: Thresholds) -> Result<(), Refused> {
        check(&lines)?;
        let (before, after) = (serde_json::to_value(self.thresholds())?, serde_json::to_value(lines)?);
        let _turn = self.publisher.turn().await;
        let now = self.clock.now();
        let deed = Deed::new(by, "thresholds_put", THRESHOLDS, now).from_to(Some(before), Some(after.clone()));
        setting::put(&self.db, THRESHOLDS, &after, Some(&deed), now).await?;
        self.publisher.draw_lines(lines, now);
        self.forget_build().await;
        Ok(())
    }

    /// What other lines would make of the questions of the last 24 hours.
    ///
    /// # Errors
    /// [`Refused::Invalid`] with every line that makes no sense.
    pub async fn try_thresholds(&self, lines: Thresholds) -> Result<LinesEffect, Refused> {
        check(&lines)?;
        self.follow_turns(ON_DEMAND).await?;
        let since = Timestamp(self.clock.now().0 - DAY);
        let asked = turn_fact::questions(&self.db, since, QUESTIONS).await?;
        let live = self.publisher.published().assistant();
        apart(move || effect(&live, lines, asked)).await?
    }
}

fn check(lines: &Thresholds) -> Result<(), Refused> {
    Refused::unless_fine(lines.mistakes().into_iter().map(|(name, reason)| Problem::field(name, reason)).collect())
}

fn effect(live: &Arc<Assistant>, lines: Thresholds, asked: Vec<(String, i64)>) -> Result<LinesEffect, Refused> {
    let other = live.with_thresholds(lines);
    let mut effect = LinesEffect { different: asked.len() as i64, ..LinesEffect::default() };
    for (question, count) in asked {
        let (before, after) = (ask(live, &question)?, ask(&other, &question)?);
        effect.questions += count;
        effect.before.count(&before, count);
        effect.after.count(&after, count);
        if before.act != after.act || before.entry != after.entry {
            effect.moved_total += 1;
            if effect.moved.len() < LISTED {
                effect.moved.push(Moved { question, count, before, after });
            }
        }
    }
    Ok(effect)
}
