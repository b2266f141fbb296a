//! Sends any bytes as a webhook delivery: `scripts/fuzz.sh webhook 600`
//!
//! If the first byte is even, the delivery is signed correctly; otherwise id, time and signature come from the input.

#![no_main]

#[path = "../../crates/feedback-server/tests/it/help.rs"]
#[allow(dead_code, reason = "each target uses a part of this module")]
mod help;
#[path = "common/memory.rs"]
mod memory;
#[path = "common/server.rs"]
mod server;

use std::sync::OnceLock;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use feedback_server::WebhookSecrets;
use help::{Options, now_s};

const SECRET: &str = "a shared secret of at least 24 characters";

fn secrets() -> &'static WebhookSecrets {
    static SECRETS: OnceLock<WebhookSecrets> = OnceLock::new();
    SECRETS.get_or_init(|| {
        let path = tempfile::tempdir().expect("a temporary folder").keep().join("secrets");
        std::fs::write(&path, SECRET).expect("a file");
        WebhookSecrets::from_file(&path).expect("a secret")
    })
}

fn options() -> Options {
    Options {
        config: |config| {
            server::unlimited(config);
            config.webhook_secrets = Some(secrets().clone());
        },
        ..Options::default()
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let &[choice, id, ref rest @ ..] = data else { return };
    let (runtime, server) = server::server(options);
    let request = help::request("POST", "/api/v1/webhooks/feedback").header(header::CONTENT_TYPE, "application/json");
    let request = if choice % 2 == 0 {
        let (id, now) = (format!("msg_{id}"), now_s());
        let signature = secrets().sign(&id, now, rest);
        let request = request.header("webhook-id", id).header("webhook-timestamp", now);
        request.header("webhook-signature", signature).body(Body::from(rest.to_vec()))
    } else {
        let mut parts = rest.splitn(4, |byte| *byte == b'\n');
        let mut next = || parts.next().unwrap_or_default();
        let mut request = request;
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let Ok(value) = HeaderValue::from_bytes(next()) else { return };
            request = request.header(name, value);
        }
        request.body(Body::from(next().to_vec()))
    };
    let Ok(request) = request else { return };
    server::check(&runtime.block_on(server.send(request)));
});
