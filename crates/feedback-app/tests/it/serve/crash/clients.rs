//! The clients that use the server until it is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use serde_json::json;

use super::super::http::Answer;
use super::acknowledged::{Acknowledged, OWNER};
use super::requests::{post, send, send_without_key};

const CLIENTS: u64 = 4;

/// Starts threads that use the server until it is killed. Errors are ignored, since the kill causes them; only the answers before
/// the kill count.
pub(super) fn clients(
    addr: &str,
    running: &Arc<AtomicBool>,
    acknowledged: &Arc<Acknowledged>,
) -> Vec<JoinHandle<()>> {
    let thread = |work: fn(&str, &Acknowledged) -> std::io::Result<()>| {
        let (addr, running) = (addr.to_owned(), Arc::clone(running));
        let acknowledged = Arc::clone(acknowledged);
        std::thread::spawn(move || {
            while running.load(Ordering::SeqCst) {
                let _ = work(&addr, &acknowledged);
            }
        })
    };
    let mut threads: Vec<_> = (0..CLIENTS).map(|_| thread(classify_and_correct)).collect();
    threads.push(thread(log_in_and_out));
    threads.push(thread(overload));
    threads
}

/// A client that overloads the server: large bodies, many texts at once, invalid requests.
fn overload(addr: &str, acknowledged: &Acknowledged) -> std::io::Result<()> {
    let many: Vec<String> = (0..256).map(|n| format!("{n} {}", "much ".repeat(60))).collect();
    for body in [
        json!({ "texts": many, "store": false }),
        json!({ "text": "!".repeat(1 << 20), "store": false }),
        json!({ "texts": 3 }),
    ] {
        let answer = post(addr, "/api/v1/classify", &body)?;
        note(&answer, "/api/v1/classify", acknowledged);
    }
    Ok(())
}

/// Records a 5xx answer as wrong, except 503 (overloaded) and 507 (disk full).
fn note(answer: &Answer, what: &str, acknowledged: &Acknowledged) {
    if answer.status >= 500 && ![503, 507].contains(&answer.status) {
        let wrong = format!("{what}: {} {}", answer.status, answer.body);
        acknowledged.wrong.lock().unwrap().push(wrong);
    }
}

/// Logs in; every other session is logged out again.
fn log_in_and_out(addr: &str, acknowledged: &Acknowledged) -> std::io::Result<()> {
    let html = ("Accept", "text/html");
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let page = send_without_key(addr, "GET", "/login", &[html], "")?;
    let visitor = cookie(&page, "feedback_visitor").unwrap();
    let token = token(&page);
    let body = format!("csrf={token}&key={OWNER}");
    let answer = send_without_key(addr, "POST", "/login", &[html, form, ("Cookie", &visitor)], &body)?;
    note(&answer, "/login", acknowledged);
    let Some(login) = cookie(&answer, "feedback_login") else {
        return Ok(());
    };
    let cookies = format!("{visitor}; {login}");
    if acknowledged.next.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
        acknowledged.logged_in.lock().unwrap().push(cookies);
        return Ok(());
    }
    let page = send_without_key(addr, "GET", "/", &[html, ("Cookie", &cookies)], "")?;
    let body = format!("csrf={}", self::token(&page));
    let answer = send_without_key(
        addr,
        "POST",
        "/logout",
        &[html, form, ("Cookie", &cookies)],
        &body,
    )?;
    if answer.status == 303 {
        acknowledged.logged_out.lock().unwrap().push(cookies);
    }
    Ok(())
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let beginning = format!("set-cookie: {name}=");
    let line = answer.head.lines().find(|line| line.starts_with(&beginning))?;
    Some(line["set-cookie: ".len()..].split(';').next()?.to_owned())
}

/// Returns the CSRF token of the page, which each form must send.
fn token(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn classify_and_correct(addr: &str, acknowledged: &Acknowledged) -> std::io::Result<()> {
    let number = acknowledged.next.fetch_add(1, Ordering::SeqCst);
    let text = format!("text number {number}!");
    let answer = post(addr, "/api/v1/classify", &json!({ "text": text }))?;
    note(&answer, "/api/v1/classify", acknowledged);
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
        note(&answer, "/api/v1/corrections", acknowledged);
        if answer.status == 201 {
            acknowledged.corrections.lock().unwrap().insert(id, label);
        }
    }
    if number.is_multiple_of(5) {
        erase(addr, id, &text, acknowledged)?;
    }
    Ok(())
}

/// Erases a text. First removes what is expected of the text: if no answer arrives, it is unknown whether the text was erased.
fn erase(addr: &str, id: i64, text: &str, acknowledged: &Acknowledged) -> std::io::Result<()> {
    acknowledged.corrections.lock().unwrap().remove(&id);
    acknowledged.texts.lock().unwrap().retain(|other| other != text);
    let answer = send(addr, "DELETE", &format!("/api/v1/history/{id}"), &[], b"")?;
    note(&answer, "/api/v1/history", acknowledged);
    if answer.status == 200 {
        acknowledged.erased.lock().unwrap().push(text.to_owned());
    }
    Ok(())
}
