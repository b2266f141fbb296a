//! The lengths of texts.

use serde::Serialize;

/// The distribution of a length. Percentiles use the nearest-rank method: the smallest length that at least this share of the
/// texts do not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LengthSummary {
    /// The shortest.
    pub min: usize,
    /// The 5th percentile.
    pub p5: usize,
    /// The 25th percentile.
    pub p25: usize,
    /// The 50th percentile.
    pub median: usize,
    /// The 75th percentile.
    pub p75: usize,
    /// The 95th percentile.
    pub p95: usize,
    /// The 99th percentile.
    pub p99: usize,
    /// The longest.
    pub max: usize,
    /// The mean.
    pub mean: f64,
}

impl LengthSummary {
    /// Summarises lengths; `None` if there are none.
    #[must_use]
    pub fn from_lengths(lengths: impl IntoIterator<Item = usize>) -> Option<Self> {
        let mut lengths: Vec<usize> = lengths.into_iter().collect();
        lengths.sort_unstable();
        let (first, last) = (*lengths.first()?, *lengths.last()?);
        let percentile = |percent: usize| lengths[(lengths.len() * percent).div_ceil(100).max(1) - 1];
        Some(Self {
            min: first,
            p5: percentile(5),
            p25: percentile(25),
            median: percentile(50),
            p75: percentile(75),
            p95: percentile(95),
            p99: percentile(99),
            max: last,
            mean: lengths.iter().sum::<usize>() as f64 / lengths.len() as f64,
        })
    }
}

/// The lengths of texts in characters and in words.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TextLengths {
    /// In Unicode scalar values.
    pub characters: LengthSummary,
    /// In words, which are separated by white space.
    pub words: LengthSummary,
}

impl TextLengths {
    /// Measures texts; `None` if there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_text::TextLengths;
    ///
    /// let lengths = TextLengths::from_texts(&["It crashes", "Slow", "Please add a dark mode"]).ok_or("no text")?;
    /// assert_eq!((lengths.characters.min, lengths.characters.median, lengths.words.max), (4, 10, 5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn from_texts<S: AsRef<str>>(texts: &[S]) -> Option<Self> {
        Some(Self {
            characters: LengthSummary::from_lengths(texts.iter().map(|text| text.as_ref().chars().count()))?,
            words: LengthSummary::from_lengths(
                texts.iter().map(|text| text.as_ref().split_whitespace().count()),
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_by_hand() {
        let summary = LengthSummary::from_lengths((1..=200).rev()).unwrap();
        assert_eq!(
            (summary.min, summary.p5, summary.p25, summary.median),
            (1, 10, 50, 100)
        );
        assert_eq!(
            (summary.p75, summary.p95, summary.p99, summary.max),
            (150, 190, 198, 200)
        );
        assert_eq!(summary.mean, 100.5);
        let single = LengthSummary::from_lengths([7]).unwrap();
        assert_eq!((single.min, single.p5, single.median, single.max), (7, 7, 7, 7));
        assert_eq!(LengthSummary::from_lengths([]), None);
    }
}
