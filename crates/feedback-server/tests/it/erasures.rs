//! Erasing texts leaves nothing of them in the state folder.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::help::{Options, Server};

const SECRET: &str = "Anna Müller from Bahnhofstraße 7 wants her money back";

/// Returns the files below a folder that contain the bytes.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if read(&path).windows(bytes.len()).any(|window| window == bytes) {
            found.push(path);
        }
    }
    found
}

/// Reads a file; a temporary one that was renamed meanwhile is empty.
fn read(path: &Path) -> Vec<u8> {
    match fs_err::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        bytes => bytes.unwrap(),
    }
}

async fn classified(server: &Server, text: &str, source: &str) -> i64 {
    let body = json!({ "text": text, "source": source });
    let made = server.post("/api/v1/classify", body).await.ok().json();
    made["predictions"][0]["id"].as_i64().unwrap()
}

async fn uploaded(server: &Server) -> i64 {
    let table = format!("id,text\n1,fine\n2,\"{SECRET}\"\n3,also fine\n");
    let batch = server
        .upload("a.csv", table.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    let id = batch["id"].as_i64().unwrap();
    assert_eq!(server.ended(id).await["classified"], 3);
    id
}

/// Waits until the inbox has so many entries.
async fn inbox(server: &Server, n: u64) -> Value {
    let began = std::time::Instant::now();
    loop {
        let found = server.get("/api/v1/inbox?state=all").await.ok().json();
        if found["total"] == n {
            return found;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "{found:#}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_text_is_found_nowhere() {
    let server = Server::new();
    let (one, other) = (
        classified(&server, SECRET, "mail").await,
        classified(&server, "fine", "mail").await,
    );
    let correction = json!({ "prediction_id": one, "label": "bug" });
    server.post("/api/v1/corrections", correction).await.ok();
    let batch = uploaded(&server).await;
    // Both texts ask for money, so they are in the inbox, one with a note that is the text.
    let entries = inbox(&server, 2).await;
    let path = format!("/api/v1/inbox/{}", entries["items"][0]["id"]);
    server.patch(&path, json!({ "note": SECRET })).await.ok();
    // A training that used a correction of this text.
    let training = server.state_dir().join("trainings/1");
    fs_err::create_dir_all(&training).unwrap();
    let line = json!({ "text": SECRET, "label": "bug" }).to_string();
    fs_err::write(training.join("corrections.jsonl"), format!("{line}\n")).unwrap();
    fs_err::write(training.join("report.html"), format!("<p>{SECRET}</p>")).unwrap();
    // A view, a label, a theme and a rule that are named after it.
    let view = json!({ "name": SECRET, "address": "/explore" });
    assert_eq!(server.post("/api/v1/views", view).await.status, 201);
    let label = json!({ "label": SECRET });
    assert_eq!(server.post("/api/v1/labels", label).await.status, 201);
    let rules = json!({ "toml": format!("# kept\n[[rule]]\nname = \"One\"\nwhen = {{ words = [\"{SECRET}\", \"late\"] }}\nthen = {{ team = \"a\" }}\n") });
    server.put("/api/v1/rules", rules).await.ok();
    assert!(files_with(&server.state_dir(), b"Bahnhof").len() >= 3);

    let receipt = server
        .post("/api/v1/erasures", json!({ "text": SECRET }))
        .await
        .ok()
        .json();
    assert_eq!(
        (&receipt["predictions"], &receipt["corrections"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        (&receipt["kind"], &receipt["reference"], &receipt["actor"]),
        (&json!("text"), &json!(""), &json!("local"))
    );
    inbox(&server, 0).await;
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    server
        .get(&format!("/api/v1/history/{one}"))
        .await
        .problem(404, "not_found");
    server.get(&format!("/api/v1/history/{other}")).await.ok();
    let rules = server.get("/api/v1/rules").await.ok().json();
    let rules = rules["toml"].as_str().unwrap();
    assert!(
        rules.contains("# kept") && rules.contains("[\"[erased]\", \"late\"]"),
        "{rules}"
    );
    // The other rows of the file are still there.
    let results = server
        .get(&format!("/api/v1/batches/{batch}/results?format=jsonl"))
        .await
        .ok();
    let ids: Vec<Value> = results
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone())
        .collect();
    assert_eq!(ids, [json!("1"), json!("3")]);
    let listed = server.get("/api/v1/erasures").await.ok().json();
    assert_eq!(listed, json!([receipt]));
    let audit = server.get("/api/v1/audit").await.ok().json();
    assert_eq!(audit[0]["action"], "rules.erase", "{audit}");
    assert_eq!(
        (&audit[1]["action"], &audit[1]["subject"]),
        (&json!("erase"), &json!("text"))
    );
    // The text is also gone after a restart.
    let server = server.restarted(Options::default());
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
}

/// Returns the records of the file of vectors, by their ids.
fn records(server: &Server) -> Vec<(i64, Vec<u8>)> {
    let bytes = fs_err::read(server.state_dir().join("vectors.f16")).unwrap();
    let width = u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let records = bytes[128..].chunks_exact(32 + 2 * width.next_multiple_of(16));
    let id = |record: &[u8]| i64::from_le_bytes(record[..8].try_into().unwrap());
    records.map(|record| (id(record), record.to_vec())).collect()
}

/// The vector of a text says what it is about, so it goes with the text.
#[tokio::test(flavor = "multi_thread")]
async fn the_vector_of_an_erased_text_is_overwritten() {
    let server = Server::new();
    let (one, other) = (
        classified(&server, SECRET, "mail").await,
        classified(&server, "fine", "mail").await,
    );
    server.compared(2).await;
    let before = records(&server);
    assert_eq!(before.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [one, other]);
    server.delete(&format!("/api/v1/history/{one}")).await.ok();
    let after = records(&server);
    assert!(after[0].1.iter().all(|byte| *byte == 0), "{:?}", after[0]);
    assert_eq!(after[1], before[1]);
    let vector = &before[0].1[24..56];
    assert_eq!(files_with(&server.state_dir(), vector), Vec::<PathBuf>::new());

    // A server that is killed between the database and the files: the next start erases the vector.
    let erase = feedback_store::Erase::Text("fine".into());
    server.state.store().blocking().erase(erase, "anna").unwrap();
    assert_eq!(records(&server)[1], before[1]);
    let server = server.restarted(Options::default());
    assert!(records(&server).iter().all(|(id, _)| *id == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_erased_by_id_source_and_batch() {
    let server = Server::new();
    let first = classified(&server, SECRET, "mail").await;
    classified(&server, SECRET, "survey").await;
    classified(&server, "another", "survey").await;
    let receipt = server.delete(&format!("/api/v1/history/{first}")).await;
    assert_eq!(receipt.status, 200, "{receipt:?}");
    assert_eq!(receipt.json()["predictions"], 1);
    server
        .delete(&format!("/api/v1/history/{first}"))
        .await
        .problem(404, "not_found");
    let by_source = server
        .post("/api/v1/erasures", json!({ "source": "survey" }))
        .await
        .ok()
        .json();
    assert_eq!(
        (&by_source["predictions"], &by_source["reference"]),
        (&json!(2), &json!("survey"))
    );
    let batch = uploaded(&server).await;
    let by_batch = server
        .post("/api/v1/erasures", json!({ "batch_id": batch }))
        .await
        .ok()
        .json();
    assert_eq!(by_batch["predictions"], 3);
    server
        .get(&format!("/api/v1/batches/{batch}"))
        .await
        .problem(404, "not_found");
    assert_eq!(server.get("/api/v1/history").await.json()["items"], json!([]));
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    for wrong in [
        json!({}),
        json!({ "text": "a", "source": "b" }),
        json!({ "text": "" }),
        json!({ "field": { "name": "customer", "value": "" } }),
        json!({ "field": { "name": "customer", "value": "c9" }, "text": "a" }),
    ] {
        server
            .post("/api/v1/erasures", wrong)
            .await
            .problem(400, "invalid_request");
    }
    server
        .post("/api/v1/erasures", json!({ "batch_id": 99 }))
        .await
        .problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_deleted_with_its_texts_or_without_them() {
    let server = Server::new();
    let batch = uploaded(&server).await;
    let path = format!("/api/v1/batches/{batch}");
    let wrong = server.delete(&format!("{path}?texts=all")).await;
    wrong.problem(400, "invalid_request");
    assert_eq!(server.delete(&path).await.status, 204);
    server.get(&path).await.problem(404, "not_found");
    let kept = server.get("/api/v1/history").await.json();
    assert_eq!(kept["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(kept["items"][0]["batch_id"], batch);
    // The batch is gone, but its id still names its texts.
    let receipt = server
        .post("/api/v1/erasures", json!({ "batch_id": batch }))
        .await
        .ok()
        .json();
    assert_eq!(receipt["predictions"], 3);
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());

    let batch = uploaded(&server).await;
    let path = format!("/api/v1/batches/{batch}?texts=erase");
    assert_eq!(server.delete(&path).await.status, 204);
    assert_eq!(server.get("/api/v1/history").await.json()["items"], json!([]));
    assert_eq!(server.get("/api/v1/batches").await.json(), json!([]));
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    server.delete(&path).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_texts_of_a_person_are_erased_by_a_field() {
    let server = Server::new();
    let table = format!("customer,text\nc9,\"{SECRET}\"\nc90,fine\nc9,also from Bahnhof\n");
    let batch = server.upload("a.csv", table.as_bytes(), Some("text")).await;
    let batch = batch.ok().json()["id"].as_i64().unwrap();
    server.ended(batch).await;
    let body = json!({ "text": SECRET, "fields": { "customer": "c9" } });
    server.post("/api/v1/classify", body).await.ok();
    let customer = json!({ "field": { "name": "customer", "value": "c9" } });
    let receipt = server.post("/api/v1/erasures", customer).await.ok().json();
    assert_eq!(
        (&receipt["kind"], &receipt["reference"], &receipt["predictions"]),
        (&json!("field"), &json!("customer"), &json!(3))
    );
    let left = server.get("/api/v1/history").await.json();
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(left["items"][0]["text"], "fine");
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
}

/// Simulates a server that was killed after it changed the database and before it changed the files.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_erasure_is_completed_at_the_next_start() {
    let server = Server::new();
    uploaded(&server).await;
    let erase = feedback_store::Erase::Text(SECRET.into());
    server.state.store().blocking().erase(erase, "anna").unwrap();
    assert!(!files_with(&server.state_dir().join("uploads"), b"Bahnhof").is_empty());
    let server = server.restarted(Options::default());
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
}

/// A staged file has no predictions yet, but it contains the text.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_erased_from_staged_files() {
    let server = Server::new();
    let table = format!("id;comment\n1;fine\n2;{SECRET}\n");
    let batch = server.upload("a.csv", table.as_bytes(), None).await.ok().json();
    let receipt = server
        .post("/api/v1/erasures", json!({ "text": SECRET }))
        .await
        .ok()
        .json();
    assert_eq!(receipt["predictions"], 0);
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    let path = format!("/api/v1/batches/{}/start", batch["id"]);
    server.post(&path, json!({ "text_field": "comment" })).await.ok();
    assert_eq!(server.ended(batch["id"].as_i64().unwrap()).await["classified"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_erased_on_the_history_page() {
    let server = Server::new();
    let id = classified(&server, SECRET, "mail").await;
    let page = server.page("/history").await.ok();
    assert!(page.text().contains("Erase this text"), "{}", page.text());
    let done = server
        .submit(
            "/history",
            &format!("/history/{id}/erase"),
            &[("back", "/history")],
        )
        .await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/history"));
    assert!(!server.page("/history").await.text().contains("Bahnhof"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_lacks_texts_erased_after_the_backup() {
    let server = Server::new();
    classified(&server, SECRET, "mail").await;
    let kept = classified(&server, "a text that stays", "mail").await;
    let batch = uploaded(&server).await;
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    feedback_server::back_up(&server.state_dir(), &backup).unwrap();
    assert!(files_with(&backup, b"Bahnhof").len() >= 2);
    server
        .post("/api/v1/erasures", json!({ "text": SECRET }))
        .await
        .ok();
    classified(&server, "a text after the backup", "mail").await;

    let in_use = feedback_server::restore(&backup, &server.state_dir()).unwrap_err();
    assert!(
        matches!(in_use, feedback_server::Error::StateInUse { .. }),
        "{in_use}"
    );
    let server = server.restarted_after(|state_dir| {
        let restored = feedback_server::restore(&backup, state_dir).unwrap();
        assert_eq!(restored.erased_again, 2);
        assert!(restored.previous.unwrap().is_dir());
    });
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    server.get(&format!("/api/v1/history/{kept}")).await.ok();
    let texts = server.get("/api/v1/history").await.ok();
    assert!(!texts.text().contains("after the backup"));
    server.get(&format!("/api/v1/batches/{batch}/results")).await.ok();
    assert_eq!(
        server
            .get("/api/v1/erasures")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn old_texts_are_erased_by_age() {
    let server = Server::new();
    let rows =
        format!("{{\"text\": \"{SECRET}\", \"created_at\": \"2020-01-01\"}}\n{{\"text\": \"a new one\"}}\n");
    let batch = server
        .upload("a.jsonl", rows.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    server.ended(batch["id"].as_i64().unwrap()).await;
    let server = server.restarted(Options {
        config: |config| config.keep_days = Some(365),
        ..Options::default()
    });
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    let left = server.get("/api/v1/history").await.ok().json();
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    let receipts = server.get("/api/v1/erasures").await.ok().json();
    assert_eq!(
        (&receipts[0]["kind"], &receipts[0]["actor"]),
        (&json!("age"), &json!("retention"))
    );
    inbox(&server, 0).await;
}

/// A staged batch has no predictions by which the erasure could find its texts.
#[tokio::test(flavor = "multi_thread")]
async fn an_erased_batch_does_not_come_back_with_a_backup() {
    let server = Server::new();
    let table = format!("id,text\n1,\"{SECRET}\"\n");
    let batch = server.upload("a.csv", table.as_bytes(), None).await.ok().json();
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    feedback_server::back_up(&server.state_dir(), &backup).unwrap();
    let inside = feedback_server::back_up(&server.state_dir(), &server.state_dir().join("b"));
    assert!(
        inside.is_err(),
        "a backup inside the state folder must be refused"
    );
    server
        .post("/api/v1/erasures", json!({ "batch_id": batch["id"] }))
        .await
        .ok();
    let server = server.restarted_after(|state_dir| {
        feedback_server::restore(&backup, state_dir).unwrap();
    });
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    assert_eq!(server.get("/api/v1/batches").await.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_quotes_an_erased_text_is_deleted() {
    let server = Server::new();
    classified(&server, SECRET, "mail").await;
    let training = server.state_dir().join("trainings/1/run");
    fs_err::create_dir_all(&training).unwrap();
    fs_err::write(training.join("report.html"), format!("<p>{SECRET}</p>")).unwrap();
    fs_err::write(
        training.join("nested.jsonl"),
        format!("{}\n", json!({ "a": [SECRET] })),
    )
    .unwrap();
    server
        .post("/api/v1/erasures", json!({ "source": "mail" }))
        .await
        .ok();
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
}

/// A row with a quote that is never closed is a bad row, and its content must not survive an erasure.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_stops_neither_an_erasure_nor_a_start() {
    let server = Server::new();
    let poison = format!("text,a;text;h;k\n1;x;{SECRET};y\n2;\"z;good row\n");
    let batch = server
        .upload("a.csv", poison.as_bytes(), Some("h"))
        .await
        .ok()
        .json();
    let ended = server.ended(batch["id"].as_i64().unwrap()).await;
    assert_eq!(
        (&ended["state"], &ended["bad"]),
        (&json!("done"), &json!(1)),
        "{ended}"
    );
    // A file as an earlier version could have stored it.
    let table = format!("id,text\n1,fine\n2,\"{SECRET}\"\n");
    let kept = server
        .upload("b.csv", table.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    server.ended(kept["id"].as_i64().unwrap()).await;
    let file = server
        .state
        .store()
        .blocking()
        .batch(kept["id"].as_i64().unwrap())
        .unwrap()
        .unwrap()
        .upload
        .file;
    let broken = format!("{table}3,\"{SECRET} without an end\n");
    fs_err::write(server.state_dir().join("uploads").join(file), broken).unwrap();
    server
        .post("/api/v1/erasures", json!({ "text": SECRET }))
        .await
        .ok();
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    let server = server.restarted(Options::default());
    server.get("/readyz").await.ok();
}

/// Erases texts in column names, in rows that were set aside (also if JSON escapes them), and in the file name.
#[tokio::test(flavor = "multi_thread")]
async fn an_erased_text_is_removed_from_names_and_from_rows_that_were_set_aside() {
    let server = Server::new();
    let no_header = format!("{SECRET};{SECRET} too\nfine;also fine\n");
    let first = server
        .upload("a.csv", no_header.as_bytes(), Some(SECRET))
        .await
        .ok()
        .json();
    server.ended(first["id"].as_i64().unwrap()).await;
    let escaped = "Anna M\\u00fcller from Bahnhofstra\\u00dfe 7 wants her money back";
    let long = "x".repeat(70_000);
    let bad = format!(
        "{{\"text\":\"{long}\",\"note\":\"{escaped}\"}}\n{{\"{SECRET}\":1}}\n{{\"text\":\"fine\"}}\n"
    );
    let second = server
        .upload(&format!("{SECRET}.jsonl"), bad.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    server.ended(second["id"].as_i64().unwrap()).await;
    assert!(files_with(&server.state_dir(), b"Bahnhof").len() >= 3);
    server
        .post("/api/v1/erasures", json!({ "text": SECRET }))
        .await
        .ok();
    let left = format!("{SECRET} too");
    let other = server.post("/api/v1/erasures", json!({ "text": left })).await;
    other.ok();
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    for batch in [&first, &second] {
        server.page(&format!("/batches/{}", batch["id"])).await.ok();
        let results = server
            .get(&format!("/api/v1/batches/{}/results?format=csv", batch["id"]))
            .await
            .ok();
        assert!(results.text().contains("fine") && !results.text().contains("Bahnhof"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_batch_is_removed_at_the_start() {
    let server = Server::new();
    uploaded(&server).await;
    let server = server.restarted_after(|state| {
        let uploads = state.join("uploads");
        fs_err::write(uploads.join(".a.csv-Xa12.part"), SECRET).unwrap();
        fs_err::write(uploads.join("unknown"), SECRET).unwrap();
    });
    server
        .post("/api/v1/erasures", json!({ "text": SECRET }))
        .await
        .ok();
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
}

/// A restore knows only the hashes of erased texts, so it removes all rows that were set aside when it repeats an erasure.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_was_set_aside_does_not_come_back_with_a_backup() {
    let server = Server::new();
    let long = "x".repeat(70_000);
    let bad = format!("{{\"text\":\"{long}\",\"note\":\"{SECRET}\"}}\n{{\"text\":\"fine\"}}\n");
    let batch = server
        .upload("a.jsonl", bad.as_bytes(), Some("text"))
        .await
        .ok()
        .json();
    server.ended(batch["id"].as_i64().unwrap()).await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    feedback_server::back_up(&server.state_dir(), &backup).unwrap();
    server
        .post("/api/v1/erasures", json!({ "text": SECRET }))
        .await
        .ok();
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
    let server = server.restarted_after(|state| {
        feedback_server::restore(&backup, state).unwrap();
    });
    assert_eq!(files_with(&server.state_dir(), b"Bahnhof"), Vec::<PathBuf>::new());
}
