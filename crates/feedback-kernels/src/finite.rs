//! Detects NaN and infinite numbers.

/// Returns whether all numbers are finite: neither infinite nor NaN.
///
/// ```
/// use feedback_kernels::are_finite;
///
/// assert!(are_finite(&[0.0, f32::MAX]));
/// assert!(!are_finite(&[0.0, f32::NAN]));
/// ```
pub fn are_finite(numbers: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7f80_0000;
    // In parts: the search can stop early, but there is no branch for each number.
    numbers.chunks(4096).all(|part| {
        let damaged = part.iter().fold(0, |count, number| {
            count | u32::from(number.to_bits() & EXPONENT == EXPONENT)
        });
        damaged == 0
    })
}
