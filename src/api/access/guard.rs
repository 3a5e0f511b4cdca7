//! Stands before every handler: finds the row of the route, looks up who asks, and refuses or lets in.

use super::{People, Rule, find, methods};
use crate::api::error::ApiError;
use crate::api::extract::{CSRF_HEADER, SESSION_COOKIE};
use crate::api::wire::Address;
use crate::api::{ApiState, ServerSettings, origin};
use crate::live::limits::Window;
use crate::model::customer::{Role, Staff};
use crate::model::id::StaffId;
use crate::store::session::Session;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

/// The way in.
const SIGN_IN: &str = "/api/staff/sign-in";

/// What hands out or deletes all that is kept of somebody.
const MY_DATA: &str = "/api/shop/my-data/";

/// Rooms whose requests are counted by address: what costs more than a file. What is said in a conversation has limits of
/// its own besides.
const COUNTED: [&str; 4] = ["/api/", "/m/", "/sse/", "/ws/"];

/// Who asks, on a route for people who work here. A program with a key counts as an admin of its own name.
#[derive(Debug, Clone)]
pub(in crate::api) struct Caller {
    /// Who.
    pub(in crate::api) staff: Staff,
    /// The session of the console; none for a program.
    pub(in crate::api) session: Option<Session>,
}

/// Lets a request through to its handler, or refuses it.
pub(in crate::api) async fn decide(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    // What no route fits is answered by the fallback, which has nothing to give.
    let Some(route) = request.extensions().get::<MatchedPath>().cloned() else { return next.run(request).await };
    let Some(rule) = find(request.method().as_str(), route.as_str()) else {
        return without_row(route.as_str());
    };
    let (mut parts, body) = request.into_parts();
    match let_in(&state, rule, &mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Looks up who asks, where that matters, and whether they ask too much.
async fn let_in(state: &ApiState, rule: &Rule, parts: &mut Parts) -> Result<(), ApiError> {
    let limits = &state.chat.limits;
    let minute = |count| Window::seconds(60, count);
    let Ok(Address(address)) = Address::from_request_parts(parts, state).await;
    if rule.people.has(Role::Admin).is_none() {
        return match rule.route {
            SIGN_IN => state.paces.take(format!("sign-in {address}"), minute(limits.sign_ins_of_address_in_60_s)),
            route if route.starts_with(MY_DATA) => {
                state.paces.take(format!("my-data {address}"), minute(limits.my_data_of_address_in_60_s))
            }
            route if COUNTED.iter().any(|room| route.starts_with(room)) => {
                state.paces.take(format!("address {address}"), minute(limits.requests_of_address_in_60_s))
            }
            _ => Ok(()),
        };
    }
    match caller(state, rule, parts).await {
        Ok(caller) => {
            let whose = format!("account {}", caller.staff.id.0);
            state.paces.take(whose, minute(limits.requests_of_account_in_60_s))?;
            parts.extensions.insert(caller);
            Ok(())
        }
        Err(refusal) => {
            // Whoever tries keys and cookies counts as nobody in particular.
            state.paces.take(format!("address {address}"), minute(limits.requests_of_address_in_60_s))?;
            Err(refusal)
        }
    }
}

fn without_row(route: &str) -> Response {
    let allowed = methods(route);
    if allowed.is_empty() {
        tracing::error!(route, "nobody has decided who may call this route: it is refused");
        return ApiError::forbidden("这个地址没有开放").into_response();
    }
    let mut refusal = ApiError::wrong_method().into_response();
    if let Ok(methods) = HeaderValue::from_str(&allowed.join(",")) {
        refusal.headers_mut().insert(ALLOW, methods);
    }
    refusal
}

async fn caller(state: &ApiState, rule: &Rule, parts: &Parts) -> Result<Caller, ApiError> {
    let headers = &parts.headers;
    if headers.contains_key(AUTHORIZATION) {
        return by_key(state, rule, headers).await;
    }
    check_csrf(&parts.method, headers, &state.server)?;
    let jar = CookieJar::from_headers(headers);
    let cookie = jar.get(SESSION_COOKIE).ok_or_else(ApiError::signed_out)?;
    let session = state.sign_in.session(cookie.value()).await?.ok_or_else(ApiError::signed_out)?;
    if rule.people.has(session.staff.role) != Some(true) {
        let who = if rule.people == People::Supervisor { "主管" } else { "管理员" };
        return Err(ApiError::forbidden(format!("只有{who}可以这样做")));
    }
    Ok(Caller { staff: session.staff.clone(), session: Some(session) })
}

/// The program whose key the request shows. No page can make a browser send the key, so no other header is needed.
async fn by_key(state: &ApiState, rule: &Rule, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    let key = match shown {
        Some((_, shown)) => state.api_keys.who(shown.trim()).await?,
        None => None,
    };
    let key = key.ok_or_else(ApiError::bad_key)?;
    if rule.keys.iter().any(|scope| key.scopes.contains(scope)) {
        let staff = Staff { id: StaffId(key.id), name: format!("密钥 {}", key.name), role: Role::Admin };
        Ok(Caller { staff, session: None })
    } else {
        Err(ApiError::forbidden("这个密钥没有这项权限"))
    }
}

/// A foreign page can make a browser send our cookie, but not this header without a preflight that we never grant; and
/// where the browser names another origin, it is refused whatever else it sends.
fn check_csrf(method: &Method, headers: &HeaderMap, server: &ServerSettings) -> Result<(), ApiError> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    if !headers.contains_key(CSRF_HEADER) {
        return Err(ApiError::forbidden("缺少防伪请求头"));
    }
    let is_ours = origin::is_own_or_unnamed(headers, server);
    if is_ours { Ok(()) } else { Err(ApiError::forbidden("请求来自别的网站")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    #[test]
    fn a_route_that_nobody_has_decided_about_is_refused() {
        assert_eq!(without_row("/api/admin/brand-new").status(), StatusCode::FORBIDDEN);
        let other_method = without_row("/api/admin/audit");
        assert_eq!(other_method.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(other_method.headers()[ALLOW], "GET");
    }
}
