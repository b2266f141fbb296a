//! Computes the mean of the vectors of each text.

use crate::sequences::Sequences;

/// Returns the mean of each text's rows, `[texts, width]`; 0 for a text without rows.
pub(crate) fn forward(rows: &[f32], width: usize, sequences: &Sequences) -> Vec<f32> {
    let mut means = vec![0.0; sequences.len() * width];
    for (range, mean) in sequences.ranges().zip(means.chunks_exact_mut(width.max(1))) {
        let count = range.len() as f32;
        for row in rows[range.start * width..range.end * width].chunks_exact(width) {
            for (mean, value) in mean.iter_mut().zip(row) {
                *mean += value;
            }
        }
        if count > 0.0 {
            for value in mean {
                *value /= count;
            }
        }
    }
    means
}

/// Returns the gradient of the rows, given the gradient of the means.
pub(crate) fn backward(gradient: &[f32], width: usize, sequences: &Sequences) -> Vec<f32> {
    let mut output = Vec::with_capacity(sequences.tokens() * width);
    for (range, mean) in sequences.ranges().zip(gradient.chunks_exact(width.max(1))) {
        let count = range.len() as f32;
        for _ in range {
            output.extend(mean.iter().map(|value| value / count));
        }
    }
    output
}
