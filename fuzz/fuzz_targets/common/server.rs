//! A server of its own, and what must hold for each of its answers.

use std::sync::OnceLock;

use tokio::runtime::Runtime;

use crate::help::{Answer, Options, Server};
use feedback_server::ServerConfig;
use crate::memory;

/// What one request may take, with all that goes on beside it.
const MEMORY: usize = 256 << 20;

static SERVER: OnceLock<(Runtime, Server)> = OnceLock::new();

/// The server, started with the first call.
pub(crate) fn server(options: fn() -> Options) -> &'static (Runtime, Server) {
    SERVER.get_or_init(|| {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(async { Server::with(options()) });
        memory::limit(MEMORY);
        (runtime, server)
    })
}

/// No limit of requests a second: all come from one client.
pub(crate) fn unlimited(config: &mut ServerConfig) {
    config.rate_per_second = 0;
}

/// No failure of the server, and every refusal is a problem document.
pub(crate) fn check(answer: &Answer) {
    let status = answer.status.as_u16();
    assert!(status < 500 || [503, 504, 507].contains(&status), "{answer:?}");
    // A page says it in its own words.
    if status >= 400 && !answer.header("content-type").starts_with("text/html") {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
        assert_eq!(answer.json()["status"], status);
    }
}
