//! Uploads any bytes as a file, which is viewed, classified, downloaded and deleted: `scripts/fuzz.sh upload 600`
//!
//! The first byte chooses the name of the file and the format of the download.

#![no_main]

#[path = "../../crates/feedback-server/tests/it/help.rs"]
#[allow(dead_code, reason = "each target uses a part of this module")]
mod help;
#[path = "common/memory.rs"]
mod memory;
#[path = "common/server.rs"]
mod server;

use help::{Options, Server};
use serde_json::json;

const NAMES: [&str; 6] = ["a.csv", "a.tsv", "a.jsonl", "a.txt", "a.json", "a"];
const FORMATS: [&str; 2] = ["csv", "jsonl"];

async fn upload(server: &Server, name: &str, format: &str, content: &[u8]) {
    let made = server.upload(name, content, None).await;
    server::check(&made);
    if !made.status.is_success() {
        return;
    }
    let batch = made.json();
    let id = batch["id"].as_i64().expect("a batch has an id");
    server::check(&server.page(&format!("/batches/{id}")).await);
    let first = batch["columns"].as_array().and_then(|columns| columns.first()).cloned();
    let field = first.unwrap_or_else(|| json!("text"));
    let started = server.post(&format!("/api/v1/batches/{id}/start"), json!({ "text_field": field })).await;
    server::check(&started);
    if started.status.is_success() {
        let ended = server.ended(id).await;
        assert_ne!(ended["state"], "cancelled");
        server::check(&server.get(&format!("/api/v1/batches/{id}/results?format={format}")).await);
    }
    server::check(&server.delete(&format!("/api/v1/batches/{id}")).await);
}

fn options() -> Options {
    Options {
        config: server::unlimited,
        ..Options::default()
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, content)) = data.split_first() else { return };
    let choice = usize::from(*choice);
    let (name, format) = (NAMES[choice % NAMES.len()], FORMATS[choice / NAMES.len() % FORMATS.len()]);
    let (runtime, server) = server::server(options);
    runtime.block_on(upload(server, name, format, content));
});
