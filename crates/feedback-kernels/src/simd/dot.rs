//! Computes sums of products of bytes, four products at a time. Matrix products with 8-bit weights use them.

use super::vector::LANES;

/// Bytes of 16 columns by 4 rows: four rows of the first column, then of the second, and so on.
pub(crate) type ByteBlock = [i8; 4 * LANES];

/// Instructions for products of bytes. A value of a type that implements this trait proves that the processor has the instructions.
///
/// All sums are exact. `left` may be any byte, but `right` is at most 63 in absolute value, so that the sum of two products fits 16
/// bits.
pub(crate) trait Dot: Copy + Send + Sync + 'static {
    /// Sixteen sums.
    type Sums: Copy;

    /// Vectors side by side in one tile.
    const TILE_VECTORS: usize;
    /// Rows of one tile.
    const TILE_ROWS: usize;

    /// Sixteen zeros.
    fn zero(self) -> Self::Sums;
    /// Adds four products to each sum: `left` times the four bytes of `right` that belong to the sum.
    fn add(self, sums: Self::Sums, left: [u8; 4], right: &ByteBlock) -> Self::Sums;
    /// The sums as an array.
    fn to_array(self, sums: Self::Sums) -> [i32; LANES];
}

/// Plain Rust.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScalarDot;

impl Dot for ScalarDot {
    type Sums = [i32; LANES];

    const TILE_VECTORS: usize = 1;
    const TILE_ROWS: usize = 4;

    #[inline(always)]
    fn zero(self) -> Self::Sums {
        [0; LANES]
    }
    #[inline(always)]
    fn add(self, mut sums: Self::Sums, left: [u8; 4], right: &ByteBlock) -> Self::Sums {
        for lane in 0..LANES {
            for k in 0..4 {
                sums[lane] += i32::from(left[k]) * i32::from(right[4 * lane + k]);
            }
        }
        sums
    }
    #[inline(always)]
    fn to_array(self, sums: Self::Sums) -> [i32; LANES] {
        sums
    }
}
