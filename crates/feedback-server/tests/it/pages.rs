//! The pages as seen by a browser without scripts.

use axum::body::Body;
use axum::http::header;
use feedback_files::sha256_hex;
use serde_json::json;

use crate::help::{Server, multipart, request};

const PAGES: [&str; 15] = [
    "/",
    "/batches",
    "/analyze",
    "/explore",
    "/report",
    "/dashboard",
    "/history",
    "/review",
    "/disagreements",
    "/models",
    "/logs",
    "/system",
    "/about",
    "/admin",
    "/docs",
];

async fn filled() -> Server {
    let server = Server::new();
    let texts: Vec<String> = (0..30)
        .map(|index| format!("text number {index} about the app"))
        .collect();
    server
        .post("/api/v1/classify", json!({ "texts": texts }))
        .await
        .ok();
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_complete_and_safe() {
    let server = filled().await;
    for path in PAGES {
        let page = server.page(path).await.ok();
        let text = page.text();
        assert!(
            text.starts_with("<!DOCTYPE html><html lang=\"en\">") && text.ends_with("</html>"),
            "{path}"
        );
        assert_eq!(text.matches("<h1>").count(), 1, "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(page.header(name), value, "{path}");
        }
        // Browsers do not load the namespace of SVG.
        let loaded = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for forbidden in ["http://", "https://", "style=\"", "javascript:"] {
            assert!(!loaded.contains(forbidden), "{path} contains {forbidden}");
        }
        // Each label belongs to a field, and each input has a label, except hidden inputs and checkboxes.
        for id in attribute_values(text, "<label for=\"") {
            assert!(
                text.contains(&format!("id=\"{id}\"")),
                "{path}: the field {id} of a label is missing"
            );
        }
        for field in text
            .split("<input ")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap())
        {
            let named = field.contains("type=\"hidden\"") || field.contains("type=\"checkbox\"");
            let id = attribute_values(field, "id=\"").into_iter().next();
            let labelled = id.is_some_and(|id| text.contains(&format!("<label for=\"{id}\"")));
            assert!(named || labelled, "{path}: <input {field}>");
        }
    }
}

fn attribute_values(text: &str, start: &str) -> Vec<String> {
    text.split(start)
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_analyzed_and_corrected_without_scripts() {
    let server = Server::new();
    let page = server
        .submit("/", "/analyze", &[("text", "it crashes & burns")])
        .await
        .ok();
    assert!(page.text().contains("it crashes &amp; burns</textarea>"));
    assert!(page.text().contains("usage_tip"));
    assert!(page.text().contains("Why: the words that mattered"));
    let history = server.page("/history").await.ok();
    assert!(history.text().contains("it crashes &amp; burns"));
    let corrected = server
        .submit(
            "/history",
            "/history/1/label",
            &[("label", "praise"), ("back", "/history?q=it")],
        )
        .await;
    assert_eq!(
        (corrected.status.as_u16(), corrected.header("location")),
        (303, "/history?q=it&labelled=1")
    );
    let confirmed = server.page("/history?q=it&labelled=1").await.ok();
    assert!(
        confirmed
            .text()
            .contains("The label of “it crashes &amp; burns” is now <strong>praise</strong>."),
        "{}",
        confirmed.text()
    );
    for nothing in ["", "x", "99"] {
        let page = server
            .page(&format!("/history?q=it&labelled={nothing}"))
            .await
            .ok();
        assert!(!page.text().contains("The label of"), "{nothing}");
    }
    assert!(
        server
            .page("/history?corrected=true")
            .await
            .text()
            .contains("it crashes")
    );
    let export = server.get("/history/export?format=csv&corrected=true").await.ok();
    assert!(export.text().contains(",praise,"), "{}", export.text());
    let undone = server
        .submit("/history", "/history/1/label", &[("undo", "1")])
        .await;
    assert_eq!(undone.status, 303);
    assert!(
        !server
            .page("/history?corrected=true")
            .await
            .text()
            .contains("it crashes")
    );
    // Not stored if the user opts out.
    server
        .submit("/", "/analyze", &[("text", "my secret"), ("private", "1")])
        .await
        .ok();
    assert!(!server.page("/history").await.text().contains("my secret"));
    let empty = server.submit("/", "/analyze", &[("text", "  ")]).await;
    assert_eq!(empty.status, 422);
    assert!(
        empty.text().contains("A text is empty"),
        "the error must be shown on a page"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_uploaded_classified_and_deleted_without_scripts() {
    let server = Server::new();
    let list = server.page("/batches").await.ok();
    let cookie = list.cookie("feedback_visitor").unwrap();
    let (kind, body) = multipart(
        "r.csv",
        b"id,comment\n1,slow\n2,fine\n3,\n",
        &[("csrf", list.token())],
    );
    let upload = request("POST", "/batches")
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, kind);
    let uploaded = server.send(upload.body(Body::from(body)).unwrap()).await;
    assert_eq!(
        (uploaded.status.as_u16(), uploaded.header("location")),
        (303, "/batches/1")
    );
    let choose = server.page("/batches/1").await.ok();
    assert!(choose.text().contains("<option value=\"comment\" selected>"));
    server
        .submit("/batches/1", "/batches/1/start", &[("text_field", "comment")])
        .await;
    server.ended(1).await;
    let page = server.page("/batches/1").await.ok();
    assert!(
        page.text().contains("Download CSV") && page.text().contains(">slow</td>"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("the field `comment` is empty"));
    let csv = server.get("/batches/1/results?format=csv").await.ok();
    assert!(csv.text().starts_with("id,comment,predicted_label"));
    let removed = server.submit("/batches/1", "/batches/1/delete", &[]).await;
    assert_eq!(removed.header("location"), "/batches");
    assert_eq!(server.page("/batches/1").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_counts_the_texts_that_match_the_filter() {
    let server = filled().await;
    server
        .post(
            "/api/v1/classify",
            json!({ "text": "one by mail", "source": "mail" }),
        )
        .await
        .ok();
    let all = server.page("/dashboard").await.ok();
    assert!(
        all.text()
            .contains("<span class=\"soft\">Texts</span><span class=\"big\">31</span>")
    );
    assert!(all.text().contains("<svg class=\"chart ") && all.text().contains("As a table"));
    let mail = server.page("/dashboard?source=mail").await.ok();
    assert!(
        mail.text()
            .contains("<span class=\"soft\">Texts</span><span class=\"big\">1</span>")
    );
    let none = server.page("/dashboard?q=absent").await.ok();
    assert!(none.text().contains("<span class=\"big\">0</span>"));
    assert_eq!(server.page("/dashboard?from=yesterday").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_review_queue_shrinks_as_labels_are_given() {
    let server = filled().await;
    let before = server
        .page("/review")
        .await
        .ok()
        .text()
        .matches("<blockquote>")
        .count();
    let id = server
        .page("/review")
        .await
        .text()
        .split("id=\"p")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    server
        .submit(
            "/review",
            &format!("/history/{id}/label"),
            &[("label", "bug"), ("back", "/review")],
        )
        .await;
    let after = server.page("/review").await.ok();
    assert!(!after.text().contains(&format!("id=\"p{id}\"")));
    assert!(before <= 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_promoted_and_rolled_back_without_scripts() {
    let server = Server::new();
    let folder = tempfile::tempdir().unwrap();
    for entry in fs_err::read_dir(feedback_testkit::fixture("tiny-bert")).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let manifest = json!({
        "format_version": 1, "max_length": 16, "pooling": "cls", "temperature": 1.5, "base_model": "tiny", "seed": 1,
        "metrics": {
            "n": 50, "accuracy": 0.5, "accuracy_interval": { "low": 0.4, "high": 0.6, "confidence": 0.95 },
            "macro": { "precision": 0.4, "recall": 0.4, "f1": 0.4 },
            "weighted": { "precision": 0.45, "recall": 0.45, "f1": 0.45 },
        },
    });
    fs_err::write(folder.path().join("feedback.json"), manifest.to_string()).unwrap();
    let id = server.state.models().add(folder.path()).await.unwrap();
    let page = server.page("/models").await.ok();
    assert!(
        page.text()
            .contains("Accuracy <strong>50.0 %</strong> (95 % interval 40.0 % to 60.0 %)"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("Roll back to"));
    let refused = server
        .submit("/models", &format!("/models/{id}/promote"), &[])
        .await;
    assert_eq!(refused.status, 409);
    assert!(
        refused
            .text()
            .contains("it was not compared with the serving model"),
        "{}",
        refused.text()
    );
    server
        .submit(
            "/models",
            &format!("/models/{id}/promote"),
            &[("accept_worse", "1")],
        )
        .await;
    let about = server.page("/about").await.ok();
    assert!(
        about.text().contains(&id)
            && about.text().contains("50.0 %")
            && about.text().contains("40.0 % to 60.0 %")
    );
    assert!(server.page("/models").await.text().contains("Roll back to"));
    server.submit("/models", "/models/roll-back", &[]).await;
    let about = server.page("/about").await.ok();
    assert!(!about.text().contains(&id) && about.text().contains("contains no metrics"));
    server
        .submit("/models", &format!("/models/{id}/discard"), &[])
        .await;
    assert!(server.page("/models").await.text().contains("discarded"));
}

/// The model is worse than TF-IDF: 45 % against 60 % weighted F1.
#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_worse_than_a_baseline_is_promoted_only_on_confirmation() {
    let server = Server::new();
    let folder = tempfile::tempdir().unwrap();
    for entry in fs_err::read_dir(feedback_testkit::fixture("tiny-bert")).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let manifest = json!({
        "format_version": 1, "max_length": 16, "pooling": "cls", "temperature": 1.5, "base_model": "tiny", "seed": 1,
        "metrics": { "n": 50, "accuracy": 0.5, "weighted": { "f1": 0.45 } },
        "baselines": {
            "majority": { "accuracy": 0.2, "weighted_f1": 0.1 },
            "tfidf": { "accuracy": 0.62, "weighted_f1": 0.6 },
        },
    });
    fs_err::write(folder.path().join("feedback.json"), manifest.to_string()).unwrap();
    let id = server.state.models().add(folder.path()).await.unwrap();
    assert!(
        !server.page("/").await.text().contains("worse than TF-IDF"),
        "it does not serve yet"
    );
    assert!(server.page("/models").await.text().contains("promote it anyway"));

    let path = format!("/api/v1/models/{id}/promote");
    let refused = server.post(&path, json!({})).await;
    refused.problem(409, "conflict");
    let refused = refused.json();
    let message = refused["detail"].as_str().unwrap();
    assert!(
        message.contains("45.0 %") && message.contains("60.0 %") && message.contains("accept_worse"),
        "{message}"
    );
    let promoted = server
        .post(&format!("{path}?accept_worse=true"), json!({}))
        .await
        .ok()
        .json();
    assert_eq!(promoted["id"], id.as_str());
    assert!(server.page("/").await.text().contains("worse than TF-IDF"));
}

#[tokio::test(flavor = "multi_thread")]
async fn htmx_gets_parts_of_pages() {
    let server = filled().await;
    let page = server.page("/").await;
    let body = format!("csrf={}&text=slow", page.token());
    let part = request("POST", "/analyze")
        .header("hx-request", "true")
        .header(header::COOKIE, page.cookie("feedback_visitor").unwrap())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body));
    let part = server.send(part.unwrap()).await.ok();
    assert!(part.text().starts_with("<section"), "{}", part.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_get_errors_as_pages() {
    let server = Server::new();
    let page = server.page("/nowhere").await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("<nav aria-label=\"Pages\">"));
    assert_eq!(server.page("/history/abc/label").await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn vendored_assets_match_the_manifest() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/vendor");
    let manifest: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    let mut listed = vec!["manifest.json".to_owned()];
    for entry in manifest.as_array().unwrap() {
        for field in ["package", "version", "path", "licence"] {
            assert!(entry[field].is_string(), "{entry}");
        }
        let file = entry["file"].as_str().unwrap();
        let bytes = fs_err::read(folder.join(file)).unwrap();
        let hash = sha256_hex(&bytes);
        assert_eq!(entry["sha256"], hash, "{file}");
        listed.extend([
            file.to_owned(),
            entry["licence_file"].as_str().unwrap().to_owned(),
        ]);
    }
    for entry in fs_err::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(listed.contains(&name), "{name} is not in the manifest");
    }
    let server = Server::new();
    let page = server.page("/").await;
    for path in attribute_values(page.text(), "src=\"") {
        let asset = server.get(&path).await.ok();
        assert_eq!(
            asset.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert!(asset.header("content-type").starts_with("text/javascript"));
    }
}
