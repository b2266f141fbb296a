//! `cargo run --release --bin serve`

use std::process::ExitCode;

use feedback_app::serve;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    serve::training().unwrap_or_else(|| feedback_cli::cli::run(serve::run))
}
