//! Who changed what.

use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked};
use crate::clock::Timestamp;
use crate::store::audit::{self, Filter};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(rows)).routes(routes!(names))
}

/// Which rows to show.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    #[serde(default)]
    actor: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    subject: String,
    /// From this moment on.
    #[param(value_type = Option<i64>)]
    from: Option<Timestamp>,
    /// Before this moment.
    #[param(value_type = Option<i64>)]
    to: Option<Timestamp>,
    /// Older than this row.
    before: Option<Uuid>,
    /// Rows, 1 to 200; 50 where nothing is said.
    limit: Option<i64>,
}

/// A row of the record.
#[derive(Serialize, ToSchema)]
struct AuditRow {
    id: String,
    #[schema(value_type = i64)]
    at: Timestamp,
    actor: String,
    action: String,
    subject: String,
    /// What it was.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What it is now.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// Everything that was written down.
    #[schema(value_type = Object)]
    detail: Value,
}

/// The newest first.
#[derive(Serialize, ToSchema)]
struct AuditRows {
    items: Vec<AuditRow>,
    /// For `before`, where there may be more.
    next: Option<String>,
}

/// Who changed what, and when.
#[utoipa::path(get, path = "/api/admin/audit", tag = "audit", params(AuditQuery), responses((status = 200, body = AuditRows), Refusals))]
async fn rows(State(state): State<ApiState>, _: Admin, Asked(query): Asked<AuditQuery>) -> ApiResult<Json<AuditRows>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let AuditQuery { actor, action, subject, from, to, before, .. } = query;
    let rows = audit::rows(&state.db, &Filter { actor, action, subject, from, to, before }, limit).await?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
    let side = |detail: &Value, name: &str| detail.get(name).filter(|value| !value.is_null()).cloned();
    let items = rows.into_iter().map(|row| AuditRow {
        id: row.id.to_string(),
        at: row.at,
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        before: side(&row.detail, "before"),
        after: side(&row.detail, "after"),
        detail: row.detail,
    });
    Ok(Json(AuditRows { items: items.collect(), next }))
}

/// What can be asked for.
#[derive(Serialize, ToSchema)]
struct AuditNames {
    actions: Vec<String>,
    actors: Vec<String>,
}

/// Every action and every actor that occurs.
#[utoipa::path(get, path = "/api/admin/audit/actions", tag = "audit", responses((status = 200, body = AuditNames), Refusals))]
async fn names(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<AuditNames>> {
    let (actions, actors) = audit::names(&state.db).await?;
    Ok(Json(AuditNames { actions, actors }))
}
