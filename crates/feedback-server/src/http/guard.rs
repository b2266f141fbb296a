//! The middleware around all handlers: identifies visitors, refuses requests, counts and logs them, and sets headers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::client::Client;
use crate::auth::{ApiKeys, Key, LOGIN_COOKIE, Role, Visitor, WEBHOOK_PATH, Who, area, cookie};
use crate::config::is_loopback;
use crate::problem::{Code, PageError, Problem};
use crate::state::{Inner, Shared};

/// The content security policy: nothing is loaded from other sites, and pages have no inline scripts or styles. The script that copies a
/// chart as a picture reads it from `blob:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// Counts and logs a request, and sets the headers that every response has.
pub(crate) async fn observe(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str)
        .to_owned();
    let mut response = next.run(request).await;
    let (status, taken) = (response.status().as_u16(), began.elapsed());
    state.metrics.request(&method, &route, status, taken);
    // The route is the pattern of the address. The address itself is not logged, because a query may contain feedback.
    tracing::debug!(%method, route, status, ms = taken.as_millis() as u64, "answered");
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Identifies the visitor, and sets the cookie of a new visitor.
pub(crate) async fn identify(State(state): State<Shared>, mut request: Request, next: Next) -> Response {
    let client = Client::of(&request, &state.config.trusted_proxies);
    let visitor = who(&state, request.headers(), client).and_then(|who| {
        Visitor::of(request.headers(), &state.secret, who, client.is_secure).map_err(Problem::from)
    });
    let visitor = match visitor {
        Ok(visitor) => visitor,
        Err(problem) => return problem.into_response(),
    };
    let cookie = visitor
        .new_cookie
        .clone()
        .filter(|_| wants_html(request.headers()));
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    let is_refused = response.extensions_mut().remove::<Refused>().is_some();
    if !is_refused && let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Identifies the visitor by the key in the request or by the session.
fn who(state: &Inner, headers: &HeaderMap, client: Client) -> Result<Who, Problem> {
    let Some(keys) = &state.keys else {
        return Ok(Who::Anybody);
    };
    if let Some(given) = given_key(headers) {
        let key = accepted_key(state, keys, given, client)?;
        return Ok(key.map_or(Who::Nobody, |key| Who::Key {
            key,
            logged_in: false,
        }));
    }
    let session = cookie(headers, LOGIN_COOKIE).and_then(|token| state.sessions.key_of(&token));
    let key = session.and_then(|(id, began)| keys.by_id(&id, began));
    Ok(key.map_or(Who::Nobody, |key| Who::Key { key, logged_in: true }))
}

/// Returns the key if it is accepted. A client that gave too many wrong keys must wait before the next key is checked.
pub(crate) fn accepted_key(
    state: &Inner,
    keys: &ApiKeys,
    given: &str,
    client: Client,
) -> Result<Option<Arc<Key>>, Problem> {
    let now = Instant::now();
    let wait = |seconds| Problem {
        code: Code::RateLimited,
        detail: "too many wrong keys from this address".into(),
        retry_after: Some(seconds),
    };
    state.guesses.check(client.address, now).map_err(wait)?;
    let key = keys.find(given);
    if key.is_none() {
        // If there were too many wrong keys, `check` refuses the next attempt.
        let _ = state.guesses.take(client.address, now);
        tracing::warn!(client = %client.address, "a client sent a wrong key");
    }
    Ok(key)
}

/// How long a read request waits for earlier requests of the same client.
const READ_WAIT: Duration = Duration::from_secs(20);

/// Marks the response to a request that was refused before it reached a handler.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused;

/// Refuses requests that must not reach a handler. Runs after [`identify`].
pub(crate) async fn guard(
    State(state): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Extension(client): Extension<Client>,
    mut request: Request,
    next: Next,
) -> Response {
    match check(&state, &request, &visitor, client) {
        Ok(()) => {
            // Held until the request is answered.
            let allowance = state.admission.allowance(client.address);
            request.extensions_mut().insert(allowance.clone());
            let turn = match reading(&request) {
                true => match tokio::time::timeout(READ_WAIT, state.reads.wait(client.address)).await {
                    Ok(turn) => Some(turn),
                    Err(_) => return refusal(&request, busy()),
                },
                false => None,
            };
            let response = next.run(request).await;
            drop((allowance, turn));
            response
        }
        Err(problem) => {
            let mut response = refusal(&request, problem);
            response.extensions_mut().insert(Refused);
            response
        }
    }
}

/// Returns whether a request is a read that counts toward the client's limit of concurrent reads. The limit keeps one client from
/// delaying the others. Streams and downloads have quotas instead, and cheap requests have no such limit.
fn reading(request: &Request) -> bool {
    let path = request.uri().path();
    let streams = path == "/events"
        || path.ends_with("/stream")
        || path.ends_with("/export")
        || path.ends_with("/results");
    let is_cheap =
        path.starts_with("/assets/") || matches!(path, "/livez" | "/readyz" | "/metrics" | "/login");
    is_safe(request.method()) && !streams && !is_cheap
}

fn busy() -> Problem {
    Problem {
        code: Code::Busy,
        detail: "earlier requests of this client are still being answered".into(),
        retry_after: Some(5),
    }
}

/// Returns whether the client is a browser that requests a page.
pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn check(state: &Inner, request: &Request, visitor: &Visitor, client: Client) -> Result<(), Problem> {
    check_host(state, request)?;
    let path = request.uri().path();
    let is_asset = path.starts_with("/assets/");
    let is_probe = matches!(path, "/livez" | "/readyz");
    if !is_probe {
        state
            .rate
            .take(client.address, Instant::now())
            .map_err(|seconds| Problem {
                code: Code::RateLimited,
                detail: "too many requests from this address".into(),
                retry_after: Some(seconds),
            })?;
    }
    if is_safe(request.method()) {
        check_reader(request)?;
    } else {
        check_site(request)?;
    }
    let is_signed = path == WEBHOOK_PATH && state.config.webhook_secrets.is_some();
    if is_asset || is_probe || is_signed || matches!(path, "/login" | "/logout") {
        return Ok(());
    }
    let who = &visitor.who;
    if matches!(who, Who::Nobody) {
        return Err(Problem::new(
            Code::Unauthorized,
            "send a key as `Authorization: Bearer …`, or log in at /login",
        ));
    }
    let (role, area) = (Role::needed(request.method(), path), area(path));
    if who.may(role, area) {
        return Ok(());
    }
    let detail = format!(
        "this request needs a key with at least the role `{}`, and with the scope `{area}` or without scopes",
        role.name()
    );
    Err(Problem::new(Code::Forbidden, detail))
}

/// Refuses requests with a foreign `Host`. Another site may let one of its host names point to this machine (DNS rebinding); the
/// `Host` header then contains that name. A server that listens on the network cannot check this, because it does not know its
/// own names, but it has API keys.
fn check_host(state: &Inner, request: &Request) -> Result<(), Problem> {
    if request.headers().get_all(header::HOST).iter().count() > 1 {
        return Err(Problem::invalid(
            "a request must have only one `Host` header (RFC 9112, section 3.2)",
        ));
    }
    if !state.config.is_local() {
        return Ok(());
    }
    let host = host(request).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = name.parse::<IpAddr>().is_ok_and(is_loopback);
    if is_loopback || name.eq_ignore_ascii_case("localhost") {
        return Ok(());
    }
    Err(Problem::new(
        Code::WrongHost,
        "the `Host` header must be localhost or a loopback address such as 127.0.0.1",
    ))
}

fn host(request: &Request) -> Option<&str> {
    let header = request.headers().get(header::HOST);
    header
        .and_then(|host| host.to_str().ok())
        .or(request.uri().authority().map(|authority| authority.as_str()))
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Refuses reads by pages of other sites, unless a browser follows a link to this server. A page of another site cannot read the
/// response, but it could overload the server with requests.
fn check_reader(request: &Request) -> Result<(), Problem> {
    let text = |name: &str| request.headers().get(name).map(HeaderValue::as_bytes);
    let is_elsewhere = matches!(text("sec-fetch-site"), Some(b"cross-site" | b"same-site"));
    if is_elsewhere && text("sec-fetch-mode") != Some(b"navigate") {
        return Err(Problem::new(
            Code::CrossSite,
            "the request came from another site",
        ));
    }
    Ok(())
}

/// Refuses changes by pages of other sites. A change must come from a page of this server or from a program.
fn check_site(request: &Request) -> Result<(), Problem> {
    let refused = || Problem::new(Code::CrossSite, "the request came from another site");
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or("?"))
    };
    match text("sec-fetch-site") {
        None | Some("same-origin" | "none") => {}
        Some(_) => return Err(refused()),
    }
    let Some(origin) = text("origin") else {
        return Ok(());
    };
    let is_own = origin
        .split_once("://")
        .is_some_and(|(_, authority)| host(request).is_some_and(|host| host.eq_ignore_ascii_case(authority)));
    if is_own { Ok(()) } else { Err(refused()) }
}

fn given_key(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        // The scheme is case-insensitive (RFC 9110, section 11.1).
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key);
    let plain = headers.get("x-api-key").and_then(|value| value.to_str().ok());
    bearer.or(plain).map(str::trim)
}

fn refusal(request: &Request, problem: Problem) -> Response {
    let is_page = wants_html(request.headers()) && request.method() == Method::GET;
    if problem.code == Code::Unauthorized && is_page {
        return Redirect::to("/login").into_response();
    }
    PageError::from(problem).into_response()
}
