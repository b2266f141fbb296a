//! How little a text is like the texts that are known.

use crate::error::{Error, Result};
use crate::neighbours::nearest_in;
use crate::random::{generator, shuffle};
use crate::vectors::{Vectors, cosine};

/// The known texts with which new texts are compared.
///
/// The score of a text is 1 minus its mean cosine with the `k` nearest known texts: 0 for a known text, about 1 for a text that
/// resembles no known text.
///
/// # Examples
///
/// ```
/// use feedback_insight::{KnownTexts, Vectors};
///
/// let known = KnownTexts::new(&Vectors::new(2, &[1.0, 0.0, 1.0, 0.2])?, 1, 0)?;
/// let scores = known.unfamiliarity(&Vectors::new(2, &[1.0, 0.1, 0.0, 1.0])?)?;
/// assert!(scores[0] < 0.01 && scores[1] > 0.8);
/// # Ok::<(), feedback_insight::Error>(())
/// ```
///
/// # References
///
/// Sun et al. 2022, "Out-of-distribution detection with deep nearest neighbors", who use the distance to the k-th neighbour.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownTexts {
    vectors: Vectors,
    k: usize,
}

/// Known texts that are kept; of more, a seeded sample is.
const MAX_KNOWN: usize = 20_000;

impl KnownTexts {
    /// Keeps the vectors of the known texts: all vectors of up to 20,000 texts, a sample if there are more. `seed` is the seed
    /// of `ChaCha8Rng`, which draws the sample.
    ///
    /// # Errors
    ///
    /// If there are no rows, or `k` is 0 or above the number of rows.
    pub fn new(vectors: &Vectors, k: usize, seed: u64) -> Result<Self> {
        if vectors.n_rows() == 0 {
            return Err(Error::NoRows { what: "vectors" });
        }
        if !(1..=vectors.n_rows().min(MAX_KNOWN)).contains(&k) {
            return Err(Error::Setting {
                field: "k",
                found: k as f64,
                expected: "1 to the number of known texts, at most 20000",
            });
        }
        let mut rows: Vec<usize> = (0..vectors.n_rows()).collect();
        if rows.len() > MAX_KNOWN {
            shuffle(&mut rows, &mut generator(seed));
            rows.truncate(MAX_KNOWN);
        }
        Ok(Self {
            vectors: vectors.select(&rows),
            k,
        })
    }

    /// The score of each text, 0 to 2. The higher the score, the less the text resembles the known texts.
    ///
    /// # Errors
    ///
    /// If the vectors have another number of columns than the known ones.
    pub fn unfamiliarity(&self, vectors: &Vectors) -> Result<Vec<f64>> {
        vectors.same_columns("vectors", &self.vectors)?;
        let nearest = nearest_in(vectors, &self.vectors, self.k);
        let score = |nearest: &Vec<_>| {
            let cosines = nearest
                .iter()
                .map(|near: &crate::neighbours::Neighbour| cosine(near.dot));
            1.0 - cosines.sum::<f64>() / self.k as f64
        };
        Ok(nearest.iter().map(score).collect())
    }
}
