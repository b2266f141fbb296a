//! The innermost loop: one tile of C in registers.

use super::operands::Start;
use crate::simd::{LANES, Simd, load_part, store_part};

/// Where a tile reads A: `rows` rows, `depth` columns.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    pub(super) data: &'a [f32],
    pub(super) row_stride: usize,
    pub(super) k_stride: usize,
}

/// Adds A times a panel to a tile of C of `R` rows and at most `V` vectors of columns.
///
/// `c` starts at the tile; its rows are `c_stride` apart and `columns` of them are used.
#[inline(always)]
pub(super) fn tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    left: Left<'_>,
    panel: &[f32],
    depth: usize,
    c: &mut [f32],
    c_stride: usize,
    columns: usize,
    start: Start<'_>,
) {
    let mut sums = [[simd.splat(0.0); V]; R];
    for (row, sums) in sums.iter_mut().enumerate() {
        for (vector, sum) in sums.iter_mut().enumerate() {
            *sum = initial(simd, start, &c[row * c_stride..], vector * LANES, columns);
        }
    }
    sums = accumulate::<S, R, V>(simd, left, panel, depth, sums);
    for (row, sums) in sums.iter().enumerate() {
        for (vector, &sum) in sums.iter().enumerate() {
            let first = vector * LANES;
            let part = columns.saturating_sub(first).min(LANES);
            let to = &mut c[row * c_stride + first.min(columns)..][..part];
            match <&mut [f32; LANES]>::try_from(&mut *to) {
                Ok(whole) => simd.store(sum, whole),
                Err(_) => store_part(simd, sum, to),
            }
        }
    }
}

/// The first value of one vector of a row.
#[inline(always)]
fn initial<S: Simd>(simd: S, start: Start<'_>, row: &[f32], first: usize, columns: usize) -> S::Vector {
    let from = match start {
        Start::Zero => return simd.splat(0.0),
        Start::Add => row,
        Start::Row(values) => values,
    };
    let part = &from[first.min(columns)..columns.min(first + LANES)];
    match <&[f32; LANES]>::try_from(part) {
        Ok(whole) => simd.load(whole),
        Err(_) => load_part(simd, part, 0.0),
    }
}

/// The sums after `depth` more products each.
#[inline(always)]
fn accumulate<S: Simd, const R: usize, const V: usize>(
    simd: S,
    left: Left<'_>,
    panel: &[f32],
    depth: usize,
    mut sums: [[S::Vector; V]; R],
) -> [[S::Vector; V]; R] {
    if depth == 0 {
        return sums;
    }
    // The only bounds checks: of the last element that the loop reads.
    assert!(panel.len() >= depth * V * LANES);
    assert!(left.data.len() > (R - 1) * left.row_stride + (depth - 1) * left.k_stride);
    for k in 0..depth {
        // Loops, since a closure would not be compiled for the instruction set.
        let mut right = [simd.splat(0.0); V];
        for vector in 0..V {
            // SAFETY: `(k + 1) * V * LANES` numbers are in the panel, by the first assertion.
            right[vector] = simd.load(unsafe {
                &*panel
                    .as_ptr()
                    .add((k * V + vector) * LANES)
                    .cast::<[f32; LANES]>()
            });
        }
        for row in 0..R {
            // SAFETY: row < R and k < depth, so the index is at most that of the second assertion.
            let value =
                simd.splat(unsafe { *left.data.get_unchecked(row * left.row_stride + k * left.k_stride) });
            for vector in 0..V {
                sums[row][vector] = simd.fma(value, right[vector], sums[row][vector]);
            }
        }
    }
    sums
}
