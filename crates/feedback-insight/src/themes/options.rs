//! How themes are found.

use crate::error::{Error, Result};

/// How themes are found.
///
/// # Examples
///
/// ```
/// use feedback_insight::ThemeOptions;
///
/// let options = ThemeOptions::default().with_min_size(20).with_seed(7);
/// assert_eq!((options.min_size, options.n_neighbours), (20, 15));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ThemeOptions {
    /// Number of nearest texts with which each text is linked, at least 2. Default 15, as in UMAP and in BERTopic.
    pub n_neighbours: usize,
    /// Minimum number of texts of a theme, including duplicates; at least 2. Default 10, as in BERTopic.
    pub min_size: usize,
    /// The level of detail: a larger number gives more and smaller themes. With `None` (default), the data decide.
    pub resolution: Option<f64>,
    /// Maximum number of distinct texts of which all pairs are compared, at least 1. With more, only texts in near cells are
    /// compared, which finds almost the same neighbours. Default 20,000: about 2·10⁸ pairs.
    pub max_exact: usize,
    /// The seed of `ChaCha8Rng`, which decides the order in which texts are visited. Default 0.
    pub seed: u64,
}

impl Default for ThemeOptions {
    fn default() -> Self {
        Self {
            n_neighbours: 15,
            min_size: 10,
            resolution: None,
            max_exact: 20_000,
            seed: 0,
        }
    }
}

impl ThemeOptions {
    /// Sets `n_neighbours`.
    #[must_use]
    pub fn with_n_neighbours(mut self, n_neighbours: usize) -> Self {
        self.n_neighbours = n_neighbours;
        self
    }

    /// Sets `min_size`.
    #[must_use]
    pub fn with_min_size(mut self, min_size: usize) -> Self {
        self.min_size = min_size;
        self
    }

    /// Sets `resolution`.
    #[must_use]
    pub fn with_resolution(mut self, resolution: f64) -> Self {
        self.resolution = Some(resolution);
        self
    }

    /// Sets `max_exact`.
    #[must_use]
    pub fn with_max_exact(mut self, max_exact: usize) -> Self {
        self.max_exact = max_exact;
        self
    }

    /// Sets `seed`.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        let resolution = self.resolution.unwrap_or(1.0);
        let checks = [
            (
                "n_neighbours",
                self.n_neighbours as f64,
                self.n_neighbours >= 2,
                "at least 2",
            ),
            ("min_size", self.min_size as f64, self.min_size >= 2, "at least 2"),
            (
                "max_exact",
                self.max_exact as f64,
                self.max_exact >= 1,
                "at least 1",
            ),
            (
                "resolution",
                resolution,
                resolution.is_finite() && resolution > 0.0,
                "a number above 0",
            ),
        ];
        for (field, found, holds, expected) in checks {
            if !holds {
                return Err(Error::Setting {
                    field,
                    found,
                    expected,
                });
            }
        }
        Ok(())
    }
}
