//! Saved tests: a file of questions in, what passes and fails against the run before out.

use super::jobs::Progress;
use super::sheet::{self, FileFormat, Sheet};
use super::transfer::Mode;
use super::try_out::{Against, Said, ask};
use super::{ImportResult, Keeper, Problem, Refused};
use crate::dialogue::Assistant;
use crate::model::knowledge::FaqEntry;
use crate::service::apart::apart;
use crate::store::audit::Deed;
use crate::store::faq;
use crate::store::faq::draft::{self, Effect};
use crate::store::saved_test::{self, ResultRow, RunRow, SavedTest};
use crate::text::normalize::essence;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// What is expected, in place of an entry's id, of a question that none should answer.
pub const EXPECTS_NOTHING: &str = "OOS";

/// Other ways to write it in a file.
const NOTHING: [&str; 4] = [EXPECTS_NOTHING, "oos", "超范围", "不答"];

/// Longest question, in characters, and tests that are kept, at most.
const QUESTION: usize = 500;
const MOST: usize = 20_000;

/// A run with its results.
pub(super) struct Run {
    pub(super) row: RunRow,
    pub(super) results: Vec<ResultRow>,
}

impl Keeper {
    /// Saves one test.
    ///
    /// # Errors
    /// [`Refused`] where there is no such entry or the question says nothing.
    pub async fn add_test(&self, by: &str, question: &str, expected: &str, source: &str) -> Result<SavedTest, Refused> {
        let entries = self.by_name().await?;
        let test = self.test(question, expected, source, &entries);
        let test = test.map_err(|(field, reason)| Refused::Invalid(vec![Problem::field(field, reason)]))?;
        let after = serde_json::json!({ "question": test.question, "expected": test.expected });
        let deed = Deed::new(by, "test_saved", &test.question, self.clock.now()).from_to(None, Some(after));
        saved_test::put(&self.db, std::slice::from_ref(&test), false, &deed).await?;
        let essence = test.essence.clone();
        let saved =
            saved_test::list(&self.db, &essence, 200, 0).await?.0.into_iter().find(|one| one.essence == essence);
        saved.ok_or(Refused::Stale)
    }

    /// Takes a test away, or all of them; returns how many there were.
    ///
    /// # Errors
    /// [`Refused::NotFound`] where there is none of this id.
    pub async fn remove_tests(&self, by: &str, id: Option<Uuid>) -> Result<u64, Refused> {
        let now = self.clock.now();
        let (subject, before) = match id {
            None => ("all".to_owned(), serde_json::json!({ "tests": saved_test::all(&self.db).await?.len() })),
            Some(id) => {
                let test = saved_test::get(&self.db, id).await?;
                let test = test.ok_or_else(|| Refused::NotFound("这条测试".to_owned()))?;
                (test.question.clone(), serde_json::json!({ "question": test.question, "expected": test.expected }))
            }
        };
        let deed = Deed::new(by, "tests_removed", &subject, now).from_to(Some(before), None);
        Ok(saved_test::remove(&self.db, id, &deed).await?)
    }

    /// Begins to take a file of tests in.
    ///
    /// # Errors
    /// [`Refused`] where the job cannot be begun.
    pub async fn import_tests(&self, by: &str, name: String, bytes: Vec<u8>, mode: Mode) -> Result<Uuid, Refused> {
        let actor = by.to_owned();
        self.begin("tests_import", by, move |keeper, progress| async move {
            progress.tell("reading", 0, 0);
            let sheet = apart(move || sheet::read(&name, &bytes)).await??;
            Ok(serde_json::to_value(keeper.take_tests(&actor, &sheet, mode).await?)?)
        })
        .await
    }

    async fn take_tests(&self, by: &str, sheet: &Sheet, mode: Mode) -> Result<ImportResult, Refused> {
        let question = sheet.column(&["问题", "问法", "标准问", "question", "query"]);
        let expected = sheet.column(&["期望", "期望答案", "编号", "expected", "faq_id"]);
        let (Some(question), Some(expected)) = (question, expected) else {
            let named = [("问题", question), ("期望", expected)];
            let missing = named.into_iter().filter(|(_, place)| place.is_none());
            return Err(Refused::Invalid(missing.map(|(name, _)| sheet.problem(1, name, "缺少这一列")).collect()));
        };
        let entries = self.by_name().await?;
        let known: HashMap<String, SavedTest> =
            saved_test::all(&self.db).await?.into_iter().map(|test| (test.essence.clone(), test)).collect();
        let (mut tests, mut problems, mut rows) = (Vec::new(), Vec::new(), HashMap::new());
        let mut result = ImportResult { rows: sheet.rows.len(), ..ImportResult::default() };
        for row in &sheet.rows {
            match self.test(&row.cells[question], &row.cells[expected], "import", &entries) {
                Err((field, reason)) => {
                    let column = if field == "question" { "问题" } else { "期望" };
                    problems.push(sheet.problem(row.number, column, reason));
                }
                Ok(test) => {
                    if let Some(first) = rows.insert(test.essence.clone(), row.number) {
                        problems.push(sheet.problem(row.number, "问题", format!("和第 {first} 行重复")));
                    }
                    match known.get(&test.essence) {
                        Some(known) if known.expected == test.expected => result.unchanged += 1,
                        Some(_) => result.changed += 1,
                        None => result.added += 1,
                    }
                    tests.push(test);
                }
            }
        }
        let kept = if mode == Mode::Merge { known.len() + result.added } else { tests.len() };
        if kept > MOST {
            problems.push(sheet.problem(0, "", format!("最多保存 {MOST} 条测试")));
        }
        Refused::unless_fine(problems)?;
        result.removed =
            if mode == Mode::Replace { known.keys().filter(|essence| !rows.contains_key(*essence)).count() } else { 0 };
        let deed = Deed::new(by, "tests_imported", &sheet.name, self.clock.now())
            .from_to(Some(serde_json::json!({ "tests": known.len() })), Some(serde_json::to_value(&result)?));
        saved_test::put(&self.db, &tests, mode == Mode::Replace, &deed).await?;
        Ok(result)
    }

    /// A test, or the field that is wrong and why.
    fn test(
        &self,
        question: &str,
        expected: &str,
        source: &str,
        entries: &HashMap<String, String>,
    ) -> Result<SavedTest, (&'static str, String)> {
        let (question, expected) = (question.trim(), expected.trim());
        let essence = essence(question);
        if essence.is_empty() || question.contains('\0') {
            return Err(("question", "问题里没有文字".to_owned()));
        }
        if question.chars().count() > QUESTION {
            return Err(("question", format!("太长了，最多 {QUESTION} 个字")));
        }
        let expected = if NOTHING.contains(&expected) {
            EXPECTS_NOTHING.to_owned()
        } else {
            let found = entries.get(expected).or_else(|| entries.get(&crate::text::normalize::essence(expected)));
            found.cloned().ok_or_else(|| ("expected", format!("没有“{expected}”这条问答")))?
        };
        Ok(SavedTest {
            id: Uuid::now_v7(),
            question: question.to_owned(),
            essence,
            expected,
            source: source.to_owned(),
            created_at: self.clock.now().0,
        })
    }

    /// Ids of the working state, by id and by the essence of the standard question.
    async fn by_name(&self) -> Result<HashMap<String, String>, Refused> {
        let mut names = HashMap::new();
        let mut add = |entry: &FaqEntry| {
            names.insert(essence(&entry.question), entry.id.clone());
            names.insert(entry.id.clone(), entry.id.clone());
        };
        faq::all_live(&self.db).await?.iter().for_each(&mut add);
        let drafts = draft::all(&self.db).await?;
        drafts.iter().filter(|draft| draft.effect != Effect::Removed).for_each(|draft| add(&draft.entry));
        Ok(names)
    }

    /// Begins to run all tests.
    ///
    /// # Errors
    /// [`Refused`] where there are none or the job cannot be begun.
    pub async fn run_tests(&self, by: &str, against: Against) -> Result<Uuid, Refused> {
        let actor = by.to_owned();
        self.begin("tests_run", by, move |keeper, progress| async move {
            progress.tell("building", 0, 0);
            let tests = saved_test::all(&keeper.db).await?;
            if tests.is_empty() {
                return Err(Refused::Conflict("还没有保存的测试".to_owned()));
            }
            let assistant = keeper.assistant(against).await?;
            let run = keeper.run(&actor, against, assistant, tests, &progress).await?;
            saved_test::add_run(&keeper.db, &run.row, &run.results).await?;
            Ok(serde_json::json!({ "run": run.row.id, "total": run.row.total, "passed": run.row.passed,
                "fixed": run.row.fixed, "broken": run.row.broken }))
        })
        .await
    }

    pub(super) async fn run(
        &self,
        by: &str,
        against: Against,
        assistant: Arc<Assistant>,
        tests: Vec<SavedTest>,
        progress: &Progress,
    ) -> Result<Run, Refused> {
        let before = self.before().await?;
        let version = assistant.version;
        let said = self.ask_all(assistant, tests.iter().map(|test| test.question.clone()).collect(), progress).await?;
        let mut results = Vec::with_capacity(tests.len());
        for (test, said) in tests.into_iter().zip(said) {
            let passed = passes(&test.expected, &said);
            results.push(ResultRow {
                before: before.get(&test.id).copied(),
                test: test.id,
                question: test.question,
                expected: test.expected,
                got: serde_json::to_value(said)?,
                passed,
            });
        }
        let count = |holds: &dyn Fn(&ResultRow) -> bool| results.iter().filter(|result| holds(result)).count() as i64;
        let row = RunRow {
            id: Uuid::now_v7(),
            at: self.clock.now().0,
            actor: by.to_owned(),
            against: against.name().to_owned(),
            version,
            total: results.len() as i64,
            passed: count(&|result| result.passed),
            fixed: count(&|result| result.passed && result.before == Some(false)),
            broken: count(&|result| !result.passed && result.before == Some(true)),
        };
        Ok(Run { row, results })
    }

    /// Which tests passed in the newest run.
    async fn before(&self) -> Result<HashMap<Uuid, bool>, Refused> {
        let (newest, _) = saved_test::runs(&self.db, 1, 0).await?;
        let Some(newest) = newest.first() else { return Ok(HashMap::new()) };
        let (results, _) = saved_test::results(&self.db, newest.id, "all", i64::MAX, 0).await?;
        Ok(results.into_iter().map(|result| (result.test, result.passed)).collect())
    }

    /// Asks many questions on a thread of its own.
    pub(super) async fn ask_all(
        &self,
        assistant: Arc<Assistant>,
        questions: Vec<String>,
        progress: &Progress,
    ) -> Result<Vec<Said>, Refused> {
        let progress = progress.clone();
        apart(move || {
            let total = questions.len();
            let mut said = Vec::with_capacity(total);
            for (place, question) in questions.iter().enumerate() {
                progress.tell("asking", place, total);
                said.push(ask(&assistant, question)?);
            }
            Ok(said)
        })
        .await?
    }

    /// The results of a run as a file.
    ///
    /// # Errors
    /// [`Refused`] where there is no such run.
    pub async fn run_file(&self, run: Uuid, show: &str, format: FileFormat) -> Result<Vec<u8>, Refused> {
        let (results, _) = saved_test::results(&self.db, run, show, i64::MAX, 0).await?;
        let mut rows = Vec::with_capacity(results.len());
        for result in results {
            let said: Said = serde_json::from_value(result.got)?;
            let mark = |passed: bool| if passed { "通过" } else { "不通过" }.to_owned();
            rows.push(vec![
                result.question,
                result.expected,
                said.entry.unwrap_or_else(|| EXPECTS_NOTHING.to_owned()),
                mark(result.passed),
                result.before.map(mark).unwrap_or_default(),
                format!("{:.3}", said.confidence),
                said.text,
            ]);
        }
        sheet::write("tests", &["问题", "期望", "实际", "结果", "上次结果", "把握", "回答"], &rows, format)
    }
}

/// Whether what was said is what was expected.
pub(super) fn passes(expected: &str, said: &Said) -> bool {
    if expected == EXPECTS_NOTHING { said.entry.is_none() } else { said.entry.as_deref() == Some(expected) }
}
