//! The checks after the last kill.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::process::Serve;
use super::acknowledged::{Acknowledged, ROWS};
use super::requests::{get, send, send_without_key};

pub(super) fn judge(serve: &Serve, acknowledged: &Acknowledged) {
    let wrong = acknowledged.wrong.lock().unwrap();
    assert!(wrong.is_empty(), "{} wrong answers: {}", wrong.len(), wrong[0]);
    judge_corrections(serve, acknowledged);
    judge_texts(serve, acknowledged);
    judge_batches(serve, acknowledged);
    judge_sessions(serve, acknowledged);
    let system = send(&serve.addr, "GET", "/system", &[("Accept", "text/html")], b"").unwrap();
    assert!(
        system.body.contains("<span class=\"good\">intact</span>"),
        "the database is damaged: {}",
        system.body
    );
}

fn judge_sessions(serve: &Serve, acknowledged: &Acknowledged) {
    let status = |cookies: &String| {
        let headers = [("Accept", "text/html"), ("Cookie", cookies.as_str())];
        send_without_key(&serve.addr, "GET", "/models", &headers, "")
            .unwrap()
            .status
    };
    let (going_on, ended) = (
        acknowledged.logged_in.lock().unwrap(),
        acknowledged.logged_out.lock().unwrap(),
    );
    assert!(
        !going_on.is_empty() && !ended.is_empty(),
        "no client logged in, or none logged out"
    );
    assert!(
        going_on.iter().all(|cookies| status(cookies) == 200),
        "a session was lost"
    );
    assert!(
        ended.iter().all(|cookies| status(cookies) == 303),
        "a session that was ended is still valid"
    );
}

fn judge_corrections(serve: &Serve, acknowledged: &Acknowledged) {
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
        "a correction is stored twice"
    );
}

fn judge_texts(serve: &Serve, acknowledged: &Acknowledged) {
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
}

fn judge_batches(serve: &Serve, acknowledged: &Acknowledged) {
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
        "a row is stored twice"
    );
}

/// Returns all items of a paginated list.
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
