//! Texts that are almost the same: candidates by MinHash, each verified by its true similarity.

mod candidates;
mod minhash;
mod shingles;

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::groups::{DisjointSets, number};
use crate::normalise::comparison_key;
use crate::parallel::map_indices;

use candidates::{bucket_pairs, for_each_bucket};
use minhash::MinHash;
use shingles::Shingles;

/// When two texts count as nearly the same.
///
/// The similarity of two texts is the Jaccard index of their sets of character n-grams, taken
/// after [`normalise`](crate::normalise()): the n-grams that both have over those that either has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearOptions {
    /// The least similarity, above 0 and at most 1; 0.7 by default, which takes a typing error in a
    /// text of some 30 characters for nearly the same.
    pub threshold: f64,
    /// Characters of an n-gram, at least 1; 4 by default. Shorter texts are one n-gram.
    pub ngram: usize,
    /// Seed of the hash functions; 42 by default. It decides which of the few pairs just at the
    /// threshold are overlooked.
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

/// A held-out text and the most similar training text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearLeak {
    /// Index of the held-out text.
    pub held_out: usize,
    /// Index of the most similar training text, the first of equals.
    pub train: usize,
    /// The similarity of the two.
    pub similarity: f64,
}

/// Groups texts that are nearly the same, directly or through a chain of others: one group id per
/// text, dense, in the order first seen. Normalised duplicates are always in one group.
///
/// Every join is verified by the true similarity. Pairs are found through 256 MinHash values in
/// bands, which overlook fewer than 1 in 100 pairs at the threshold and almost none well above it.
/// In a bucket of more than 64 texts each is compared with the 64 before it that are not in its
/// group yet.
///
/// The work is shared by all cores; a million texts of a sentence or two take some
/// 0.6 GB beside the texts themselves.
///
/// Texts are counted in 32 bits: of more than four thousand million different ones some are overlooked.
///
/// A threshold outside 0 to 1 is brought to the nearest end.
///
/// # Examples
///
/// ```
/// use feedback_dataset::{NearOptions, group_near_duplicates};
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
    let (keys, key_of) = distinct_keys(texts);
    let shingles = Shingles::of(&keys, options.ngram);
    let mut sets = DisjointSets::new(keys.len());
    let minhash = MinHash::for_threshold(options.threshold, options.seed);
    let bands = minhash.bands(&shingles);
    for_each_bucket(&bands, |bucket| {
        bucket_pairs(bucket, |a, b| {
            let joined = sets.find(a) == sets.find(b);
            if !joined && shingles.jaccard(a, b) >= options.threshold {
                sets.join(a, b);
            }
            !joined
        });
    });
    number(key_of.into_iter().map(|key| sets.find(key)))
}

/// The held-out texts that have a nearly equal training text, in held-out order, each with the most
/// similar one. Normalised duplicates are among them, with a similarity of 1.
///
/// The same limits as in [`group_near_duplicates`] apply.
#[must_use]
pub fn near_leaks<S: AsRef<str> + Sync, T: AsRef<str> + Sync>(
    train: &[S],
    held_out: &[T],
    options: &NearOptions,
) -> Vec<NearLeak> {
    let texts: Vec<&str> = train
        .iter()
        .map(AsRef::as_ref)
        .chain(held_out.iter().map(AsRef::as_ref))
        .collect();
    let (keys, key_of) = distinct_keys(&texts);
    let mut train_row: Vec<Option<usize>> = vec![None; keys.len()];
    for (row, &key) in key_of[..train.len()].iter().enumerate() {
        train_row[key].get_or_insert(row);
    }
    let mut is_held_out = vec![false; keys.len()];
    key_of[train.len()..]
        .iter()
        .for_each(|&key| is_held_out[key] = true);

    // For each text: the training row found so far and its similarity.
    let mut best: Vec<Option<(usize, f64)>> = train_row.iter().map(|row| row.map(|row| (row, 1.0))).collect();
    let shingles = Shingles::of(&keys, options.ngram);
    let bands = MinHash::for_threshold(options.threshold, options.seed).bands(&shingles);
    let mut offer = |held_out: usize, train: usize| {
        let (true, Some(row)) = (
            is_held_out[held_out] && train_row[held_out].is_none(),
            train_row[train],
        ) else {
            return false;
        };
        let similarity = shingles.jaccard(held_out, train);
        let better = best[held_out]
            .is_none_or(|(old_row, old)| similarity > old || (similarity == old && row < old_row));
        if similarity >= options.threshold && better {
            best[held_out] = Some((row, similarity));
        }
        true
    };
    for_each_bucket(&bands, |bucket| {
        bucket_pairs(bucket, |a, b| offer(a, b) | offer(b, a))
    });
    let leak = |(held_out, &key): (usize, &usize)| {
        best[key].map(|(train, similarity)| NearLeak {
            held_out,
            train,
            similarity,
        })
    };
    key_of[train.len()..]
        .iter()
        .enumerate()
        .filter_map(leak)
        .collect()
}

/// The different comparison keys in the order first seen, and the place of each text's key.
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
    fn duplicates_after_normalising_are_always_together() {
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
        let shingles = Shingles::of(&[a, b, c], 4);
        assert!(
            shingles.jaccard(0, 2) < 0.85 && shingles.jaccard(0, 1) >= 0.85 && shingles.jaccard(1, 2) >= 0.85
        );
        assert_eq!(group_near_duplicates(&[a, b, c], &options), [0, 0, 0]);
        assert_eq!(group_near_duplicates(&[a, c], &options), [0, 1]);
    }

    #[test]
    fn near_leaks_name_the_most_similar_training_text() {
        let train = [
            "the app crashes whenever i open the settings page",
            "great support",
            "the app crashes whenever i open a settings page",
        ];
        let held_out = [
            "something else entirely",
            "The app crashes whenever I open the settings pages",
            "GREAT support!",
        ];
        let found = near_leaks(&train, &held_out, &NearOptions::default());
        assert_eq!(
            found
                .iter()
                .map(|leak| (leak.held_out, leak.train))
                .collect::<Vec<_>>(),
            [(1, 0), (2, 1)]
        );
        assert!(found[0].similarity > 0.9 && found[0].similarity < 1.0);
        assert_eq!(found[1].similarity, 1.0);
    }
}
