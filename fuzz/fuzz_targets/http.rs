//! Sends any bytes as the body of a request; the first two bytes choose the path and the content type: `scripts/fuzz.sh http 600`

#![no_main]

#[path = "../../crates/feedback-server/tests/it/help.rs"]
#[allow(dead_code, reason = "each target uses a part of this module")]
mod help;
#[path = "common/memory.rs"]
mod memory;
#[path = "common/server.rs"]
mod server;

use axum::body::Body;
use axum::http::header;

const ADDRESSES: [(&str, &str); 16] = [
    ("POST", "/api/v1/classify"),
    ("POST", "/predict"),
    ("POST", "/api/v1/corrections"),
    ("DELETE", "/api/v1/corrections/1"),
    ("POST", "/api/v1/erasures"),
    ("DELETE", "/api/v1/history/1"),
    ("POST", "/api/v1/batches"),
    ("POST", "/api/v1/batches/1/start"),
    ("POST", "/api/v1/batches/1/cancel"),
    ("POST", "/api/v1/trainings"),
    ("POST", "/api/v1/trainings/1/answers"),
    ("POST", "/api/v1/models/roll-back"),
    ("POST", "/api/v1/models/x/promote"),
    ("POST", "/login"),
    ("POST", "/analyze"),
    ("POST", "/history/1/label"),
];
const TYPES: [&str; 4] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/plain",
];

fn options() -> help::Options {
    help::Options {
        config: server::unlimited,
        ..help::Options::default()
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let &[address, kind, ref body @ ..] = data else { return };
    let (method, path) = ADDRESSES[usize::from(address) % ADDRESSES.len()];
    let kind = TYPES[usize::from(kind) % TYPES.len()];
    let (runtime, server) = server::server(options);
    let request = help::request(method, path).header(header::CONTENT_TYPE, kind);
    let Ok(request) = request.body(Body::from(body.to_vec())) else { return };
    let answer = runtime.block_on(server.send(request));
    // `/predict` returns errors in the format of text-embeddings-inference.
    if path == "/predict" {
        assert!(answer.json().is_object() || answer.json().is_array(), "{answer:?}");
        assert!(answer.status.as_u16() < 500, "{answer:?}");
    } else {
        server::check(&answer);
    }
});
