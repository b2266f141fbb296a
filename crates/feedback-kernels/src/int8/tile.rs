//! The innermost loop: one tile of sums in registers.

use crate::simd::{ByteBlock, Dot};

/// Returns the sums of products of `R` rows of bytes with a panel of `V` vectors.
///
/// The rows of `left` start `stride` bytes apart, a multiple of 4.
#[inline(always)]
pub(super) fn tile<D: Dot, const R: usize, const V: usize>(
    dot: D,
    left: &[u8],
    stride: usize,
    panel: &[ByteBlock],
) -> [[D::Sums; V]; R] {
    let groups = panel.len() / V;
    // This is the only bounds check of `left`; it covers the last bytes that the loop reads.
    assert!(left.len() >= (R - 1) * stride + 4 * groups);
    let mut sums = [[dot.zero(); V]; R];
    for group in 0..groups {
        for row in 0..R {
            // SAFETY: row < R and group < groups.
            let bytes = unsafe {
                left.as_ptr()
                    .add(row * stride + 4 * group)
                    .cast::<[u8; 4]>()
                    .read()
            };
            for vector in 0..V {
                // SAFETY: group < panel.len() / V.
                let block = unsafe { panel.get_unchecked(group * V + vector) };
                sums[row][vector] = dot.add(sums[row][vector], bytes, block);
            }
        }
    }
    sums
}
