#![doc = include_str!("../README.md")]

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "dialects")]
pub mod dialects;
mod numbers;
mod program;
#[cfg(feature = "recipes")]
pub mod recipes;

use std::path::{Path, PathBuf};

pub use numbers::{assert_close, max_difference};
pub use program::{Finished, Program, contents};

/// Returns the path of a file or folder below `fixtures/`.
pub fn fixture(name: &str) -> PathBuf {
    workspace().join("fixtures").join(name)
}

/// Returns the root folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the path of a file or folder of real data or weights below `FEEDBACK_SHARED_DIR` (default `../shared`). If it is
/// missing, prints a message and returns `None`; the test should then be skipped.
///
/// # Panics
///
/// If it is missing and `FEEDBACK_STRICT=1` is set.
#[expect(
    clippy::print_stderr,
    clippy::panic,
    reason = "a test that skips says why, or fails"
)]
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("FEEDBACK_SHARED_DIR") {
        Some(given) => workspace().join(given), // an absolute path replaces the root
        None => workspace().join("../shared"),
    };
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    let reason = format!("`{name}` is missing in FEEDBACK_SHARED_DIR (default ../shared)");
    if std::env::var("FEEDBACK_STRICT").is_ok_and(|value| value == "1") {
        panic!("{reason}, and FEEDBACK_STRICT=1");
    }
    eprintln!("skipped: {reason}");
    None
}

/// Returns whether slow tests should run (`RUN_SLOW_TESTS=1`).
pub fn slow_tests() -> bool {
    std::env::var("RUN_SLOW_TESTS").is_ok_and(|value| value == "1")
}

/// Reads a JSON file below `fixtures/`.
///
/// # Panics
///
/// If the file cannot be read or is not JSON.
#[expect(clippy::expect_used, reason = "a test without its fixture cannot continue")]
pub fn fixture_json(name: &str) -> serde_json::Value {
    let text = fs_err::read_to_string(fixture(name)).expect("the fixture is readable");
    serde_json::from_str(&text).expect("the fixture is JSON")
}
