//! TF-IDF: texts as sparse bags of words, in which rare words have more weight.

use std::collections::BTreeMap;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::error::{Error, Result};
use crate::matrix::CsrMatrix;

/// Turns texts into TF-IDF rows, as scikit-learn's `TfidfVectorizer` does with its defaults.
///
/// - A text is lower-cased. Its tokens are the longest runs of two or more letters, digits, other numeric
///   characters and underscores. This is the pattern `(?u)\b\w\w+\b` with Python's meaning of `\w` (general
///   categories L and N, and `_`), which does not include combining marks.
/// - The vocabulary has every token of the training texts, sorted by code points.
/// - If `df(t)` of the `n` training texts contain the token `t`, the weight of the token is
///   `idf(t) = ln((1 + n) / (1 + df(t))) + 1`, as if one more text contained every token
///   (`smooth_idf`).
/// - The entry of a token in a row is `tf · idf(t)`, where `tf` is the count of the token in the text. Then
///   each row is divided by its Euclidean length. Tokens outside the vocabulary are ignored;
///   the row of a text without any known token has only zeros.
///
/// # Examples
///
/// ```
/// use feedback_baselines::TfidfVectorizer;
///
/// let vectorizer = TfidfVectorizer::fit(&["the app is slow", "The app crashes!"])?;
/// assert_eq!(vectorizer.vocabulary(), ["app", "crashes", "is", "slow", "the"]);
/// assert_eq!(vectorizer.idf()[0], 1.0);
/// let rows = vectorizer.transform(&["Crashes, crashes"]);
/// assert_eq!(rows.row(0).collect::<Vec<_>>(), [(1, 1.0)]);
/// # Ok::<(), feedback_baselines::Error>(())
/// ```
///
/// # References
///
/// `scikit-learn: sklearn/feature_extraction/text.py` (1.9).
#[derive(Debug, Clone, PartialEq)]
pub struct TfidfVectorizer {
    vocabulary: Vec<String>,
    idf: Vec<f64>,
}

impl TfidfVectorizer {
    /// Learns the vocabulary and the weights of its tokens.
    ///
    /// # Errors
    ///
    /// If there are no texts, or no text contains a token.
    pub fn fit<S: AsRef<str>>(texts: &[S]) -> Result<Self> {
        if texts.is_empty() {
            return Err(Error::NoRows { what: "texts" });
        }
        let mut document_frequencies: BTreeMap<String, usize> = BTreeMap::new();
        for text in texts {
            let text = text.as_ref().to_lowercase();
            let mut distinct: Vec<&str> = tokens(&text).collect();
            distinct.sort_unstable();
            distinct.dedup();
            for token in distinct {
                match document_frequencies.get_mut(token) {
                    Some(count) => *count += 1,
                    None => drop(document_frequencies.insert(token.to_owned(), 1)),
                }
            }
        }
        if document_frequencies.is_empty() {
            return Err(Error::EmptyVocabulary { n_texts: texts.len() });
        }
        let n = (texts.len() + 1) as f64;
        let idf = document_frequencies
            .values()
            .map(|&df| (n / (df + 1) as f64).ln() + 1.0)
            .collect();
        // The map sorts strings by bytes. Sorting by code points, as Python does, gives the same order.
        Ok(Self {
            vocabulary: document_frequencies.into_keys().collect(),
            idf,
        })
    }

    /// Returns the tokens in column order.
    pub fn vocabulary(&self) -> &[String] {
        &self.vocabulary
    }

    /// Returns the inverse document frequencies in column order.
    pub fn idf(&self) -> &[f64] {
        &self.idf
    }

    /// Returns the column of a lower-cased token; `None` if it did not occur in training.
    pub fn column(&self, token: &str) -> Option<usize> {
        self.vocabulary
            .binary_search_by(|known| known.as_str().cmp(token))
            .ok()
    }

    /// Returns the rows of the texts, `[texts.len(), vocabulary().len()]`, with ascending columns in each row.
    pub fn transform<S: AsRef<str>>(&self, texts: &[S]) -> CsrMatrix {
        let mut matrix = CsrMatrix::without_rows(self.vocabulary.len());
        for text in texts {
            let row = self.row(&text.as_ref().to_lowercase());
            matrix.push_row(row.into_iter());
        }
        matrix
    }

    /// Returns the row of one lower-cased text.
    fn row(&self, text: &str) -> Vec<(usize, f64)> {
        let mut columns: Vec<usize> = tokens(text).filter_map(|token| self.column(token)).collect();
        columns.sort_unstable();
        let mut row: Vec<(usize, f64)> = columns
            .chunk_by(|a, b| a == b)
            .map(|repeats| (repeats[0], repeats.len() as f64 * self.idf[repeats[0]]))
            .collect();
        let length = row.iter().map(|(_, value)| value * value).sum::<f64>().sqrt();
        // An empty row has length 0, but it has no entries, so nothing is divided by 0.
        row.iter_mut().for_each(|(_, value)| *value /= length);
        row
    }
}

/// Returns the runs of at least two word characters.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word_character(c))
        .filter(|run| run.chars().nth(1).is_some())
}

/// Returns whether `\w` matches this character in a Python string.
fn is_word_character(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
    )
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_1_SQRT_2;

    use super::*;

    fn tokens_of(text: &str) -> Vec<String> {
        tokens(&text.to_lowercase()).map(str::to_owned).collect()
    }

    #[test]
    fn tokens_are_runs_of_two_or_more_word_characters() {
        // Each expected list is what Python's `re.findall(r"(?u)\b\w\w+\b", text.lower())` gives.
        for (text, expected) in [
            (
                "Don't panic: it's a v2.10 bug!",
                vec!["don", "panic", "it", "v2", "10", "bug"],
            ),
            ("snake_case _x __ -- a b c", vec!["snake_case", "_x", "__"]),
            ("Größe ÇA façade ΟΔΟΣ", vec!["größe", "ça", "façade", "οδος"]),
            ("İstanbul", vec!["stanbul"]),
            ("cafe\u{301}s", vec!["cafe"]),
            ("हिन्दी नमस्ते", vec!["नमस"]),
            ("Ⓐⓑ x² ½½ Ⅷ٣٤", vec!["x²", "½½", "ⅷ٣٤"]),
            ("你好，世界 👍🏽👍", vec!["你好", "世界"]),
            ("", vec![]),
        ] {
            assert_eq!(tokens_of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_table_computed_by_hand() {
        let texts = ["red red car", "red bike", "bike lane lane", "?"];
        let vectorizer = TfidfVectorizer::fit(&texts).unwrap();
        assert_eq!(vectorizer.vocabulary(), ["bike", "car", "lane", "red"]);
        // n = 4; df = 2, 1, 1, 2; ln(5/3) + 1 and ln(5/2) + 1.
        let (common, rare) = (1.510_825_623_765_990_7, 1.916_290_731_874_155);
        let idf = [common, rare, rare, common];
        for (found, expected) in vectorizer.idf().iter().zip(idf) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        // Row 0: 2 · 1.5108 and 1 · 1.9163, length √(3.0217² + 1.9163²) = 3.5781.
        // Row 1: both 1.5108, so both 1/√2. Row 2: 1.5108 and 2 · 1.9163, length 4.1196.
        let expected = [
            vec![(1, 0.535_566), (3, 0.844_493)],
            vec![(0, FRAC_1_SQRT_2), (3, FRAC_1_SQRT_2)],
            vec![(0, 0.366_739), (2, 0.930_324)],
            vec![],
        ];
        let rows = vectorizer.transform(&texts);
        for (row, expected) in expected.iter().enumerate() {
            let found: Vec<(usize, f64)> = rows.row(row).collect();
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert_eq!(found.0, expected.0);
                assert!((found.1 - expected.1).abs() < 1e-6, "{found:?} {expected:?}");
            }
        }
    }

    #[test]
    fn unknown_tokens_are_ignored() {
        let vectorizer = TfidfVectorizer::fit(&["red car", "blue car"]).unwrap();
        assert_eq!(vectorizer.column("green"), None);
        let rows = vectorizer.transform(&["green RED bus", "bus", ""]);
        assert_eq!(rows.row(0).collect::<Vec<_>>(), [(2, 1.0)]);
        assert_eq!(rows.row(1).count() + rows.row(2).count(), 0);
    }

    #[test]
    fn texts_without_tokens_are_refused() {
        let none: [&str; 0] = [];
        assert_eq!(TfidfVectorizer::fit(&none), Err(Error::NoRows { what: "texts" }));
        let empty = TfidfVectorizer::fit(&["", "a ! b", "👍"]);
        assert_eq!(empty, Err(Error::EmptyVocabulary { n_texts: 3 }));
    }
}
