//! Processes the rows of a matrix in parallel blocks.

use rayon::prelude::*;

/// Number of rows of a block. Rows are summed within each block, then over the blocks, so that a sum does not
/// depend on the number of threads.
pub(crate) const BLOCK_ROWS: usize = 32;

/// Number of values below which one thread is faster.
pub(crate) const PARALLEL: usize = 1 << 14;

/// Calls `f` for each block, with the index of the block's first row and the block, and returns the results.
/// Uses all threads if there are enough values.
pub(crate) fn for_blocks<T: Send>(
    data: &mut [f32],
    width: usize,
    f: impl Fn(usize, &mut [f32]) -> T + Sync,
) -> Vec<T> {
    let step = BLOCK_ROWS * width.max(1);
    let call = |(block, rows): (usize, &mut [f32])| f(block * BLOCK_ROWS, rows);
    if data.len() < PARALLEL {
        data.chunks_mut(step).enumerate().map(call).collect()
    } else {
        data.par_chunks_mut(step).enumerate().map(call).collect()
    }
}

/// Like [`for_blocks`], for two matrices with the same number of rows; the width of the second may be 0.
pub(crate) fn for_block_pairs<T: Send>(
    first: (&mut [f32], usize),
    second: (&mut [f32], usize),
    f: impl Fn(usize, &mut [f32], &mut [f32]) -> T + Sync,
) -> Vec<T> {
    let (first, first_width) = first;
    let (second, second_width) = second;
    let is_small = first.len() < PARALLEL;
    let firsts = first.chunks_mut(BLOCK_ROWS * first_width.max(1));
    let mut seconds = second.chunks_mut(BLOCK_ROWS * second_width.max(1));
    let pairs: Vec<_> = firsts
        .map(|rows| (rows, seconds.next().unwrap_or_default()))
        .collect();
    let call = |(block, (a, b)): (usize, (&mut [f32], &mut [f32]))| f(block * BLOCK_ROWS, a, b);
    if is_small {
        pairs.into_iter().enumerate().map(call).collect()
    } else {
        pairs.into_par_iter().enumerate().map(call).collect()
    }
}

/// Returns the sum of the blocks' vectors, added in order.
pub(crate) fn sum_of_blocks(blocks: Vec<Vec<f32>>, width: usize) -> Vec<f32> {
    let mut blocks = blocks.into_iter();
    let mut total = blocks.next().unwrap_or_else(|| vec![0.0; width]);
    for block in blocks {
        for (total, value) in total.iter_mut().zip(block) {
            *total += value;
        }
    }
    total
}

/// Returns the sum of all rows.
pub(crate) fn column_sums(data: &[f32], width: usize) -> Vec<f32> {
    let sum = |rows: &[f32]| {
        let mut sums = vec![0.0; width];
        for row in rows.chunks_exact(width) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
        sums
    };
    let step = BLOCK_ROWS * width.max(1);
    let blocks = if data.len() < PARALLEL {
        data.chunks(step).map(sum).collect()
    } else {
        data.par_chunks(step).map(sum).collect()
    };
    sum_of_blocks(blocks, width)
}
