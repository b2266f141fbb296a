//! Finds texts that are nearly the same: MinHash finds candidate pairs, and the exact similarity of each pair is checked.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::duplicates::candidates::{bucket_pairs, for_each_bucket};
use crate::duplicates::minhash::MinHash;
use crate::groups::DisjointSets;
use crate::ids::number;
use feedback_text::comparison_key;
use feedback_text::parallel::map_indices;
use feedback_text::shingles::Shingles;

/// When two texts count as nearly the same.
///
/// The similarity of two texts is the Jaccard index of their sets of character n-grams after
/// [`normalise`](crate::text::normalise): the number of n-grams that both texts contain, divided by the number of
/// n-grams that at least one of them contains.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct NearOptions {
    /// Minimum similarity, above 0 and at most 1; 0.7 by default. With this default, a text of about 30 characters and the same
    /// text with one typing error count as nearly the same.
    pub threshold: f64,
    /// Characters per n-gram, at least 1; 4 by default. A text with fewer characters is a single n-gram.
    pub ngram: usize,
    /// Seed of the hash functions; 42 by default. It determines which of the few pairs close to the threshold are
    /// missed.
    pub seed: u64,
}

impl Default for NearOptions {
    fn default() -> Self {
        Self {
            threshold: 0.7,
            ngram: 4,
            seed: 42,
        }
    }
}

/// Groups texts that are nearly the same, directly or through a chain of other texts. Returns a group id for each
/// text, without gaps, in the order in which groups are first seen. Normalised duplicates are always in one
/// group.
///
/// Candidate pairs are found with 256 MinHash values in bands, and each candidate pair is verified by its exact similarity. Fewer
/// than 1 in 100 of the pairs at the threshold are missed, and almost none well above it. If more than 64 texts have the same
/// values in a band, each of them is compared only with the 64 texts before it that are not yet in its group.
///
/// All cores are used; a million texts of one or two sentences take about 0.6 GB in addition to the texts.
///
/// Texts have 32-bit numbers, so near duplicates can be missed if there are more than 2³² distinct texts.
///
/// A threshold outside 0 to 1 is clamped.
///
/// # Examples
///
/// ```
/// use feedback_dataset::duplicates::{NearOptions, group_near_duplicates};
///
/// let texts = [
///     "The export of my report crashes every single time",
///     "Lovely update, thank you",
///     "the export of my reprot crashes every single time!!",
/// ];
/// assert_eq!(group_near_duplicates(&texts, &NearOptions::default()), [0, 1, 0]);
/// ```
///
/// # References
///
/// Broder, *On the resemblance and containment of documents*, 1997; Leskovec, Rajaraman and
/// Ullman, *Mining of Massive Datasets*, section 3.4.
#[must_use]
pub fn group_near_duplicates<S: AsRef<str> + Sync>(texts: &[S], options: &NearOptions) -> Vec<usize> {
    let pairs = CandidatePairs::new(texts, options);
    let mut sets = DisjointSets::new(pairs.n_keys());
    pairs.for_each(|a, b| {
        let joined = sets.find(a) == sets.find(b);
        if !joined && pairs.similarity(a, b) >= options.threshold {
            sets.join(a, b);
        }
        !joined
    });
    number(pairs.key_of_text.iter().map(|&key| sets.find(key)))
}

/// Pairs of distinct comparison keys that may be nearly the same.
pub(crate) struct CandidatePairs {
    /// The key of each text; keys are numbered in the order in which they are first seen.
    pub(crate) key_of_text: Vec<usize>,
    shingles: Shingles,
    bands: Vec<Vec<u32>>,
}

impl CandidatePairs {
    pub(crate) fn new<S: AsRef<str> + Sync>(texts: &[S], options: &NearOptions) -> Self {
        let (keys, key_of_text) = distinct_keys(texts);
        let shingles = Shingles::from_texts(&keys, options.ngram);
        let bands = MinHash::for_threshold(options.threshold, options.seed).bands(&shingles);
        Self {
            key_of_text,
            shingles,
            bands,
        }
    }

    pub(crate) fn n_keys(&self) -> usize {
        self.shingles.len()
    }

    /// The exact similarity of two keys.
    pub(crate) fn similarity(&self, a: usize, b: usize) -> f64 {
        self.shingles.jaccard(a, b)
    }

    /// Calls `compare` with candidate pairs of keys, the smaller key first. `compare` returns true if the call counts as a
    /// comparison; the number of comparisons per key is limited, see [`bucket_pairs`].
    pub(crate) fn for_each(&self, mut compare: impl FnMut(usize, usize) -> bool) {
        for_each_bucket(&self.bands, |bucket| bucket_pairs(bucket, &mut compare));
    }
}

/// Returns the distinct comparison keys, in the order in which they are first seen, and for each text the index of its key.
fn distinct_keys<S: AsRef<str> + Sync>(texts: &[S]) -> (Vec<Cow<'_, str>>, Vec<usize>) {
    let mut places: HashMap<Cow<'_, str>, usize, RandomState> = HashMap::default();
    let mut key_of = Vec::with_capacity(texts.len());
    for key in map_indices(texts.len(), |text| comparison_key(texts[text].as_ref())) {
        let next = places.len();
        key_of.push(*places.entry(key).or_insert(next));
    }
    let mut keys = vec![Cow::Borrowed(""); places.len()];
    for (key, place) in places {
        keys[place] = key;
    }
    (keys, key_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_after_normalising_are_always_in_one_group() {
        let texts = ["ok", "OK!", "?", "?", "!", "no"];
        assert_eq!(
            group_near_duplicates(&texts, &NearOptions::default()),
            [0, 0, 1, 1, 2, 3]
        );
        assert!(group_near_duplicates::<&str>(&[], &NearOptions::default()).is_empty());
    }

    #[test]
    fn chains_are_one_group() {
        let a = "the quick brown fox jumps over the lazy dog and runs away home";
        let b = "the quick brown fox jumps over the lazy dog and runs away soon";
        let c = "that quick brown fox jumps over the lazy dog and runs away soon";
        let options = NearOptions {
            threshold: 0.85,
            ..NearOptions::default()
        };
        let shingles = Shingles::from_texts(&[a, b, c], 4);
        assert!(
            shingles.jaccard(0, 2) < 0.85 && shingles.jaccard(0, 1) >= 0.85 && shingles.jaccard(1, 2) >= 0.85
        );
        assert_eq!(group_near_duplicates(&[a, b, c], &options), [0, 0, 0]);
        assert_eq!(group_near_duplicates(&[a, c], &options), [0, 1]);
    }
}
