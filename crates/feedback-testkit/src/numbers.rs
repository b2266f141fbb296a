//! Comparing numbers.

/// The largest absolute difference between two lists of numbers.
///
/// # Panics
///
/// If their lengths differ.
pub fn max_difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len(), "lists of different length");
    found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// Asserts that two numbers differ by at most `tolerance`; `what` names them.
///
/// # Panics
///
/// If they differ by more, or one is NaN.
pub fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{what}: {found}, expected {expected} within {tolerance}"
    );
}
