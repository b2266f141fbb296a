//! Limits for one client and for all clients together.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use feedback_server::{Bound, Limits};
use futures_util::StreamExt;
use serde_json::json;
use tower::ServiceExt;

use crate::help::{Options, Server, request};

fn with_limits(change: fn(&mut Limits)) -> Server {
    Server::with(Options {
        limits: change,
        ..Options::default()
    })
}

fn from(address: &str, path: &str) -> Request<Body> {
    request("GET", path)
        .header("x-forwarded-for", address)
        .body(Body::empty())
        .unwrap()
}

/// A text of 64 KiB, which the tokenizer would split into about 65,000 tokens, and texts above the maximum length.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_is_truncated_before_it_is_tokenised_and_a_longer_one_is_refused() {
    let server = Server::new();
    let began = Instant::now();
    let text = |bytes: usize| json!({ "text": "!".repeat(bytes) });
    let answer = server.post("/api/v1/classify", text(64 << 10)).await.ok();
    assert_eq!(answer.json()["predictions"][0]["truncated"], true);
    server
        .post("/api/v1/classify", text((64 << 10) + 1))
        .await
        .problem(413, "too_large");
    server
        .post("/api/v1/classify", text((2 << 20) - 100))
        .await
        .problem(413, "too_large");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn very_long_rows_of_a_file_are_set_aside() {
    let server = Server::new();
    let row = "!".repeat((1 << 20) - 10);
    let rows = format!("{}fine\n", format!("{row}\n").repeat(48));
    let id = server
        .upload("a.txt", rows.as_bytes(), Some("text"))
        .await
        .ok()
        .json()["id"]
        .as_i64()
        .unwrap();
    let batch = server.ended(id).await;
    assert_eq!(
        (&batch["state"], &batch["classified"], &batch["bad"]),
        (&json!("done"), &json!(1), &json!(48))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_a_page_of_a_list_is_limited() {
    let server = Server::new();
    for _ in 0..10 {
        let texts: Vec<String> = (0..4)
            .map(|index| format!("{index} {}", "x".repeat(60_000)))
            .collect();
        server
            .post("/api/v1/classify", json!({ "texts": texts }))
            .await
            .ok();
    }
    let (mut seen, mut next) = (0, String::new());
    loop {
        let page = server.get(&format!("/api/v1/history?limit=500{next}")).await.ok();
        assert!(page.body.len() < 2 << 20, "{}", page.body.len());
        let page = page.json();
        seen += page["items"].as_array().unwrap().len();
        match page["next"].as_i64() {
            Some(id) => next = format!("&before={id}"),
            None => break,
        }
    }
    assert_eq!(seen, 40, "the pages together must contain all texts");
    let html = server.page("/history").await.ok();
    assert!(html.body.len() < 2 << 20 && html.text().contains("Older"));
}

#[tokio::test(flavor = "multi_thread")]
async fn request_bodies_share_a_memory_limit() {
    let server = with_limits(|limits| limits.body_bytes = Bound::new(3000, 2000));
    let body = |bytes: usize| json!({ "text": "x".repeat(bytes) });
    server.post("/api/v1/classify", body(1500)).await.ok();
    server
        .post("/api/v1/classify", body(2500))
        .await
        .problem(429, "rate_limited");
    // The memory of earlier requests was released.
    for _ in 0..5 {
        server.post("/api/v1/classify", body(1500)).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_are_limited_per_client_and_in_total() {
    let server = with_limits(|limits| limits.streams = Bound::new(3, 2));
    let open = async |address: &str| {
        server
            .app
            .clone()
            .oneshot(from(address, "/events"))
            .await
            .unwrap()
    };
    let mut held = vec![open("10.0.0.1").await, open("10.0.0.1").await];
    let mut stream = held.remove(0).into_body().into_data_stream();
    server
        .post("/api/v1/classify", json!({ "text": "a text" }))
        .await
        .ok();
    assert!(stream.next().await.unwrap().is_ok(), "the stream is alive");
    let refused = open("10.0.0.1").await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (429, &HeaderValue::from(1))
    );
    let other = open("10.0.0.2").await;
    assert_eq!(other.status(), 200);
    assert_eq!(open("10.0.0.3").await.status(), 503);
    drop((stream, other));
    assert_eq!(open("10.0.0.3").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unread_download_leaves_no_file_and_counts_towards_the_limit() {
    let server = with_limits(|limits| limits.exports = Bound::new(2, 1));
    let texts: Vec<String> = (0..200)
        .map(|index| format!("{index} {}", "long ".repeat(400)))
        .collect();
    server
        .post("/api/v1/classify", json!({ "texts": texts }))
        .await
        .ok();
    let path = "/history/export?format=jsonl";
    let open = async |address: &str| server.app.clone().oneshot(from(address, path)).await.unwrap();
    let unread = open("10.0.0.1").await;
    assert_eq!(unread.status(), 200);
    assert_eq!(open("10.0.0.1").await.status(), 429);
    let uploads = fs_err::read_dir(server.state_dir().join("uploads")).unwrap();
    assert_eq!(uploads.count(), 0);
    drop(unread);
    let began = Instant::now();
    let read = loop {
        let answer = server.send(from("10.0.0.1", path)).await;
        if answer.status == 200 {
            break answer;
        }
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "the writer never ended"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(read.text().lines().count(), 200);
    assert!(read.text().contains("\"199 long "));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_staged_file_does_not_read_the_file_again() {
    let server = Server::new();
    let id = server
        .upload("a.csv", b"id,comment\n1,slow\n2,fine\n", None)
        .await
        .ok()
        .json()["id"]
        .as_i64()
        .unwrap();
    for entry in fs_err::read_dir(server.state_dir().join("uploads")).unwrap() {
        fs_err::remove_file(entry.unwrap().path()).unwrap();
    }
    let page = server.page(&format!("/batches/{id}")).await.ok();
    assert!(
        page.text().contains("2 rows") && page.text().contains("comment"),
        "{}",
        page.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn implausible_dates_are_not_stored() {
    let server = Server::new();
    let rows = "{\"text\": \"slow\", \"created_at\": \"9999-12-31\"}\n{\"text\": \"fast\", \"created_at\": \"0001-01-01\"}\n";
    let id = server
        .upload("a.jsonl", rows.as_bytes(), Some("text"))
        .await
        .ok()
        .json()["id"]
        .as_i64()
        .unwrap();
    assert_eq!(server.ended(id).await["classified"], 2);
    let items = server.get("/api/v1/history").await.ok().json();
    for item in items["items"].as_array().unwrap() {
        let at = item["at"].as_str().unwrap();
        assert!(at.starts_with("20"), "{at}");
    }
    let page = server.page("/dashboard").await.ok();
    assert!(!page.text().contains("9999"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarded_addresses_are_accepted_only_from_trusted_proxies() {
    let mut limited = Options {
        config: |config| (config.rate_per_second, config.rate_burst) = (1, 3),
        ..Options::default()
    };
    limited.trusted = true;
    let server = Server::with(limited);
    for client in ["10.0.0.1", "10.0.0.2"] {
        let answers = [(); 4].map(|()| from(client, "/api/v1/models"));
        let mut statuses = Vec::new();
        for request in answers {
            statuses.push(server.send(request).await.status.as_u16());
        }
        assert_eq!(statuses, [200, 200, 200, 429], "{client}");
    }
    let direct = Server::with(Options {
        config: |config| (config.rate_per_second, config.rate_burst) = (1, 3),
        trusted: false,
        ..Options::default()
    });
    let mut refused = 0;
    for client in 0..6 {
        let request = from(&format!("10.0.0.{client}"), "/api/v1/models");
        refused += usize::from(direct.send(request).await.status == 429);
    }
    assert_eq!(
        refused, 3,
        "all requests count for one client, whatever address they claim"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_two_hosts_is_refused() {
    let server = Server::new();
    let two = request("GET", "/api/v1/models").header(header::HOST, "localhost");
    server
        .send(two.body(Body::empty()).unwrap())
        .await
        .problem(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_may_link_to_pages_but_not_load_them() {
    let server = Server::new();
    let load = async |site: &str, mode: &str| {
        let request = request("GET", "/history/export")
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", mode);
        server.send(request.body(Body::empty()).unwrap()).await
    };
    load("cross-site", "no-cors").await.problem(403, "cross_site");
    load("same-site", "cors").await.problem(403, "cross_site");
    let linked = load("cross-site", "navigate").await.ok();
    assert_eq!(linked.header("cross-origin-resource-policy"), "same-origin");
    load("same-origin", "cors").await.ok();
    load("none", "navigate").await.ok();
}
