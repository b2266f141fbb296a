//! `serve` is killed repeatedly under load; it loses nothing that it acknowledged and repeats nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use feedback_testkit::slow_tests;
use serde_json::{Value, json};

use super::http::{get, post, send, upload};
use super::process::Serve;

/// Number of rows of the file that is classified meanwhile.
const ROWS: usize = 600;
const CLIENTS: u64 = 4;

/// What the server has acknowledged.
#[derive(Default)]
struct Acknowledged {
    /// Labels by prediction.
    corrections: Mutex<BTreeMap<i64, &'static str>>,
    /// Texts in the history.
    texts: Mutex<Vec<String>>,
    batches: Mutex<Vec<i64>>,
    /// Texts that are gone for good.
    erased: Mutex<Vec<String>>,
    next: AtomicU64,
}

#[test]
fn nothing_is_lost_or_repeated() {
    let rounds = if slow_tests() { 200 } else { 5 };
    let folder = tempfile::tempdir().unwrap();
    let acknowledged = Arc::new(Acknowledged::default());
    for round in 0..rounds {
        let serve = Serve::start(folder.path());
        let running = Arc::new(AtomicBool::new(true));
        if round % 4 == 0 {
            let rows: String = (0..ROWS)
                .map(|row| format!("row {row} of round {round}\n"))
                .collect();
            let batch = upload(&serve.addr, "rows.txt", "text", &rows).unwrap();
            assert_eq!(batch.status, 201, "{batch:?}");
            acknowledged
                .batches
                .lock()
                .unwrap()
                .push(batch.json()["id"].as_i64().unwrap());
        }
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (addr, running) = (serve.addr.clone(), Arc::clone(&running));
                let acknowledged = Arc::clone(&acknowledged);
                std::thread::spawn(move || {
                    while running.load(Ordering::SeqCst) {
                        // Errors mean that the server was killed; its earlier answers count.
                        let _ = classify_and_correct(&addr, &acknowledged);
                    }
                })
            })
            .collect();
        // A different moment in each round, but the same in every run.
        std::thread::sleep(Duration::from_millis(80 + (round as u64 * 37) % 240));
        serve.kill();
        running.store(false, Ordering::SeqCst);
        clients.into_iter().for_each(|client| client.join().unwrap());
    }
    let serve = Serve::start(folder.path());
    judge(&serve, &acknowledged);
    serve.terminate();
    let database = fs_err::read(folder.path().join("feedback.sqlite")).unwrap();
    for text in &*acknowledged.erased.lock().unwrap() {
        let text = text.as_bytes();
        assert!(!database.windows(text.len()).any(|window| window == text));
    }
    println!(
        "{rounds} kills; {} corrections, {} texts and {} batches of {ROWS} rows were acknowledged and are there once; {} texts \
         were erased and are gone",
        acknowledged.corrections.lock().unwrap().len(),
        acknowledged.texts.lock().unwrap().len(),
        acknowledged.batches.lock().unwrap().len(),
        acknowledged.erased.lock().unwrap().len(),
    );
}

fn classify_and_correct(addr: &str, acknowledged: &Acknowledged) -> std::io::Result<()> {
    let number = acknowledged.next.fetch_add(1, Ordering::SeqCst);
    let text = format!("text number {number}!");
    let answer = post(addr, "/api/v1/classify", &json!({ "text": text }))?;
    if answer.status != 200 {
        return Ok(());
    }
    acknowledged.texts.lock().unwrap().push(text.clone());
    let id = answer.json()["predictions"][0]["id"].as_i64().unwrap();
    let label = ["bug", "praise", "question"][number as usize % 3];
    let body = json!({ "prediction_id": id, "label": label }).to_string();
    let key = format!("key {number}").replace(' ', "-");
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", &*key)];
    // Sent twice, like a client that did not receive the first answer.
    for _ in 0..2 {
        let answer = send(addr, "POST", "/api/v1/corrections", &headers, body.as_bytes())?;
        if answer.status == 201 {
            acknowledged.corrections.lock().unwrap().insert(id, label);
        }
    }
    if number.is_multiple_of(5) {
        erase(addr, id, &text, acknowledged)?;
    }
    Ok(())
}

/// Without an answer, nobody knows whether the text is still there.
fn erase(addr: &str, id: i64, text: &str, acknowledged: &Acknowledged) -> std::io::Result<()> {
    acknowledged.corrections.lock().unwrap().remove(&id);
    acknowledged.texts.lock().unwrap().retain(|other| other != text);
    let answer = send(addr, "DELETE", &format!("/api/v1/history/{id}"), &[], b"")?;
    if answer.status == 200 {
        acknowledged.erased.lock().unwrap().push(text.to_owned());
    }
    Ok(())
}

fn judge(serve: &Serve, acknowledged: &Acknowledged) {
    let corrections = all(serve, "/api/v1/corrections?limit=500", "after");
    let mut found: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for correction in &corrections {
        let label = correction["label"].as_str().unwrap().to_owned();
        found
            .entry(correction["prediction_id"].as_i64().unwrap())
            .or_default()
            .push(label);
    }
    let expected = acknowledged.corrections.lock().unwrap();
    assert!(
        expected.len() > 10,
        "only {} corrections: there was no load",
        expected.len()
    );
    for (id, label) in &*expected {
        assert_eq!(
            found.get(id).map(Vec::as_slice),
            Some([(*label).to_owned()].as_slice()),
            "prediction {id}"
        );
    }
    assert!(
        found.values().all(|labels| labels.len() == 1),
        "a correction stands twice"
    );

    let history = all(serve, "/api/v1/history?limit=500&source=api", "before");
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for item in &history {
        *count.entry(item["text"].as_str().unwrap()).or_default() += 1;
    }
    for text in &*acknowledged.texts.lock().unwrap() {
        assert_eq!(count.get(text.as_str()), Some(&1), "{text}");
    }

    let erased = acknowledged.erased.lock().unwrap();
    assert!(!erased.is_empty(), "nothing was erased");
    for text in &*erased {
        assert_eq!(count.get(text.as_str()), None, "`{text}` was erased");
    }

    for id in &*acknowledged.batches.lock().unwrap() {
        let batch = finished(serve, *id);
        assert_eq!(
            (&batch["state"], &batch["classified"]),
            (&json!("done"), &json!(ROWS)),
            "{batch}"
        );
        let results = get(&serve.addr, &format!("/api/v1/batches/{id}/results")).unwrap();
        let rows: Vec<Value> = results
            .body
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(rows.len(), ROWS);
        for (number, row) in rows.iter().enumerate() {
            assert!(
                row["text"]
                    .as_str()
                    .unwrap()
                    .starts_with(&format!("row {number} of round ")),
                "{row}"
            );
        }
    }
    let in_history = all(serve, "/api/v1/history?limit=500&source=batch", "before").len();
    assert_eq!(
        in_history,
        ROWS * acknowledged.batches.lock().unwrap().len(),
        "a row stands twice"
    );

    let system = send(&serve.addr, "GET", "/system", &[("Accept", "text/html")], b"").unwrap();
    assert!(
        system.body.contains("<span class=\"good\">intact</span>"),
        "the database is damaged: {}",
        system.body
    );
}

/// All items of a paginated list.
fn all(serve: &Serve, path: &str, cursor: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = String::new();
    loop {
        let page = get(&serve.addr, &format!("{path}{next}")).unwrap().json();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_i64() {
            Some(id) => next = format!("&{cursor}={id}"),
            None => return items,
        }
    }
}

fn finished(serve: &Serve, id: i64) -> Value {
    let began = Instant::now();
    loop {
        let batch = get(&serve.addr, &format!("/api/v1/batches/{id}")).unwrap().json();
        if batch["ended_at"].is_string() {
            return batch;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "{batch}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
