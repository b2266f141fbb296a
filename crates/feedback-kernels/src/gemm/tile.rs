//! The innermost loop: one tile of C in registers.

use super::operands::Start;
use crate::simd::{LANES, Simd, load_part, store_part};

/// Where a tile reads its rows of A.
#[derive(Clone, Copy)]
pub(super) enum Left<'a> {
    /// From rows in place. The second value is the distance between the starts of two rows, in numbers.
    Rows(&'a [f32], usize),
    /// From groups of `TILE_ROWS` rows: for each k, the numbers of all rows of the group.
    Packed(&'a [f32]),
}

/// Where a tile writes: to the first `columns` numbers of rows that start `stride` numbers apart.
#[derive(Clone, Copy)]
pub(super) struct Out {
    pub(super) data: *mut f32,
    pub(super) stride: usize,
    pub(super) columns: usize,
}

impl Out {
    /// Returns the used part of one vector of a row.
    ///
    /// # Safety
    ///
    /// The row must be in memory that no other reference uses.
    #[inline(always)]
    unsafe fn part<'a>(self, row: usize, vector: usize) -> &'a mut [f32] {
        let first = (vector * LANES).min(self.columns);
        let count = LANES.min(self.columns - first);
        // SAFETY: the part is within the row, which the caller may use.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(row * self.stride + first), count) }
    }
}

/// Adds A times a panel of `depth` rows to a tile of C with `R` rows and at most `V` vectors of columns.
///
/// # Safety
///
/// The `R` rows of `c` must be in memory that no other reference uses.
#[inline(always)]
pub(super) unsafe fn tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    left: Left<'_>,
    panel: &[f32],
    depth: usize,
    c: Out,
    start: Start<'_>,
) {
    let mut sums = [[simd.splat(0.0); V]; R];
    for row in 0..R {
        for vector in 0..V {
            let first = (vector * LANES).min(c.columns);
            let part = first..c.columns.min(first + LANES);
            sums[row][vector] = match start {
                Start::Zero => simd.splat(0.0),
                // SAFETY: by the contract.
                Start::Add => load(simd, unsafe { c.part(row, vector) }),
                Start::Row(values) => load(simd, &values[part]),
            };
        }
    }
    sums = match left {
        Left::Rows(data, stride) => rows::<S, R, V>(simd, data, stride, panel, depth, sums),
        Left::Packed(data) => packed::<S, R, V>(simd, data, panel, depth, sums),
    };
    for row in 0..R {
        for vector in 0..V {
            // SAFETY: by the contract.
            let to = unsafe { c.part(row, vector) };
            match <&mut [f32; LANES]>::try_from(&mut *to) {
                Ok(whole) => simd.store(sums[row][vector], whole),
                Err(_) => store_part(simd, sums[row][vector], to),
            }
        }
    }
}

#[inline(always)]
fn load<S: Simd>(simd: S, part: &[f32]) -> S::Vector {
    match <&[f32; LANES]>::try_from(part) {
        Ok(whole) => simd.load(whole),
        Err(_) => load_part(simd, part, 0.0),
    }
}

/// Returns the sums after adding `depth` products to each, for rows of A that are read in place.
#[inline(always)]
fn rows<S: Simd, const R: usize, const V: usize>(
    simd: S,
    left: &[f32],
    stride: usize,
    panel: &[f32],
    depth: usize,
    mut sums: [[S::Vector; V]; R],
) -> [[S::Vector; V]; R] {
    if depth == 0 {
        return sums;
    }
    // These are the only bounds checks; they cover the last numbers that the loops read.
    assert!(panel.len() >= depth * V * LANES);
    assert!(left.len() >= (R - 1) * stride + depth);
    let mut k = 0;
    while k + UNROLLED <= depth {
        for step in 0..UNROLLED {
            // SAFETY: k + step < depth.
            sums = unsafe {
                products::<S, R, V>(simd, left.as_ptr().add(k + step), stride, panel, k + step, sums)
            };
        }
        k += UNROLLED;
    }
    while k < depth {
        // SAFETY: k < depth.
        sums = unsafe { products::<S, R, V>(simd, left.as_ptr().add(k), stride, panel, k, sums) };
        k += 1;
    }
    sums
}

/// Like [`rows`], for packed rows of A.
#[inline(always)]
fn packed<S: Simd, const R: usize, const V: usize>(
    simd: S,
    left: &[f32],
    panel: &[f32],
    depth: usize,
    mut sums: [[S::Vector; V]; R],
) -> [[S::Vector; V]; R] {
    assert!(panel.len() >= depth * V * LANES);
    assert!(left.len() >= depth * S::TILE_ROWS && R <= S::TILE_ROWS);
    let mut k = 0;
    while k + UNROLLED <= depth {
        for step in 0..UNROLLED {
            let at = (k + step) * S::TILE_ROWS;
            // SAFETY: k + step < depth, and R is at most `TILE_ROWS`.
            sums = unsafe { products::<S, R, V>(simd, left.as_ptr().add(at), 1, panel, k + step, sums) };
        }
        k += UNROLLED;
    }
    while k < depth {
        // SAFETY: k < depth, and R is at most `TILE_ROWS`.
        sums = unsafe { products::<S, R, V>(simd, left.as_ptr().add(k * S::TILE_ROWS), 1, panel, k, sums) };
        k += 1;
    }
    sums
}

/// How far ahead weights are prefetched, in numbers: about one block. A product with few rows mostly waits
/// for weights.
const AHEAD: usize = 4096;

/// Number of values of k in one iteration of the unrolled loop.
const UNROLLED: usize = 4;

/// Returns the sums after adding the products for one k.
///
/// # Safety
///
/// `left` must have a number at `row * stride` for each row below R, and the panel must have at least `(k + 1)
/// * V * LANES` numbers.
#[inline(always)]
unsafe fn products<S: Simd, const R: usize, const V: usize>(
    simd: S,
    left: *const f32,
    stride: usize,
    panel: &[f32],
    k: usize,
    mut sums: [[S::Vector; V]; R],
) -> [[S::Vector; V]; R] {
    // These are loops because a closure would not be compiled for the instruction set.
    let mut right = [simd.splat(0.0); V];
    for vector in 0..V {
        let ahead = (k * V + vector) * LANES + AHEAD;
        simd.prefetch(panel.as_ptr().wrapping_add(ahead).cast());
        // SAFETY: by the contract.
        right[vector] = simd.load(unsafe {
            &*panel
                .as_ptr()
                .add((k * V + vector) * LANES)
                .cast::<[f32; LANES]>()
        });
    }
    for row in 0..R {
        // SAFETY: by the contract.
        let value = simd.splat(unsafe { *left.add(row * stride) });
        for vector in 0..V {
            sums[row][vector] = simd.fma(value, right[vector], sums[row][vector]);
        }
    }
    sums
}
