//! Comparisons of numbers.

/// Returns the largest absolute difference between the numbers of two lists at the same position.
///
/// # Panics
///
/// If the lists differ in length.
pub fn max_difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len(), "lists of different length");
    found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// Asserts that two numbers differ by at most `tolerance`. The message of a failure begins with `what`.
///
/// # Panics
///
/// If the numbers differ by more, or one of them is NaN.
pub fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{what}: {found}, expected {expected} within {tolerance}"
    );
}
