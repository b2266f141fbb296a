//! How to divide rows.

use crate::split::size::SplitSize;

/// How to divide rows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SplitOptions {
    /// Size of the test part; a fifth of all rows by default.
    pub test_size: SplitSize,
    /// Size of the validation part; a tenth of all rows by default.
    pub validation_size: SplitSize,
    /// Seed of the `ChaCha8Rng` that draws rows; 42 by default.
    pub seed: u64,
}

impl Default for SplitOptions {
    fn default() -> Self {
        Self {
            test_size: SplitSize::Fraction(0.2),
            validation_size: SplitSize::Fraction(0.1),
            seed: 42,
        }
    }
}

impl SplitOptions {
    /// Returns the default options with these sizes.
    #[must_use]
    pub fn new(test_size: SplitSize, validation_size: SplitSize) -> Self {
        Self {
            test_size,
            validation_size,
            ..Self::default()
        }
    }

    /// Returns the same options with another seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}
