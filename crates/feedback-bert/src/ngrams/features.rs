//! Token n-grams as sparse features.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokenizer::Encoding;

/// One token, or two tokens that follow each other, as a number that sorts by the first token.
type Ngram = u64;

/// The second half of an [`Ngram`] of one token.
const NO_TOKEN: u32 = u32::MAX;

/// Turns the tokens of a text into TF-IDF features, as scikit-learn's `TfidfVectorizer` does with `ngram_range=(1, 2)`,
/// `sublinear_tf=True` and the tokens as the terms.
///
/// - The terms of a text are its tokens, without the first and the last one (`[CLS]` and `[SEP]`), and the pairs of neighbours.
/// - If `df(t)` of the `n` training texts contain the term `t`, `idf(t) = ln((1 + n) / (1 + df(t))) + 1`.
/// - The feature of a term that a text contains `tf` times is `(1 + ln tf) · idf(t)`. Then the features of a text are divided by
///   their Euclidean length.
///
/// A term that occurs in only one training text has no feature: this keeps models small, since most pairs occur once.
///
/// # Examples
///
/// ```
/// use feedback_bert::{BertTokenizer, ngrams::NgramFeatures};
///
/// # fn main() -> feedback_bert::Result<()> {
/// let texts = ["it crashes", "it crashes", "it works"];
/// let tokenizer = BertTokenizer::train(&texts, 100, 16)?;
/// let encodings = tokenizer.encode(&texts)?;
/// let features = NgramFeatures::fit(&encodings);
/// assert_eq!(features.len(), 3); // "it", "crashes" and the pair of both; "works" occurs once
/// let last = features.of(&encodings[2]);
/// assert_eq!(last.len(), 1);
/// assert!((last[0].1 - 1.0).abs() < 1e-6); // normalised: a single feature is 1
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NgramFeatures {
    /// Ascending.
    ngrams: Vec<Ngram>,
    idf: Vec<f32>,
}

impl NgramFeatures {
    /// Learns the terms of texts and their inverse document frequencies.
    pub fn fit<E: AsRef<Encoding>>(encodings: &[E]) -> Self {
        let mut document_frequencies: BTreeMap<Ngram, u32> = BTreeMap::new();
        for encoding in encodings {
            let distinct: BTreeSet<Ngram> = ngrams(encoding.as_ref()).collect();
            for ngram in distinct {
                *document_frequencies.entry(ngram).or_default() += 1;
            }
        }
        document_frequencies.retain(|_, count| *count > 1);
        let n = (encodings.len() + 1) as f64;
        let idf = document_frequencies
            .values()
            .map(|&count| ((n / f64::from(count + 1)).ln() + 1.0) as f32);
        Self {
            idf: idf.collect(),
            ngrams: document_frequencies.into_keys().collect(),
        }
    }

    /// Creates features from the contents of a file: the first and the second token of each term, and its
    /// inverse document frequency. `None` if the terms are not in ascending order or the lengths differ.
    pub(super) fn from_parts(first: &[u32], second: &[u32], idf: Vec<f32>) -> Option<Self> {
        let ngrams: Vec<Ngram> = first.iter().zip(second).map(|(&a, &b)| pair(a, b)).collect();
        let complete = first.len() == second.len() && ngrams.len() == idf.len();
        (complete && ngrams.is_sorted_by(|a, b| a < b)).then_some(Self { ngrams, idf })
    }

    /// Returns the first and the second token of each term, and its inverse document frequency.
    pub(super) fn to_parts(&self) -> (Vec<u32>, Vec<u32>, &[f32]) {
        let first = self.ngrams.iter().map(|ngram| (ngram >> 32) as u32);
        let second = self.ngrams.iter().map(|&ngram| ngram as u32);
        (first.collect(), second.collect(), &self.idf)
    }

    /// Returns the number of terms.
    pub fn len(&self) -> usize {
        self.ngrams.len()
    }

    /// Returns true if there are no terms.
    pub fn is_empty(&self) -> bool {
        self.ngrams.is_empty()
    }

    /// Returns the nonzero features of a text as pairs of term index and value, by ascending index.
    pub fn of(&self, encoding: &Encoding) -> Vec<(usize, f32)> {
        let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
        for ngram in ngrams(encoding) {
            if let Ok(term) = self.ngrams.binary_search(&ngram) {
                *counts.entry(term).or_default() += 1;
            }
        }
        let value = |(term, count): (usize, u32)| {
            let value = (1.0 + f64::from(count).ln()) * f64::from(self.idf[term]);
            (term, value)
        };
        let values: Vec<(usize, f64)> = counts.into_iter().map(value).collect();
        let length = values.iter().map(|(_, value)| value * value).sum::<f64>().sqrt();
        values
            .into_iter()
            .map(|(term, value)| (term, (value / length) as f32))
            .collect()
    }
}

fn pair(first: u32, second: u32) -> Ngram {
    u64::from(first) << 32 | u64::from(second)
}

/// Returns the terms of a text: first its tokens, then the pairs of neighbours.
fn ngrams(encoding: &Encoding) -> impl Iterator<Item = Ngram> {
    let ids = &encoding.input_ids;
    let ids = ids.get(1..ids.len().saturating_sub(1)).unwrap_or_default();
    let single = ids.iter().map(|&id| pair(id, NO_TOKEN));
    single.chain(ids.windows(2).map(|ids| pair(ids[0], ids[1])))
}
