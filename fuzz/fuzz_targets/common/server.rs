//! The server to fuzz, and the checks of its answers.

use std::sync::OnceLock;

use tokio::runtime::Runtime;

use crate::help::{Answer, Options, Server};
use feedback_server::ServerConfig;
use crate::memory;

/// Memory limit in bytes for one request, including all background work.
const MEMORY: usize = 256 << 20;

static SERVER: OnceLock<(Runtime, Server)> = OnceLock::new();

/// Returns the server, which is started at the first call.
pub(crate) fn server(options: fn() -> Options) -> &'static (Runtime, Server) {
    SERVER.get_or_init(|| {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(async { Server::with(options()) });
        memory::limit(MEMORY);
        (runtime, server)
    })
}

/// Turns off the rate limit, because all requests come from one client.
pub(crate) fn unlimited(config: &mut ServerConfig) {
    config.rate_per_second = 0;
}

/// Checks that the server did not fail, and that every refusal is a problem document.
pub(crate) fn check(answer: &Answer) {
    let status = answer.status.as_u16();
    assert!(status < 500 || [503, 504, 507].contains(&status), "{answer:?}");
    // Pages show errors as HTML.
    if status >= 400 && !answer.header("content-type").starts_with("text/html") {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
        assert_eq!(answer.json()["status"], status);
    }
}
