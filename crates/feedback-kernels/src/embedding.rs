//! Looks up rows of an embedding table.

use rayon::prelude::*;

use crate::buffers::take;

/// Returns the rows with these ids, `[ids, width]`.
///
/// # Panics
///
/// If the table has no row for an id.
pub(crate) fn forward(table: &[f32], width: usize, ids: &[usize]) -> Vec<f32> {
    let mut output = take(ids.len() * width);
    for (&id, row) in ids.iter().zip(output.chunks_exact_mut(width.max(1))) {
        row.copy_from_slice(&table[id * width..(id + 1) * width]);
    }
    output
}

/// Returns the gradient of a table with `rows` rows. Each row gets the sum of the gradients of all its
/// occurrences in `ids`, added in order.
pub(crate) fn backward(gradient: &[f32], width: usize, ids: &[usize], rows: usize) -> Vec<f32> {
    let mut output = take(rows * width);
    output.par_chunks_mut(1 << 16).for_each(|part| part.fill(0.0));
    for (&id, row) in ids.iter().zip(gradient.chunks_exact(width.max(1))) {
        for (total, value) in output[id * width..(id + 1) * width].iter_mut().zip(row) {
            *total += value;
        }
    }
    output
}
