//! Chooses the texts to ask about.

use chacha20::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Draws texts that differ from the texts that were drawn before, as k-means++ draws its centres (Arthur and Vassilvitskii 2007).
/// The probability of a text is proportional to its squared distance from the nearest drawn text, multiplied by a weight.
#[derive(Debug)]
pub(crate) struct Selection {
    /// `[texts, width]`, each row with the length 1.
    units: Vec<f32>,
    width: usize,
    /// The squared distance of each text to the nearest drawn text; 0 for drawn texts and for equal ones.
    distances: Vec<f64>,
    rng: ChaCha8Rng,
}

impl Selection {
    /// Creates a selection from the vectors of texts, after scaling, one after another.
    pub(crate) fn new(vectors: Vec<f32>, width: usize, seed: u64) -> Self {
        let mut units = vectors;
        for row in units.chunks_exact_mut(width) {
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            if length > 0.0 {
                row.iter_mut().for_each(|value| *value /= length);
            }
        }
        Self {
            distances: vec![4.0; units.len() / width], // the largest distance between two unit vectors, squared
            units,
            width,
            rng: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Draws a text; `weight` returns the weight of a text, at least 0. Returns `None` if all remaining texts equal drawn ones.
    pub(crate) fn draw(&mut self, weight: impl Fn(usize) -> f64) -> Option<usize> {
        let weights: Vec<f64> = (0..self.distances.len())
            .map(|text| {
                if self.distances[text] > 0.0 {
                    self.distances[text] * weight(text)
                } else {
                    0.0
                }
            })
            .collect();
        let sum: f64 = weights.iter().sum();
        if sum <= 0.0 {
            return None;
        }
        let mut left = self.rng.random::<f64>() * sum;
        let drawn = weights.iter().position(|&weight| {
            left -= weight;
            left < 0.0 && weight > 0.0
        });
        // Rounding may leave a rest after the last text.
        let drawn = drawn.or_else(|| weights.iter().rposition(|&weight| weight > 0.0))?;
        self.remove(drawn);
        Some(drawn)
    }

    /// Makes a text count as drawn.
    pub(crate) fn remove(&mut self, text: usize) {
        let row = |text: usize| &self.units[text * self.width..(text + 1) * self.width];
        let drawn = row(text).to_vec();
        for (other, distance) in self.distances.iter_mut().enumerate() {
            let differences = row(other).iter().zip(&drawn).map(|(a, b)| f64::from(a - b));
            let squared: f64 = differences.map(|difference| difference * difference).sum();
            *distance = distance.min(squared);
        }
        self.distances[text] = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(seed: u64) -> Selection {
        // Two equal texts, one near them, and two far away.
        let vectors = vec![1.0, 0.0, 2.0, 0.0, 1.0, 0.05, 0.0, 1.0, -1.0, -0.1];
        Selection::new(vectors, 2, seed)
    }

    #[test]
    fn texts_differ_and_equal_ones_are_drawn_once() {
        let mut near_first = 0;
        for seed in 0..200 {
            let mut selection = selection(seed);
            let drawn: Vec<usize> = std::iter::from_fn(|| selection.draw(|_| 1.0)).collect();
            assert_eq!(drawn.len(), 4, "{drawn:?}");
            assert!(drawn.contains(&0) != drawn.contains(&1));
            near_first += usize::from(drawn[..2].iter().all(|&text| text < 3));
        }
        assert!(
            near_first < 10,
            "two of the similar texts come first in {near_first} of 200 draws"
        );
    }

    #[test]
    fn weights_count_and_the_seed_repeats_the_draws() {
        let draws = |seed| -> Vec<usize> {
            let mut selection = selection(seed);
            std::iter::from_fn(|| selection.draw(|text| f64::from(u8::from(text != 3)))).collect()
        };
        assert_eq!(draws(5), draws(5));
        assert!(
            (0..50).all(|seed| !draws(seed).contains(&3)),
            "a weight of 0 is never drawn"
        );
        assert!(
            (0..50)
                .map(draws)
                .collect::<std::collections::BTreeSet<_>>()
                .len()
                > 1
        );
    }
}
