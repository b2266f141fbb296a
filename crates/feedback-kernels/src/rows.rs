//! Rows of a matrix, side by side.

use rayon::prelude::*;

/// Rows of a block. Sums over rows are over the rows of each block, then over the blocks, whatever the number of threads.
pub(crate) const BLOCK_ROWS: usize = 32;

/// Numbers below which one thread is faster.
pub(crate) const PARALLEL: usize = 1 << 14;

/// Calls `f` with the number of each block's first row and the block, with all threads if there are enough numbers.
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

/// Like [`for_blocks`], with two matrices of equal rows; the second may have rows of no numbers.
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

/// The sum of the blocks' vectors, in order.
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

/// The sum of all rows.
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
