//! Dot products of rows of 16-bit integers.
//!
//! A sum of integers does not depend on the order of its terms. So the compiler may use the vector registers of the processor, and
//! threads may share the work in any way, without changing a bit of any result.

/// Writes the dot product of `row` with each row of `rows`, `[sums.len(), row.len()]`, into `sums`.
///
/// The components must be such that no sum of products leaves the range of `i32`.
pub(super) fn dots(row: &[i16], rows: &[i16], sums: &mut [i32]) {
    for (sum, other) in sums.iter_mut().zip(rows.chunks_exact(row.len())) {
        let products = row.iter().zip(other);
        *sum = products.fold(0_i32, |sum, (&a, &b)| {
            sum.wrapping_add(i32::from(a).wrapping_mul(i32::from(b)))
        });
    }
}
