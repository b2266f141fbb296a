//! The texts that speak for a theme.

use feedback_dataset::text::comparison_key;

use crate::vectors::Vectors;

/// Two quotes with a larger cosine say the same.
const MAX_COSINE: f64 = 0.9;

/// The rows of up to `n` typical texts: those nearest to the centre of the theme, the nearest first, that say different things.
/// Where all of the others say the same, the nearest with other words follow; duplicates never do.
pub(super) fn quotes(
    texts: &[&str],
    vectors: &Vectors,
    centres: &Vectors,
    theme: usize,
    rows: &[usize],
    n: usize,
) -> Vec<usize> {
    let mut sorted: Vec<(i32, &str, usize)> = rows
        .iter()
        .map(|&row| (-vectors.dot(row, centres, theme), texts[row], row))
        .collect();
    // Rows with equal vectors have the same distance; the text decides, so that the order of the rows does not.
    sorted.sort_unstable();
    let mut chosen: Vec<usize> = Vec::new();
    for similar in [false, true] {
        for &(_, text, row) in &sorted {
            let key = comparison_key(text);
            let is_new = |&other: &usize| {
                let differs = similar || vectors.cosine(row, other) <= MAX_COSINE;
                differs && key != comparison_key(texts[other])
            };
            if chosen.len() < n && chosen.iter().all(is_new) {
                chosen.push(row);
            }
        }
    }
    chosen
}
