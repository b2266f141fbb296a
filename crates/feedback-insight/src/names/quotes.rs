//! The texts that speak for a theme.

use feedback_dataset::text::comparison_key;

use crate::error::{Error, Result};
use crate::vectors::Vectors;

/// Two quotes with a larger cosine say the same.
const MAX_COSINE: f64 = 0.9;

/// Returns up to `n` typical texts of some rows, as row numbers: texts near the mean of the vectors that say different things,
/// the nearest first. If all remaining texts say the same, the nearest texts with other words follow. Duplicates are left out.
///
/// # Errors
///
/// If texts and vectors differ in number, or a row does not exist.
///
/// # Examples
///
/// ```
/// use feedback_insight::{Vectors, typical_texts};
///
/// let texts = ["It crashes", "it crashes!", "So slow", "Crashes daily"];
/// let vectors = Vectors::new(2, &[1.0, 0.1, 1.0, 0.1, 0.0, 1.0, 1.0, 0.2])?;
/// assert_eq!(typical_texts(&texts, &vectors, &[0, 1, 3], 2)?, [0, 3]);
/// # Ok::<(), feedback_insight::Error>(())
/// ```
pub fn typical_texts(texts: &[&str], vectors: &Vectors, rows: &[usize], n: usize) -> Result<Vec<usize>> {
    if texts.len() != vectors.n_rows() {
        return Err(Error::LengthMismatch {
            what: "texts",
            found: texts.len(),
            reference: "vectors",
            expected: vectors.n_rows(),
        });
    }
    if let Some(&row) = rows.iter().find(|row| **row >= texts.len()) {
        return Err(Error::RowOutOfRange {
            what: "rows",
            row,
            n_rows: texts.len(),
        });
    }
    let mut centre = vectors.without_rows();
    centre.push_mean(vectors, rows, &vec![1; texts.len()]);
    Ok(quotes(texts, vectors, &centre, 0, rows, n))
}

/// The rows of up to `n` typical texts: texts near the centre of the theme that say different things, the nearest first. If all
/// remaining texts say the same, the nearest texts with other words follow. Duplicates are left out.
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
            if chosen.len() == n {
                return chosen;
            }
            let key = comparison_key(text);
            let is_new = |&other: &usize| {
                let differs = similar || vectors.cosine(row, other) <= MAX_COSINE;
                differs && key != comparison_key(texts[other])
            };
            if chosen.iter().all(is_new) {
                chosen.push(row);
            }
        }
    }
    chosen
}
