//! Saved tests: questions with the entry that must answer them, and what came of asking them.

use super::files::{Begun, ImportQuery, attachment};
use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, Refusals};
use crate::api::extract::{Admin, Asked, At, Body, PageQuery, Upload};
use crate::clock::Timestamp;
use crate::service::knowledge::{Against, EXPECTS_NOTHING, FileFormat, Said};
use crate::store::faq::working;
use crate::store::saved_test::{self, RunRow, SavedTest};
use crate::text::normalize::essence;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file that take small bodies.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(tests, add_test, remove_tests))
        .routes(routes!(remove_test))
        .routes(routes!(run_tests))
        .routes(routes!(runs))
        .routes(routes!(run))
}

/// The routes of this file that take files.
pub(super) fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(import_tests))
}

/// The newest result of a test.
#[derive(Serialize, ToSchema)]
struct LastView {
    passed: bool,
    entry: Option<String>,
    confidence: f64,
    #[schema(value_type = i64)]
    at: Timestamp,
}

/// A saved test.
#[derive(Serialize, ToSchema)]
struct TestView {
    id: String,
    question: String,
    /// Id of the entry that must answer, or `OOS`.
    expected: String,
    expected_question: Option<String>,
    /// `import`, `inbox` or `manual`.
    source: String,
    last: Option<LastView>,
}

impl TestView {
    async fn of(state: &ApiState, test: SavedTest, questions: &Questions) -> ApiResult<Self> {
        let last = saved_test::last_result(&state.db, test.id).await?.map(|last| {
            let said: Said = serde_json::from_value(last.got).unwrap_or_default();
            LastView { passed: last.passed, entry: said.entry, confidence: said.confidence, at: last.at }
        });
        Ok(Self {
            id: test.id.to_string(),
            expected_question: questions.get(&test.expected).cloned(),
            question: test.question,
            expected: test.expected,
            source: test.source,
            last,
        })
    }
}

/// Standard questions of entries by id, as they are worked on: a test may expect an entry that is not live yet.
type Questions = HashMap<String, String>;

async fn questions<'a>(state: &ApiState, expected: impl Iterator<Item = &'a String>) -> ApiResult<Questions> {
    let ids: BTreeSet<&String> = expected.filter(|id| *id != EXPECTS_NOTHING).collect();
    Ok(working::questions(&state.db, &ids.into_iter().collect::<Vec<_>>()).await?.into_iter().collect())
}

/// Which tests to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TestQuery {
    /// Part of the question.
    #[serde(default)]
    q: String,
}

/// A page of tests.
#[derive(Serialize, ToSchema)]
struct Tests {
    items: Vec<TestView>,
    total: i64,
}

/// Saved tests.
#[utoipa::path(get, path = "/api/admin/tests", tag = "try", params(TestQuery, PageQuery), responses((status = 200, body = Tests), Refusals))]
async fn tests(
    State(state): State<ApiState>,
    _: Admin,
    Asked(query): Asked<TestQuery>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<Tests>> {
    let (rows, total) = saved_test::list(&state.db, &essence(&query.q), page.limit(), page.offset()).await?;
    let questions = questions(&state, rows.iter().map(|row| &row.expected)).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(TestView::of(&state, row, &questions).await?);
    }
    Ok(Json(Tests { items, total }))
}

/// A test to save.
#[derive(Deserialize, ToSchema)]
struct TestForm {
    question: String,
    /// Id or standard question of the entry that must answer, or `OOS`.
    expected: String,
}

/// Saves one test.
#[utoipa::path(post, path = "/api/admin/tests", tag = "try", request_body = TestForm, responses((status = 201, body = TestView), Refusals))]
async fn add_test(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<TestForm>,
) -> ApiResult<(StatusCode, Json<TestView>)> {
    let test = state.keeper.add_test(&staff.name, &form.question, &form.expected, "manual").await?;
    let questions = questions(&state, std::iter::once(&test.expected)).await?;
    Ok((StatusCode::CREATED, Json(TestView::of(&state, test, &questions).await?)))
}

/// How many there were.
#[derive(Serialize, ToSchema)]
struct RemovedTests {
    removed: u64,
}

/// Takes all tests away.
#[utoipa::path(delete, path = "/api/admin/tests", tag = "try", responses((status = 200, body = RemovedTests), Refusals))]
async fn remove_tests(State(state): State<ApiState>, Admin(staff): Admin) -> ApiResult<Json<RemovedTests>> {
    Ok(Json(RemovedTests { removed: state.keeper.remove_tests(&staff.name, None).await? }))
}

/// Takes one test away.
#[utoipa::path(delete, path = "/api/admin/tests/{id}", tag = "try", params(("id" = String, Path)), responses((status = 204), Refusals))]
async fn remove_test(State(state): State<ApiState>, Admin(staff): Admin, At(id): At<Uuid>) -> ApiResult<StatusCode> {
    state.keeper.remove_tests(&staff.name, Some(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes tests in from Excel, CSV or TSV with the columns 问题 and 期望, all or none.
#[utoipa::path(post, path = "/api/admin/tests/imports", tag = "try", params(ImportQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 202, body = Begun), Refusals))]
async fn import_tests(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Asked(query): Asked<ImportQuery>,
    Upload(bytes): Upload,
) -> ApiResult<(StatusCode, Json<Begun>)> {
    let (name, mode) = (query.name("tests"), query.mode()?);
    Ok(Begun::answer(state.keeper.import_tests(&staff.name, name, bytes, mode).await?))
}

/// Which knowledge to ask.
#[derive(Deserialize, ToSchema)]
struct RunForm {
    #[serde(default)]
    against: Against,
}

/// Runs all tests.
#[utoipa::path(post, path = "/api/admin/tests/run", tag = "try", request_body = RunForm, responses((status = 202, body = Begun), Refusals))]
async fn run_tests(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<RunForm>,
) -> ApiResult<(StatusCode, Json<Begun>)> {
    Ok(Begun::answer(state.keeper.run_tests(&staff.name, form.against).await?))
}

/// A run of all tests.
#[derive(Serialize, ToSchema)]
struct RunView {
    id: String,
    at: i64,
    actor: String,
    /// `live` or `draft`.
    against: String,
    version: i64,
    total: i64,
    passed: i64,
    /// Pass now and did not in the run before.
    fixed: i64,
    /// Did in the run before and do not now.
    broken: i64,
}

impl From<RunRow> for RunView {
    fn from(row: RunRow) -> Self {
        let RunRow { id, at, actor, against, version, total, passed, fixed, broken } = row;
        Self { id: id.to_string(), at, actor, against, version, total, passed, fixed, broken }
    }
}

/// A page of runs, the newest first.
#[derive(Serialize, ToSchema)]
struct Runs {
    items: Vec<RunView>,
    total: i64,
}

/// Runs of the tests.
#[utoipa::path(get, path = "/api/admin/tests/runs", tag = "try", params(PageQuery), responses((status = 200, body = Runs), Refusals))]
async fn runs(State(state): State<ApiState>, _: Admin, Asked(page): Asked<PageQuery>) -> ApiResult<Json<Runs>> {
    let (rows, total) = saved_test::runs(&state.db, page.limit(), page.offset()).await?;
    Ok(Json(Runs { items: rows.into_iter().map(RunView::from).collect(), total }))
}

/// Which results to show.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ResultQuery {
    /// `all`, `failed`, `fixed` or `broken`.
    #[serde(default)]
    show: String,
    /// `json`, `csv` or `xlsx`.
    #[serde(default)]
    format: String,
}

/// The result of a test in a run.
#[derive(Serialize, ToSchema)]
struct ResultView {
    question: String,
    expected: String,
    expected_question: Option<String>,
    got: Said,
    passed: bool,
    /// Whether it passed in the run before.
    before: Option<bool>,
}

/// A run with a page of its results.
#[derive(Serialize, ToSchema)]
struct RunResults {
    run: RunView,
    items: Vec<ResultView>,
    total: i64,
}

/// A run with its results; `format=csv` gives all of them as a file.
#[utoipa::path(get, path = "/api/admin/tests/runs/{id}", tag = "try", params(("id" = String, Path), ResultQuery, PageQuery), responses((status = 200, body = RunResults), Refusals))]
async fn run(
    State(state): State<ApiState>,
    _: Admin,
    At(id): At<Uuid>,
    Asked(query): Asked<ResultQuery>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Response> {
    let row = saved_test::run(&state.db, id).await?.ok_or_else(|| ApiError::not_found("没有这次运行"))?;
    if let Some(format) = FileFormat::parse(&query.format).filter(|_| !query.format.is_empty()) {
        return Ok(attachment("tests", format, state.keeper.run_file(id, &query.show, format).await?));
    }
    let (results, total) = saved_test::results(&state.db, id, &query.show, page.limit(), page.offset()).await?;
    let questions = questions(&state, results.iter().map(|result| &result.expected)).await?;
    let items = results.into_iter().map(|result| ResultView {
        question: result.question,
        expected_question: questions.get(&result.expected).cloned(),
        expected: result.expected,
        got: serde_json::from_value(result.got).unwrap_or_default(),
        passed: result.passed,
        before: result.before,
    });
    Ok(Json(RunResults { run: row.into(), items: items.collect(), total }).into_response())
}
