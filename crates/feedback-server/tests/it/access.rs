//! Keys, roles and sessions.

use axum::body::Body;
use axum::http::header;
use serde_json::json;

use crate::help::{Answer, Options, Server, keys, request};

pub(crate) const READER: &str = "a-key-that-only-reads";
pub(crate) const LABELLER: &str = "a-key-that-also-labels";
pub(crate) const OWNER: &str = "a-key-that-does-it-all";

fn file() -> String {
    format!("{READER} role=read name=rita\n{LABELLER} role=label name=lars\n{OWNER} name=olga\n")
}

pub(crate) fn server(folder: &std::path::Path) -> Server {
    Server::with(Options {
        keys: Some(keys(folder, &file())),
        ..Options::default()
    })
}

pub(crate) async fn with_key(server: &Server, key: &str, method: &str, path: &str, body: &str) -> Answer {
    let request = request(method, path)
        .header(header::AUTHORIZATION, format!("bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json");
    server
        .send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

/// Logs in and returns the cookies of the browser.
pub(crate) async fn log_in(server: &Server, key: &str) -> String {
    let page = server.page("/login").await;
    let visitor = page.cookie("feedback_visitor").unwrap();
    let form = request("POST", "/login")
        .header(header::COOKIE, &visitor)
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let body = format!("csrf={}&key={key}", page.token());
    let answer = server.send(form.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    format!("{visitor}; {}", answer.cookie("feedback_login").unwrap())
}

pub(crate) async fn page(server: &Server, cookies: &str, path: &str) -> Answer {
    let request = request("GET", path)
        .header(header::COOKIE, cookies)
        .header(header::ACCEPT, "text/html");
    server.send(request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn submit(server: &Server, cookies: &str, from: &str, action: &str, fields: &str) -> Answer {
    let token = page(server, cookies, from).await.token().to_owned();
    let form = request("POST", action)
        .header(header::COOKIE, cookies)
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    server
        .send(form.body(Body::from(format!("csrf={token}&{fields}"))).unwrap())
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_allows_its_actions_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let text = json!({ "text": "so slow" }).to_string();
    let made = with_key(&server, READER, "POST", "/api/v1/classify", &text)
        .await
        .ok();
    let id = made.json()["predictions"][0]["id"].as_i64().unwrap();
    with_key(&server, READER, "GET", "/api/v1/history", "").await.ok();
    let correction = json!({ "prediction_id": id, "label": "bug" }).to_string();
    with_key(&server, READER, "POST", "/api/v1/corrections", &correction)
        .await
        .problem(403, "forbidden");
    with_key(&server, LABELLER, "POST", "/api/v1/corrections", &correction)
        .await
        .ok();
    with_key(&server, LABELLER, "POST", "/api/v1/models/roll-back", "")
        .await
        .problem(403, "forbidden");
    with_key(&server, LABELLER, "GET", "/logs", "")
        .await
        .problem(403, "forbidden");
    with_key(&server, OWNER, "POST", "/api/v1/models/roll-back", "")
        .await
        .problem(409, "conflict");
    let cookies = log_in(&server, READER).await;
    let shown = page(&server, &cookies, "/history").await.ok();
    assert!(
        !shown.text().contains("href=\"/logs\""),
        "the bar shows a page that the role may not open"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_survives_a_restart_and_ends_with_the_logout_or_the_removal_of_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let cookies = log_in(&server, OWNER).await;
    page(&server, &cookies, "/history").await.ok();
    let server = server.restarted(Options {
        keys: Some(keys(folder.path(), &file())),
        ..Options::default()
    });
    page(&server, &cookies, "/history").await.ok();
    // A copy of the cookie is rejected after the logout.
    let out = submit(&server, &cookies, "/history", "/logout", "").await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/login"));
    let after = page(&server, &cookies, "/history").await;
    assert_eq!((after.status.as_u16(), after.header("location")), (303, "/login"));
    // A session also ends when its key is removed from the file.
    let cookies = log_in(&server, OWNER).await;
    page(&server, &cookies, "/history").await.ok();
    fs_err::write(folder.path().join("keys.txt"), format!("{READER} role=read\n")).unwrap();
    assert_eq!(page(&server, &cookies, "/history").await.status, 303);
    assert_eq!(
        submit_promote(&server, &cookies).await.status.as_u16(),
        401,
        "the ended session must not promote a model either"
    );
}

async fn submit_promote(server: &Server, cookies: &str) -> Answer {
    let request = request("POST", "/models/x/promote").header(header::COOKIE, cookies);
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_of_keys_are_limited() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let mut statuses = Vec::new();
    for guess in 0..12 {
        let wrong = format!("a-wrong-key-number-{guess}");
        let answer = with_key(&server, &wrong, "GET", "/api/v1/models", "").await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [429; 2]);
    let waits = with_key(&server, OWNER, "GET", "/api/v1/models", "").await;
    waits.problem(429, "rate_limited");
    assert!(waits.header("retry-after").parse::<u32>().unwrap() <= 10);
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_names_the_actor() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let uploaded = server_upload(&server).await;
    with_key(
        &server,
        OWNER,
        "DELETE",
        &format!("/api/v1/batches/{uploaded}"),
        "",
    )
    .await
    .ok();
    let audit = with_key(&server, OWNER, "GET", "/api/v1/audit", "")
        .await
        .ok()
        .json();
    assert_eq!(
        (&audit[0]["action"], &audit[0]["actor"]),
        (&json!("batch.delete"), &json!("olga"))
    );
}

async fn server_upload(server: &Server) -> i64 {
    let (kind, body) = crate::help::multipart("a.csv", b"id,text\n1,slow\n", &[]);
    let request = request("POST", "/api/v1/batches")
        .header(header::AUTHORIZATION, format!("Bearer {LABELLER}"))
        .header(header::CONTENT_TYPE, kind);
    let answer = server.send(request.body(Body::from(body)).unwrap()).await.ok();
    answer.json()["id"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_secure_behind_tls() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with(Options {
        keys: Some(keys(folder.path(), &file())),
        trusted: true,
        ..Options::default()
    });
    let page = async |protocol: &str| {
        let request = request("GET", "/login")
            .header("x-forwarded-proto", protocol)
            .header(header::ACCEPT, "text/html");
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        answer.header("set-cookie").to_owned()
    };
    assert!(page("https").await.ends_with("; Secure"));
    assert!(!page("http").await.contains("Secure"));
}
