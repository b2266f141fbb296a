//! What the tests of this workspace share: where fixtures and real data are, how close numbers must be, and how a
//! binary is run and judged.
//!
//! Only ever a dev-dependency.
//!
//! ```
//! assert!(feedback_testkit::fixture("feedback.jsonl").is_file());
//! ```

mod program;

use std::path::{Path, PathBuf};

pub use program::{Finished, Program, contents};

/// A file or folder below `fixtures/`.
pub fn fixture(name: &str) -> PathBuf {
    workspace().join("fixtures").join(name)
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file or folder of the real data and weights beside the project, found through `FEEDBACK_SHARED_DIR` (default
/// `../shared`). `None`, with a printed reason, where it is absent: the test then has nothing to do.
///
/// # Panics
///
/// Where it is absent and `FEEDBACK_STRICT=1` says that it must not be.
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
    let reason = format!("`{name}` is not below FEEDBACK_SHARED_DIR (default ../shared)");
    if std::env::var("FEEDBACK_STRICT").is_ok_and(|value| value == "1") {
        panic!("{reason}, and FEEDBACK_STRICT=1");
    }
    eprintln!("skipped: {reason}");
    None
}

/// True where the long proofs are asked for (`RUN_SLOW_TESTS=1`).
pub fn slow_tests() -> bool {
    std::env::var("RUN_SLOW_TESTS").is_ok_and(|value| value == "1")
}

/// Reads a JSON file below `fixtures/`.
///
/// # Panics
///
/// Where it cannot be read or is no JSON.
#[expect(clippy::expect_used, reason = "a test without its fixture cannot go on")]
pub fn fixture_json(name: &str) -> serde_json::Value {
    let text = fs_err::read_to_string(fixture(name)).expect("the fixture is readable");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

/// The greatest absolute difference between two lists of numbers.
///
/// # Panics
///
/// Where their lengths differ.
pub fn max_difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len(), "lists of different length");
    found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// Asserts that two numbers differ by no more than `tolerance`; `what` says which ones.
///
/// # Panics
///
/// Where they differ by more, or one is no number.
pub fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{what}: {found}, expected {expected} within {tolerance}"
    );
}
