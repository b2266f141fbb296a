//! `cargo run --release --bin predict -- "The export button does nothing since the update"`

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    feedback_cli::program::run(feedback_cli::commands::predict::run)
}
