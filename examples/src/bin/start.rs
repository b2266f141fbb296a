//! `cargo run --release --bin start -- --unlabelled reviews.csv --label-names bug,praise,question`

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    feedback_cli::program::run(feedback_cli::commands::start::run)
}
