//! The dashboards' figures, each with its definition and the period before.

mod definitions;
mod period;

pub use definitions::{Definition, definitions};
use period::DAY;
pub use period::Period;

use super::facts::ON_DEMAND;
use super::{Keeper, Refused};
use crate::classify::mood::Mood;
use crate::clock::Timestamp;
use crate::model::chat::HandoverReason;
use crate::store::figures::{self, CallRow, MoodStep, SuggestionStep, TurnStep, VerdictRow};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// An answer that nobody was given for so long is stale.
const STALE: i64 = 90 * DAY;

/// Figures of a period or of a step of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct Figures {
    /// Conversations in which the assistant answered.
    pub conversations: i64,
    /// Messages of everybody.
    pub messages: i64,
    /// Answers of the assistant.
    pub questions: i64,
    /// Those by an entry.
    pub answered: i64,
    /// Those that admitted not to know.
    pub unknown: i64,
    /// Conversations that the assistant settled alone, confirmed.
    pub bot_resolved: i64,
    /// Of all conversations.
    pub bot_resolved_rate: Option<f64>,
    /// Calls of a person.
    pub handed_over: i64,
    /// Of all conversations.
    pub handover_rate: Option<f64>,
    /// Mean stars.
    pub rating: Option<f64>,
    /// With stars.
    pub rated: i64,
    /// 👍
    pub solved: i64,
    /// 👎
    pub unsolved: i64,
    /// Mean mood.
    pub mood: Option<f64>,
    /// Products shown.
    pub impressions: i64,
    /// Products opened.
    pub clicks: i64,
    /// Of those shown.
    pub click_rate: Option<f64>,
}

/// A step of a series.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Step {
    /// When it begins.
    pub at: i64,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Everything that figures of one period are made of.
struct Material {
    turns: Vec<TurnStep>,
    verdicts: Vec<VerdictRow>,
    calls: Vec<CallRow>,
    suggestions: Vec<SuggestionStep>,
    conversations: i64,
    messages: i64,
}

impl Keeper {
    /// The moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The figures of a period and of its steps.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn overview(&self, period: Period) -> Result<(Figures, Vec<Step>), Refused> {
        self.follow_turns(ON_DEMAND).await?;
        let (db, Period { from, to, width }) = (&self.db, period);
        let material = Material {
            turns: figures::turns(db, from, to, width).await?,
            verdicts: figures::verdicts(db, from, to).await?,
            calls: figures::calls(db, from, to).await?,
            suggestions: figures::suggestions(db, from, to, width).await?,
            conversations: figures::conversations(db, from, to).await?,
            messages: figures::messages(db, from, to).await?,
        };
        let mut steps = material.steps(period);
        for step in &mut steps {
            let (begin, end) = (step.at.max(from.0), (step.at + width).min(to.0));
            step.figures.messages = figures::messages(db, Timestamp(begin), Timestamp(end)).await?;
        }
        Ok((material.totals(), steps))
    }

    /// Calls of a person: by reason, and by step and reason.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn handovers(&self, period: Period) -> Result<(Vec<(HandoverReason, i64)>, Vec<Value>), Refused> {
        let calls = figures::calls(&self.db, period.from, period.to).await?;
        let mut by_reason: HashMap<&str, i64> = HashMap::new();
        let mut by_step: BTreeMap<i64, BTreeMap<&str, i64>> =
            period.steps().map(|step| (step, BTreeMap::new())).collect();
        for call in &calls {
            *by_reason.entry(&call.reason).or_default() += 1;
            *by_step.entry(period.step_of(call.since)).or_default().entry(&call.reason).or_default() += 1;
        }
        let reasons = ["requested", "mood", "risk", "danger", "unanswered", "rule"];
        let counts = reasons.iter().filter_map(|name| {
            let reason: HandoverReason = name.parse().ok()?;
            Some((reason, by_reason.get(name).copied().unwrap_or(0)))
        });
        let series = by_step.iter().map(|(step, counts)| {
            let mut row = json!({ "at": period.begin(*step) });
            for reason in reasons {
                row[reason] = json!(counts.get(reason).copied().unwrap_or(0));
            }
            row
        });
        Ok((counts.collect(), series.collect()))
    }

    /// Moods: by level, and by step with their mean.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn moods(&self, period: Period) -> Result<(Vec<(Mood, i64)>, Vec<Value>), Refused> {
        self.follow_turns(ON_DEMAND).await?;
        let rows = figures::moods(&self.db, period.from, period.to, period.width).await?;
        let name = |mood: Mood| serde_json::to_value(mood).ok().and_then(|name| name.as_str().map(str::to_owned));
        let names: Vec<(Mood, String)> = Mood::ALL.into_iter().filter_map(|mood| Some((mood, name(mood)?))).collect();
        let count = |rows: &[&MoodStep], name: &str| -> i64 {
            rows.iter().filter(|row| row.mood == name).map(|row| row.turns).sum()
        };
        let all: Vec<&MoodStep> = rows.iter().collect();
        let levels = names.iter().map(|(mood, name)| (*mood, count(&all, name))).collect();
        let series = period.steps().map(|step| {
            let of_step: Vec<&MoodStep> = rows.iter().filter(|row| row.step == step).collect();
            let (turns, sum) = of_step.iter().fold((0, 0.0), |(turns, sum), row| (turns + row.turns, sum + row.sum));
            let mut line = json!({ "at": period.begin(step), "mean": ratio(sum, turns) });
            for (_, name) in &names {
                line[name] = json!(count(&of_step, name));
            }
            line
        });
        Ok((levels, series.collect()))
    }

    /// How every live entry does.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn health(&self, period: Period) -> Result<Vec<Health>, Refused> {
        self.follow_turns(ON_DEMAND).await?;
        let (db, before) = (&self.db, period.before());
        let shown: HashMap<String, i64> = figures::shown(db, period.from, period.to).await?.into_iter().collect();
        let former: HashMap<String, i64> = figures::shown(db, before.from, before.to).await?.into_iter().collect();
        let called: HashMap<String, i64> =
            figures::called_after(db, period.from, period.to).await?.into_iter().collect();
        let last: HashMap<String, i64> = figures::last_shown(db).await?.into_iter().collect();
        let changed: HashMap<String, i64> = figures::changed(db).await?.into_iter().collect();
        let mut verdicts: HashMap<String, (i64, i64)> = HashMap::new();
        for verdict in figures::verdicts(db, period.from, period.to).await? {
            let counts = verdicts.entry(verdict.entry_id.unwrap_or_default()).or_default();
            *(if verdict.solved { &mut counts.0 } else { &mut counts.1 }) += 1;
        }
        let now = self.clock.now();
        let count = |counts: &HashMap<String, i64>, id: &str| counts.get(id).copied().unwrap_or(0);
        let health = figures::live_entries(db).await?.into_iter().map(|entry| {
            let (solved, unsolved) = verdicts.get(&entry.id).copied().unwrap_or_default();
            let (shown, handed_over) = (count(&shown, &entry.id), count(&called, &entry.id));
            let (last_shown, changed_at) = (last.get(&entry.id).copied(), changed.get(&entry.id).copied());
            let newest = last_shown.max(changed_at).unwrap_or(0);
            Health {
                previous: count(&former, &entry.id),
                solved_rate: ratio(solved as f64, solved + unsolved),
                handover_rate: ratio(handed_over as f64, shown),
                stale: now.0 - newest > STALE || entry.valid_until.is_some_and(|until| until <= now.0),
                id: entry.id,
                question: entry.question,
                category: entry.category,
                shown,
                solved,
                unsolved,
                handed_over,
                last_shown,
                changed_at,
            }
        });
        Ok(health.collect())
    }
}

/// How an entry does.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Health {
    /// The entry.
    pub id: String,
    /// Its standard question.
    pub question: String,
    /// Its category.
    pub category: String,
    /// How often it answered.
    pub shown: i64,
    /// In the period before.
    pub previous: i64,
    /// 👍
    pub solved: i64,
    /// 👎
    pub unsolved: i64,
    /// Of those who said something.
    pub solved_rate: Option<f64>,
    /// Calls of a person within ten minutes after it.
    pub handed_over: i64,
    /// Of its answers.
    pub handover_rate: Option<f64>,
    /// When it answered last.
    pub last_shown: Option<i64>,
    /// When a version last changed it.
    pub changed_at: Option<i64>,
    /// Whether it was not shown for ninety days, or its time is over.
    pub stale: bool,
}

impl Material {
    fn totals(&self) -> Figures {
        let turns: Vec<&TurnStep> = self.turns.iter().collect();
        let verdicts: Vec<&VerdictRow> = self.verdicts.iter().collect();
        let calls: Vec<&CallRow> = self.calls.iter().collect();
        let suggestions: Vec<&SuggestionStep> = self.suggestions.iter().collect();
        let figures = figures_of(&turns, &verdicts, &calls, &suggestions);
        rates(Figures { conversations: self.conversations, messages: self.messages, ..figures })
    }

    fn steps(&self, period: Period) -> Vec<Step> {
        let step = |step: i64| {
            let turns: Vec<&TurnStep> = self.turns.iter().filter(|row| row.step == step).collect();
            let verdicts: Vec<&VerdictRow> =
                self.verdicts.iter().filter(|row| period.step_of(row.given_at) == step).collect();
            let calls: Vec<&CallRow> = self.calls.iter().filter(|row| period.step_of(row.since) == step).collect();
            let suggestions: Vec<&SuggestionStep> = self.suggestions.iter().filter(|row| row.step == step).collect();
            Step { at: period.begin(step), figures: rates(figures_of(&turns, &verdicts, &calls, &suggestions)) }
        };
        period.steps().map(step).collect()
    }
}

fn figures_of(
    turns: &[&TurnStep],
    verdicts: &[&VerdictRow],
    calls: &[&CallRow],
    suggestions: &[&SuggestionStep],
) -> Figures {
    let called: HashSet<Uuid> = calls.iter().map(|call| call.conversation_id).collect();
    let settled: HashSet<Uuid> = (verdicts.iter())
        .filter(|verdict| verdict.solved && !called.contains(&verdict.conversation_id))
        .map(|verdict| verdict.conversation_id)
        .collect();
    let stars: Vec<i64> = calls.iter().filter_map(|call| call.stars).collect();
    let questions: i64 = turns.iter().map(|row| row.turns).sum();
    Figures {
        conversations: turns.iter().map(|row| row.conversations).sum(),
        messages: 0,
        questions,
        answered: turns.iter().map(|row| row.answered).sum(),
        unknown: turns.iter().map(|row| row.unknown).sum(),
        bot_resolved: settled.len() as i64,
        handed_over: calls.len() as i64,
        rating: ratio(stars.iter().sum::<i64>() as f64, stars.len() as i64),
        rated: stars.len() as i64,
        solved: verdicts.iter().filter(|verdict| verdict.solved).count() as i64,
        unsolved: verdicts.iter().filter(|verdict| !verdict.solved).count() as i64,
        mood: ratio(turns.iter().map(|row| row.mood * row.turns as f64).sum(), questions),
        impressions: suggestions.iter().map(|row| row.impressions).sum(),
        clicks: suggestions.iter().map(|row| row.clicks).sum(),
        ..Figures::default()
    }
}

fn rates(mut figures: Figures) -> Figures {
    figures.bot_resolved_rate = ratio(figures.bot_resolved as f64, figures.conversations);
    figures.handover_rate = ratio(figures.handed_over as f64, figures.conversations);
    figures.click_rate = ratio(figures.clicks as f64, figures.impressions);
    figures
}

/// A part of a whole; none of nothing.
fn ratio(part: f64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_days_in_china() {
        let at = |text: &str| super::super::fields::from_china(text).expect("a moment").0;
        let (from, to) = (at("2026-11-10 20:00"), at("2026-11-12 01:00"));
        let period = Period::new(Some(from), Some(to), "day", Timestamp(0)).expect("a period");
        let begins: Vec<i64> = period.steps().map(|step| period.begin(step)).collect();
        assert_eq!(begins, [at("2026-11-10"), at("2026-11-11"), at("2026-11-12")]);
        assert_eq!(period.before().to.0 - period.before().from.0, to - from);
        assert!(Period::new(Some(to), Some(from), "day", Timestamp(0)).is_err());
        assert!(Period::new(Some(0), Some(to), "hour", Timestamp(0)).is_err());
    }

    #[test]
    fn who_called_a_person_was_not_settled_by_the_assistant() {
        let (alone, called) = (Uuid::now_v7(), Uuid::now_v7());
        let verdict = |conversation_id, solved| VerdictRow { conversation_id, given_at: 0, solved, entry_id: None };
        let verdicts = [verdict(alone, true), verdict(alone, true), verdict(called, true), verdict(called, false)];
        let call = CallRow { conversation_id: called, since: 0, reason: "mood".into(), stars: Some(4) };
        let turn = TurnStep { step: 0, turns: 10, conversations: 4, answered: 7, unknown: 2, mood: 0.5 };
        let verdicts: Vec<&VerdictRow> = verdicts.iter().collect();
        let figures = rates(figures_of(&[&turn], &verdicts, &[&call], &[]));
        assert_eq!((figures.bot_resolved, figures.bot_resolved_rate), (1, Some(0.25)));
        assert_eq!((figures.solved, figures.unsolved, figures.rating), (3, 1, Some(4.0)));
        assert_eq!((figures.mood, figures.click_rate), (Some(0.5), None));
    }
}
