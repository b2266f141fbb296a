//! What a theme is called, how large it is, and which texts speak for it.

use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_metrics::statistics::{Interval, wilson_interval};

use super::phrases::distinctive;
use super::quotes::quotes;
use super::words::Words;
use crate::error::{Error, Result};
use crate::themes::{Themes, members};
use crate::vectors::Vectors;

/// Phrases that a theme has at most.
const MAX_PHRASES: usize = 5;

/// Quotes that a theme has at most.
const MAX_QUOTES: usize = 3;

/// The confidence of the interval of a share.
const CONFIDENCE: f64 = 0.95;

/// A theme as people see it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ThemeSummary {
    /// The phrase that distinguishes the theme most: two to four words as people wrote them, or one word if no longer phrase
    /// occurs twice. Empty if the texts of the theme share no word.
    pub name: String,
    /// The name and up to four further phrases, the most distinctive first.
    pub phrases: Vec<String>,
    /// The rows of up to three typical texts, the most typical first. No two of them are duplicates.
    pub quotes: Vec<usize>,
    /// How many texts the theme has.
    pub size: usize,
    /// The share of all texts, 0 to 1.
    pub share: f64,
    /// The 95 % Wilson interval of the share, for texts drawn independently.
    pub interval: Interval,
}

impl Themes {
    /// Names each theme and finds typical texts. `texts` and `vectors` are those that the themes were found from, in the same
    /// order.
    ///
    /// # Errors
    ///
    /// If the texts, the vectors and the themes do not have the same number of rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_insight::{ThemeOptions, Themes, Vectors};
    ///
    /// let texts = ["My card arrived late", "the card arrived broken", "Love the dark mode", "dark mode is great"];
    /// let vectors = Vectors::new(2, &[1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0])?;
    /// let options = ThemeOptions::default().with_n_neighbours(2).with_min_size(2);
    /// let summaries = Themes::fit(&vectors, &options)?.describe(&texts, &vectors)?;
    /// assert_eq!(summaries[0].name, "card arrived");
    /// assert_eq!(summaries[1].name, "dark mode");
    /// assert_eq!((summaries[1].size, summaries[1].share), (2, 0.5));
    /// # Ok::<(), feedback_insight::Error>(())
    /// ```
    pub fn describe(&self, texts: &[&str], vectors: &Vectors) -> Result<Vec<ThemeSummary>> {
        self.check(texts, vectors)?;
        summaries(texts, vectors, self.of_rows(), self.centres())
    }

    /// Names each of the [`groups`](Themes::groups) of themes and finds typical texts, as [`describe`](Themes::describe) does for
    /// themes.
    ///
    /// # Errors
    ///
    /// If the texts, the vectors and the themes do not have the same number of rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_insight::{ThemeOptions, Themes, Vectors};
    ///
    /// let texts = ["My card arrived late", "the card arrived broken", "Love the dark mode", "dark mode is great"];
    /// let vectors = Vectors::new(2, &[1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0])?;
    /// let options = ThemeOptions::default().with_n_neighbours(2).with_min_size(2);
    /// let themes = Themes::fit(&vectors, &options)?;
    /// assert_eq!(themes.describe_groups(&texts, &vectors)?[0].name, "card arrived");
    /// # Ok::<(), feedback_insight::Error>(())
    /// ```
    pub fn describe_groups(&self, texts: &[&str], vectors: &Vectors) -> Result<Vec<ThemeSummary>> {
        self.check(texts, vectors)?;
        let of_rows = self.groups_of_rows();
        let n_groups = self.groups().iter().max().map_or(0, |last| last + 1);
        let mut centres = vectors.without_rows();
        for rows in members(&of_rows, n_groups) {
            centres.push_mean(vectors, &rows, &vec![1; texts.len()]);
        }
        summaries(texts, vectors, &of_rows, &centres)
    }

    fn check(&self, texts: &[&str], vectors: &Vectors) -> Result<()> {
        let n = self.of_rows().len();
        for (what, found) in [("texts", texts.len()), ("vectors", vectors.n_rows())] {
            if found != n {
                return Err(Error::LengthMismatch {
                    what,
                    found,
                    reference: "themes",
                    expected: n,
                });
            }
        }
        vectors.same_columns("vectors", self.centres())
    }
}

/// The summary of each theme or group; `centres` has one row for each.
fn summaries(
    texts: &[&str],
    vectors: &Vectors,
    of_rows: &[Option<usize>],
    centres: &Vectors,
) -> Result<Vec<ThemeSummary>> {
    let n_themes = centres.n_rows();
    let phrases = distinctive(
        texts,
        &Words::new(texts),
        of_rows,
        n_themes,
        &first_of_duplicates(texts),
        MAX_PHRASES,
    );
    let members = members(of_rows, n_themes);
    let summaries = phrases
        .into_iter()
        .zip(&members)
        .enumerate()
        .map(|(theme, (phrases, rows))| {
            Ok(ThemeSummary {
                name: phrases.first().cloned().unwrap_or_default(),
                phrases,
                quotes: quotes(texts, vectors, centres, theme, rows, MAX_QUOTES),
                size: rows.len(),
                share: rows.len() as f64 / texts.len() as f64,
                interval: wilson_interval(rows.len() as u64, texts.len() as u64, CONFIDENCE)?,
            })
        });
    summaries.collect()
}

/// Marks the first text of each group of duplicates.
fn first_of_duplicates(texts: &[&str]) -> Vec<bool> {
    let groups = duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised);
    let mut next = 0;
    let first = groups.iter().map(|&group| {
        let is_first = group == next;
        next += usize::from(is_first);
        is_first
    });
    first.collect()
}
