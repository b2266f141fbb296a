//! Attacks on the server: each must get a safe response.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

use crate::help::{Options, Server, multipart, request};

const SCRIPT: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

#[tokio::test(flavor = "multi_thread")]
async fn scripts_in_texts_and_names_are_escaped() {
    let server = Server::new();
    server
        .post(
            "/api/v1/classify",
            json!({ "text": SCRIPT, "source": "<script>s" }),
        )
        .await
        .ok();
    let id = server
        .upload(
            "<script>alert(2)</script>.csv",
            format!("text,<script>\n\"{}\",x\n", SCRIPT.replace('"', "\"\"")).as_bytes(),
            Some("text"),
        )
        .await
        .ok()
        .json()["id"]
        .as_i64()
        .unwrap();
    server.ended(id).await;
    let view = json!({ "name": "<script>v", "address": "/explore?q=%3Cscript%3E" });
    assert_eq!(server.post("/api/v1/views", view).await.status, 201);
    let label = json!({ "label": "<script>l" });
    assert_eq!(server.post("/api/v1/labels", label).await.status, 201);
    let rules =
        "[[rule]]\nname = \"<script>r\"\nwhen = { words = [\"alert\"] }\nthen = { team = \"<script>t\" }\n";
    server
        .put("/api/v1/rules", json!({ "toml": rules, "apply_to": 10 }))
        .await
        .ok();
    let analyzed = server.submit("/", "/analyze", &[("text", SCRIPT)]).await.ok();
    let batch = format!("/batches/{id}");
    let paths = [
        "/",
        "/history",
        "/review",
        "/disagreements",
        "/dashboard",
        "/batches",
        &batch,
        "/logs",
        "/system",
        "/models",
        "/about",
        "/explore",
        "/explore?by=%3Cscript%3E&label=%3Cscript%3E",
        "/themes",
        "/inbox",
        "/rules",
        "/report",
        "/similar?id=1",
        "/train",
        "/drift",
        "/admin",
    ];
    let mut pages = vec![analyzed];
    for path in paths {
        pages.push(server.page(path).await.ok());
    }
    for page in pages {
        let text = page.text();
        assert!(
            !text.contains("<script>alert") && !text.contains("<script>s") && !text.contains("<img src=x"),
            "{text}"
        );
        assert!(
            page.header("content-security-policy")
                .contains("default-src 'none'; script-src 'self'; style-src 'self'")
        );
        assert!(
            !text.contains("style=\"") && !text.contains("onclick="),
            "no inline styles or event handlers"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn formulas_are_escaped_in_downloads() {
    let server = Server::new();
    let content = "text,=cmd\n=HYPERLINK(\"http://x\"),+1+1\n＝1+1,@a\n\"\t=1\",-5\n";
    let id = server
        .upload("a.csv", content.as_bytes(), Some("text"))
        .await
        .ok()
        .json()["id"]
        .as_i64()
        .unwrap();
    // The first row's quotes are within an unquoted field, which is legal; formulas are escaped in the output.
    server.ended(id).await;
    let csv = server
        .get(&format!("/api/v1/batches/{id}/results?format=csv"))
        .await
        .ok();
    for line in csv.text().lines() {
        for cell in line.split(',') {
            let cell = cell.trim_start_matches('"');
            let first = cell.chars().next().unwrap_or(' ');
            assert!(!"=+@\t＝＋＠".contains(first), "{line}");
        }
    }
    assert!(
        csv.text().contains(",-5,"),
        "a number must not be escaped: {}",
        csv.text()
    );
    let history = server.get("/history/export?format=csv").await.ok();
    assert!(
        !history.text().contains("\n=") && !history.text().contains(",="),
        "{}",
        history.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_outside_the_folders_are_not_found() {
    let server = Server::new();
    for path in [
        "/assets/../feedback.sqlite",
        "/assets/..%2f..%2fsecret",
        "/assets/%2e%2e/secret",
        "/api/v1/models/..%2f..%2fsecret",
        "/api/v1/batches/..%2f1/results",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let promote = server
        .post("/api/v1/models/..%2F..%2Fetc/promote", json!({}))
        .await;
    promote.problem(404, "not_found");
    let uploaded = server
        .upload("../../../etc/passwd.csv", b"text\nhello\n", Some("text"))
        .await
        .ok()
        .json();
    assert_eq!(uploaded["name"], "passwd.csv");
    let id = uploaded["id"].as_i64().unwrap();
    server.ended(id).await;
    let uploads: Vec<_> = fs_err::read_dir(server.state_dir().join("uploads"))
        .unwrap()
        .collect();
    assert_eq!(uploads.len(), 1);
    assert!(!server.state_dir().join("../etc").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_are_cut_off() {
    let server = Server::with(Options {
        config: |config| config.max_upload_bytes = 100_000,
        ..Options::default()
    });
    let text = "x".repeat((2 << 20) + 1);
    server
        .post("/api/v1/classify", json!({ "text": text }))
        .await
        .problem(413, "too_large");
    // An endless body: the server reads only a limited part.
    let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 1 << 16]));
    let endless = request("POST", "/api/v1/classify")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(chunks))
        .unwrap();
    server.send(endless).await.problem(413, "too_large");
    let rows = "a row\n".repeat(20_000);
    server
        .upload("a.txt", rows.as_bytes(), Some("text"))
        .await
        .problem(413, "too_large");
    let left: Vec<_> = fs_err::read_dir(server.state_dir().join("uploads"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_are_cut_off() {
    let server = Server::with(Options {
        config: |config| {
            config.body_deadline = std::time::Duration::from_millis(100);
            config.upload_deadline = std::time::Duration::from_millis(100);
        },
        ..Options::default()
    });
    let never = || Body::from_stream(futures_util::stream::pending::<std::io::Result<Vec<u8>>>());
    let slow = request("POST", "/api/v1/classify").header(header::CONTENT_TYPE, "application/json");
    server
        .send(slow.body(never()).unwrap())
        .await
        .problem(408, "request_timeout");
    let slow =
        request("POST", "/api/v1/batches").header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    server
        .send(slow.body(never()).unwrap())
        .await
        .problem(408, "request_timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_encodings_and_deep_nesting_are_refused() {
    let server = Server::new();
    let broken = b"{\"text\": \"\xff\xfe\"}".to_vec();
    server
        .post_raw("/api/v1/classify", "application/json", broken)
        .await
        .problem(400, "invalid_json");
    let deep = format!("{{\"text\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    server
        .post_raw("/api/v1/classify", "application/json", deep.clone())
        .await
        .problem(400, "invalid_json");
    let inputs = deep.replace("text", "inputs");
    assert_eq!(
        server
            .post_raw("/predict", "application/json", inputs)
            .await
            .status,
        422
    );
    let lone = "{\"text\": \"\\ud800\"}";
    server
        .post_raw("/api/v1/classify", "application/json", lone)
        .await
        .problem(400, "invalid_json");
    // In a file, only the rows with such content are set aside.
    let mut rows = b"{\"text\": \"fine\"}\n{\"text\": \"\xff\"}\n".to_vec();
    rows.extend_from_slice(format!("{{\"text\": {}}}\n", "[".repeat(5_000)).as_bytes());
    rows.extend_from_slice(b"{\"text\": \"fine too\"}\n");
    let id = server.upload("a.jsonl", &rows, Some("text")).await.ok().json()["id"]
        .as_i64()
        .unwrap();
    let batch = server.ended(id).await;
    assert_eq!(
        (&batch["state"], &batch["classified"], &batch["bad"]),
        (&json!("done"), &json!(2), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_change_nothing() {
    let server = Server::new();
    let id = server
        .post("/api/v1/classify", json!({ "text": "a" }))
        .await
        .ok()
        .json()["predictions"][0]["id"]
        .as_i64()
        .unwrap();
    let path = format!("/history/{id}/label");
    let form = "application/x-www-form-urlencoded";
    // Without a token, and with the token of another visitor.
    server
        .post_raw(&path, form, "label=bug")
        .await
        .problem(403, "cross_site");
    let token = server.page("/").await.token().to_owned();
    server
        .post_raw(&path, form, format!("label=bug&csrf={token}"))
        .await
        .problem(403, "cross_site");
    // Headers of the browser show that the request comes from another site.
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let request = request("POST", "/api/v1/corrections")
            .header(name, value)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(
                json!({ "prediction_id": id, "label": "bug" }).to_string(),
            ));
        server.send(request.unwrap()).await.problem(403, "cross_site");
    }
    let upload = multipart("a.csv", b"text\nhello\n", &[("csrf", "wrong")]);
    server
        .post_raw("/batches", &upload.0, upload.1)
        .await
        .problem(403, "cross_site");
    assert_eq!(server.get("/api/v1/corrections").await.json()["items"], json!([]));
    let done = server
        .submit("/", &path, &[("label", "bug"), ("back", "https://evil.example")])
        .await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/"));
    assert_eq!(
        server.get("/api/v1/corrections").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_host_names_are_refused() {
    let server = Server::new();
    for (host, status) in [
        ("localhost", 200),
        ("LOCALHOST:8501", 200),
        ("127.0.0.1", 200),
        ("[::1]:8501", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example:8501", 421),
        ("", 421),
    ] {
        let request = Request::get("/api/v1/models")
            .header(header::HOST, host)
            .body(Body::empty())
            .unwrap();
        assert_eq!(server.send(request).await.status, status, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_refused_with_a_retry_after() {
    let server = Server::with(Options {
        config: |config| (config.rate_per_second, config.rate_burst) = (1, 5),
        ..Options::default()
    });
    let mut refused = 0;
    for _ in 0..10 {
        let answer = server.get("/api/v1/models").await;
        if answer.status == 429 {
            answer.problem(429, "rate_limited");
            assert_eq!(answer.header("retry-after"), "1");
            refused += 1;
        }
    }
    assert!(refused >= 4, "{refused}");
    assert_eq!(server.get("/livez").await.status, 200, "probes are never refused");
}
