//! A damaged database: what can be read is shown, and nothing is stored.

use std::path::Path;

use serde_json::{Value, json};

use crate::help::{Options, Server};

/// Overwrites a database page that contains texts.
fn spoil(state: &Path) {
    let path = state.join("feedback.sqlite");
    let mut bytes = fs_err::read(&path).unwrap();
    let pages: Vec<usize> = (0..bytes.len() / 4096)
        .filter(|page| {
            bytes[page * 4096..][..4096]
                .windows(8)
                .any(|part| part == b"and more")
        })
        .collect();
    assert!(pages.len() > 5, "{pages:?}");
    bytes[pages[2] * 4096..][..4096].fill(0xFF);
    fs_err::write(path, bytes).unwrap();
}

async fn filled() -> Server {
    let server = Server::new();
    let texts: Vec<String> = (0..200)
        .map(|index| format!("text {index} {}", "and more ".repeat(20)))
        .collect();
    server
        .post("/api/v1/classify", json!({ "texts": texts }))
        .await
        .ok();
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_read_and_not_written() {
    let server = filled().await.restarted_after(spoil);
    let database = server.state_dir().join("feedback.sqlite");
    let before = fs_err::read(&database).unwrap();
    server.get("/livez").await.ok();
    server.get("/readyz").await.problem(503, "storage_unavailable");
    let history = server.get("/api/v1/history?limit=500").await.ok().json();
    let n = history["items"].as_array().unwrap().len();
    assert!((150..200).contains(&n), "{n}");
    let text = json!({ "text": "so slow" });
    server
        .post("/api/v1/classify", text)
        .await
        .problem(503, "storage_unavailable");
    let correction = json!({ "prediction_id": 200, "label": "bug" });
    server
        .post("/api/v1/corrections", correction)
        .await
        .problem(503, "storage_unavailable");
    server
        .delete("/api/v1/history/200")
        .await
        .problem(503, "storage_unavailable");
    let unstored = json!({ "text": "so slow", "store": false });
    server.post("/api/v1/classify", unstored).await.ok();
    for path in [
        "/",
        "/history",
        "/dashboard",
        "/review",
        "/batches",
        "/models",
        "/train",
    ] {
        let page = server.page(path).await.ok();
        assert!(page.text().contains("The database is damaged"), "{path}");
    }
    let analyzed = server.submit("/", "/analyze", &[("text", "so slow")]).await.ok();
    assert!(analyzed.text().contains("The database is damaged"));
    assert!(server.page("/system").await.ok().text().contains("class=\"bad\""));
    // The server can be restarted with the damaged database.
    let server = server.restarted(Options::default());
    server.get("/readyz").await.problem(503, "storage_unavailable");
    assert_eq!(
        fs_err::read(&database).unwrap(),
        before,
        "the damaged file was changed"
    );
}

/// Erasures made after the backup are repeated when the backup replaces the damaged database.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_replaces_a_damaged_database() {
    let server = filled().await;
    let backup = tempfile::tempdir().unwrap();
    let backup = backup.path().join("backup");
    feedback_server::back_up(&server.state_dir(), &backup).unwrap();
    server.delete("/api/v1/history/200").await.ok();
    let server = server.restarted_after(|state| {
        spoil(state);
        let restored = feedback_server::restore(&backup, state).unwrap();
        assert_eq!(restored.erased_again, 1);
    });
    server.get("/readyz").await.ok();
    let history: Value = server.get("/api/v1/history?limit=500").await.ok().json();
    assert_eq!(history["items"].as_array().unwrap().len(), 199);
    assert!(!server.state_dir().join("feedback.salvaged.sqlite").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_database_is_not_treated_as_a_new_one() {
    let server = filled().await;
    server.upload("a.csv", b"text\nfine\n", Some("text")).await.ok();
    let state = server.state_dir();
    let folder = server.ended_in_folder();
    fs_err::write(state.join("feedback.sqlite"), "").unwrap();
    let error = Server::try_open(Options::default(), &folder).unwrap_err();
    assert!(error.to_string().contains("missing or empty"), "{error}");
}

/// SQLite keeps no checksums, so a changed byte is not detected. It must not hide other rows.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_byte_in_a_text_hides_no_other_row() {
    let server = filled().await.restarted_after(|state| {
        let path = state.join("feedback.sqlite");
        let mut bytes = fs_err::read(&path).unwrap();
        let place = bytes.windows(8).position(|part| part == b"and more").unwrap();
        bytes[place] = 0xFF;
        fs_err::write(path, bytes).unwrap();
    });
    let history = server.get("/api/v1/history?limit=500").await.ok().json();
    assert_eq!(history["items"].as_array().unwrap().len(), 200);
    server.page("/history").await.ok();
}

/// A stored model that was changed is not served, even if the hashes in the model folder were changed with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stored_model_that_was_changed_is_not_served() {
    let server = Server::new();
    let first = server.get("/api/v1/models").await.ok().json();
    let kept = first["items"][0]["id"]
        .as_str()
        .or(first[0]["id"].as_str())
        .unwrap()
        .to_owned();
    let folder = server.ended_in_folder();
    let config = folder.path().join("state/models").join(&kept).join("config.json");
    let changed = fs_err::read_to_string(&config)
        .unwrap()
        .replace("praise", "blame");
    fs_err::write(&config, changed).unwrap();
    let other = tempfile::tempdir().unwrap();
    for name in [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ] {
        fs_err::copy(
            feedback_testkit::fixture("tiny-bert").join(name),
            other.path().join(name),
        )
        .unwrap();
    }
    let config = other.path().join("config.json");
    let good = fs_err::read_to_string(&config)
        .unwrap()
        .replace("praise", "thanks");
    fs_err::write(&config, good).unwrap();
    let options = Options {
        model: other.path().to_owned(),
        ..Options::default()
    };
    let server = Server::open(options, folder);
    let answer = server
        .post("/api/v1/classify", json!({ "text": "so slow" }))
        .await
        .ok()
        .json();
    assert_ne!(answer["model"], json!(kept));
    let labels = answer["predictions"][0]["scores"].to_string();
    assert!(labels.contains("thanks") && !labels.contains("blame"), "{labels}");
}
