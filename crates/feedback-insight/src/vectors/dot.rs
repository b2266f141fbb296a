//! Dot products of rows of 16-bit integers.
//!
//! A sum of integers does not depend on the order of its terms. So the compiler may use the widest registers of the
//! processor, and threads may share the work in any way, without changing a bit of any result.

use pulp::{Arch, NullaryFnOnce};

/// Writes the dot product of `row` with each row of `rows`, `[sums.len(), row.len()]`, into `sums`.
///
/// The components must be such that no sum of products leaves the range of `i32`.
pub(super) fn dots(row: &[i16], rows: &[i16], sums: &mut [i32]) {
    // Chooses AVX2 where the processor has it; the loop inside is compiled for each case.
    Arch::new().dispatch(Dots { row, rows, sums });
}

struct Dots<'a> {
    row: &'a [i16],
    rows: &'a [i16],
    sums: &'a mut [i32],
}

impl NullaryFnOnce for Dots<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let rows = self.rows.chunks_exact(self.row.len());
        for (sum, other) in self.sums.iter_mut().zip(rows) {
            let products = self.row.iter().zip(other);
            *sum = products.fold(0_i32, |sum, (&a, &b)| {
                sum.wrapping_add(i32::from(a).wrapping_mul(i32::from(b)))
            });
        }
    }
}
