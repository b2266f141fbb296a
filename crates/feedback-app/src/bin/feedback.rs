//! `cargo run --release --bin feedback -- train`

use std::process::ExitCode;

use feedback_app::{feedback, serve};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    serve::in_background().unwrap_or_else(|| feedback::run(std::env::args_os().collect()))
}
