//! Personal data are replaced before anything is classified or stored.

use std::path::PathBuf;

use feedback_clean::Masking;
use serde_json::json;

use crate::help::{Options, Server};

const MAIL: &str = "ada.lovelace@example.org";
const PHONE: &str = "+49 30 1234567";

fn server() -> Server {
    Server::with(Options {
        config: |config| config.masking = Some(Masking::default()),
        ..Options::default()
    })
}

/// Returns a file of the state folder with personal data, if there is one.
fn file_with_personal_data(server: &Server) -> Option<PathBuf> {
    let mut folders = vec![server.state_dir()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs_err::read(&path).unwrap();
            for secret in ["ada.lovelace", "1234567", "41111111"] {
                if bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
                {
                    return Some(path);
                }
            }
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_stored() {
    let server = server();
    let text = format!("Please write to {MAIL} or call {PHONE}");
    let request =
        json!({"text": text, "fields": {"contact": MAIL, "card": 4_111_111_111_111_111_u64, "plan": "pro"}});
    server.post("/api/v1/classify", request).await.ok();
    let item = server.get("/api/v1/history").await.ok().json()["items"][0].clone();
    assert_eq!(item["text"], "Please write to [email] or call [phone]");
    assert_eq!(item["fields"]["contact"], "[email]");
    assert_eq!(item["fields"]["card"], "[card]", "a number, too");
    assert_eq!(item["fields"]["plan"], "pro");
    let page = server.submit("/", "/analyze", &[("text", &text)]).await.ok();
    assert!(!page.text().contains("ada.lovelace"), "{}", page.text());
    let csv = format!("id;{MAIL};text;mail\n1;x;\"call {PHONE} now\";{MAIL}\nbroken {MAIL}\n2;y;fine;\n");
    let staged = server.upload("a.csv", csv.as_bytes(), None).await.ok().json();
    let id = staged["id"].as_i64().unwrap();
    let start = format!("/api/v1/batches/{id}/start");
    server.post(&start, json!({"text_field": "text"})).await.ok();
    let batch = server.ended(id).await;
    assert_eq!((&batch["classified"], &batch["bad"]), (&json!(2), &json!(1)));
    let results = server.get(&format!("/api/v1/batches/{id}/results")).await.ok();
    assert!(results.text().contains("call [phone] now"), "{}", results.text());
    assert_eq!(file_with_personal_data(&server), None);
    // The person asks for the text as they wrote it.
    let erased = server
        .post("/api/v1/erasures", json!({ "text": text }))
        .await
        .ok()
        .json();
    assert_eq!(erased["predictions"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_texts_are_as_they_came() {
    let server = Server::new();
    let text = format!("call {PHONE}");
    server
        .post("/api/v1/classify", json!({ "text": text }))
        .await
        .ok();
    let item = server.get("/api/v1/history").await.ok().json()["items"][0].clone();
    assert_eq!(item["text"], text);
    assert!(file_with_personal_data(&server).is_some());
}
