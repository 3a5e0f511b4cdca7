//! The publish gate: what shoppers really asked of late, and the saved tests, are put to what is live and to the drafts.
//! What would be answered no longer, anew or differently is listed; the admin decides.
//!
//! Questions are replayed alone: what was said before them is not, so a follow-up such as "那这个呢" is judged by itself
//! on both sides alike.

use super::facts::ON_DEMAND;
use super::saved_tests::passes;
use super::try_out::{Against, Said};
use super::{Keeper, Refused};
use crate::clock::Timestamp;
use crate::store::faq::draft;
use crate::store::job;
use crate::store::saved_test;
use crate::store::turn_fact;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Name of the job.
const GATE: &str = "gate";

/// Differences that are listed, at most.
const LISTED: usize = 500;

/// Days and questions that may be replayed.
const DAYS: (i64, i64) = (7, 90);
const QUESTIONS: (i64, i64) = (2_000, 20_000);

/// How an answer differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was answered and would not be.
    Lost,
    /// It is answered by another entry, or by other words.
    Changed,
    /// It was not answered and would be.
    Gained,
}

/// A question that would be answered differently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GateItem {
    /// How.
    pub kind: Kind,
    /// The question, masked.
    pub question: String,
    /// How often it was asked.
    pub count: i64,
    /// `asked` or `test`.
    pub source: String,
    /// What is said.
    pub before: Said,
    /// What would be.
    pub after: Said,
    /// What the test expects.
    pub expected: Option<String>,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct GateResult {
    /// Questions of shoppers that were replayed.
    pub questions: i64,
    /// Saved tests.
    pub tests: i64,
    /// Answered alike.
    pub same: i64,
    /// Not answered before, answered now.
    pub gained: i64,
    /// Answered before, not any more.
    pub lost: i64,
    /// Answered by another entry or in other words.
    pub changed: i64,
    /// Tests that pass now.
    pub tests_passed_before: i64,
    /// Tests that would.
    pub tests_passed_after: i64,
    /// At most 500, those that are lost first, then by how often they were asked.
    pub items: Vec<GateItem>,
    /// How many there are.
    pub items_total: i64,
    /// Names the state of the drafts.
    #[serde(default)]
    pub mark: String,
}

/// The newest replay.
#[derive(Debug, Clone, PartialEq)]
pub struct LastGate {
    /// Its job.
    pub job: Uuid,
    /// When it ended.
    pub at: Timestamp,
    /// What it found.
    pub result: GateResult,
    /// Whether no draft has changed since.
    pub fresh: bool,
}

/// A question on its way through the gate.
struct Asked {
    question: String,
    count: i64,
    expected: Option<String>,
}

impl Keeper {
    /// Begins a replay.
    ///
    /// # Errors
    /// [`Refused`] where the job cannot be begun.
    pub async fn gate(&self, by: &str, days: Option<i64>, questions: Option<i64>) -> Result<Uuid, Refused> {
        let days = days.unwrap_or(DAYS.0).clamp(1, DAYS.1);
        let most = questions.unwrap_or(QUESTIONS.0).clamp(1, QUESTIONS.1);
        self.begin(GATE, by, move |keeper, progress| async move {
            progress.tell("building", 0, 0);
            let version = keeper.publisher.published().assistant().version;
            let mark = format!("{version}+{}", draft::current_mark(&keeper.db).await?);
            let live = keeper.assistant(Against::Live).await?;
            let drafted = keeper.assistant(Against::Draft).await?;
            let asked = keeper.asked(days, most).await?;
            let texts: Vec<String> = asked.iter().map(|one| one.question.clone()).collect();
            let before = keeper.ask_all(live, texts.clone(), &progress).await?;
            let after = keeper.ask_all(drafted, texts, &progress).await?;
            let result = GateResult { mark, ..compare(asked, before, after) };
            Ok(serde_json::to_value(result)?)
        })
        .await
    }

    async fn asked(&self, days: i64, most: i64) -> Result<Vec<Asked>, Refused> {
        self.follow_turns(ON_DEMAND).await?;
        let since = Timestamp(self.clock.now().0 - days * 86_400_000);
        let real = turn_fact::questions(&self.db, since, most).await?;
        let tests = saved_test::all(&self.db).await?;
        let real = real.into_iter().map(|(question, count)| Asked { question, count, expected: None });
        let tests =
            tests.into_iter().map(|test| Asked { question: test.question, count: 1, expected: Some(test.expected) });
        Ok(real.chain(tests).collect())
    }

    /// The newest replay, where there was one.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn last_gate(&self, mark: &str) -> Result<Option<LastGate>, Refused> {
        let Some(row) = job::newest_done(&self.db, GATE).await? else { return Ok(None) };
        let Some(result) = row.result else { return Ok(None) };
        let result: GateResult = serde_json::from_value(result.0)?;
        let at = Timestamp(row.ended_at.unwrap_or(row.started_at));
        Ok(Some(LastGate { job: row.id, at, fresh: result.mark == mark, result }))
    }
}

fn compare(asked: Vec<Asked>, before: Vec<Said>, after: Vec<Said>) -> GateResult {
    let mut result = GateResult::default();
    for ((asked, before), after) in asked.into_iter().zip(before).zip(after) {
        match &asked.expected {
            None => result.questions += 1,
            Some(expected) => {
                result.tests += 1;
                result.tests_passed_before += i64::from(passes(expected, &before));
                result.tests_passed_after += i64::from(passes(expected, &after));
            }
        }
        let kind = match (&before.entry, &after.entry) {
            (Some(_), None) => Kind::Lost,
            (None, Some(_)) => Kind::Gained,
            (Some(was), Some(is)) if was != is || before.text != after.text => Kind::Changed,
            _ => {
                result.same += 1;
                continue;
            }
        };
        *match kind {
            Kind::Lost => &mut result.lost,
            Kind::Changed => &mut result.changed,
            Kind::Gained => &mut result.gained,
        } += 1;
        let source = if asked.expected.is_some() { "test" } else { "asked" }.to_owned();
        let (question, count, expected) = (asked.question, asked.count, asked.expected);
        result.items.push(GateItem { kind, question, count, source, before, after, expected });
    }
    result.items_total = result.items.len() as i64;
    result.items.sort_by(|a, b| a.kind.cmp(&b.kind).then(b.count.cmp(&a.count)));
    result.items.truncate(LISTED);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(entry: Option<&str>, text: &str) -> Said {
        Said { entry: entry.map(str::to_owned), text: text.to_owned(), ..Said::default() }
    }

    #[test]
    fn what_is_lost_comes_first() {
        let asked = |question: &str, expected: Option<&str>| Asked {
            question: question.to_owned(),
            count: 1,
            expected: expected.map(str::to_owned),
        };
        let asked = vec![asked("a", None), asked("b", None), asked("c", None), asked("d", Some("x")), asked("e", None)];
        let before =
            vec![said(Some("x"), "1"), said(None, ""), said(Some("x"), "1"), said(Some("x"), "1"), said(None, "")];
        let after =
            vec![said(Some("x"), "2"), said(Some("y"), "2"), said(Some("x"), "1"), said(None, ""), said(None, "?")];
        let found = compare(asked, before, after);
        let kinds: Vec<Kind> = found.items.iter().map(|item| item.kind).collect();
        assert_eq!(kinds, [Kind::Lost, Kind::Changed, Kind::Gained]);
        assert_eq!((found.same, found.questions, found.tests), (2, 4, 1));
        assert_eq!((found.tests_passed_before, found.tests_passed_after), (1, 0));
    }
}
