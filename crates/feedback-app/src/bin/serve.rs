//! `cargo run --release --bin serve`

use std::process::ExitCode;

use feedback_app::serve;
use feedback_cli::program;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    serve::in_background().unwrap_or_else(|| program::run(serve::run))
}
