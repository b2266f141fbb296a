//! Training texts that are nearly the same as held-out texts.

use crate::duplicates::NearOptions;
use crate::duplicates::near::CandidatePairs;

/// A held-out text and the most similar training text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearLeak {
    /// Index of the held-out text.
    pub held_out: usize,
    /// Index of the most similar training text; if several are equally similar, the first of them.
    pub train: usize,
    /// The similarity of the two texts.
    pub similarity: f64,
}

/// Returns the held-out texts that are nearly equal to a training text, in the order of the held-out texts, each with the most
/// similar training text. Normalised duplicates are included, with a similarity of 1.
///
/// The limitations of [`group_near_duplicates`](crate::duplicates::group_near_duplicates) apply.
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
    let pairs = CandidatePairs::new(&texts, options);
    let (train_keys, held_out_keys) = pairs.key_of_text.split_at(train.len());
    let mut train_row: Vec<Option<usize>> = vec![None; pairs.n_keys()];
    for (row, &key) in train_keys.iter().enumerate() {
        train_row[key].get_or_insert(row);
    }
    let mut is_held_out = vec![false; pairs.n_keys()];
    held_out_keys.iter().for_each(|&key| is_held_out[key] = true);

    // For each key, the most similar training row found so far, and its similarity.
    let mut best: Vec<Option<(usize, f64)>> = train_row.iter().map(|row| row.map(|row| (row, 1.0))).collect();
    let mut offer = |held_out: usize, train: usize| {
        let is_new = is_held_out[held_out] && train_row[held_out].is_none();
        let (true, Some(row)) = (is_new, train_row[train]) else {
            return false;
        };
        let similarity = pairs.similarity(held_out, train);
        let better = best[held_out]
            .is_none_or(|(old_row, old)| similarity > old || (similarity == old && row < old_row));
        if similarity >= options.threshold && better {
            best[held_out] = Some((row, similarity));
        }
        true
    };
    pairs.for_each(|a, b| offer(a, b) | offer(b, a));
    let leak = |(held_out, &key): (usize, &usize)| {
        best[key].map(|(train, similarity)| NearLeak {
            held_out,
            train,
            similarity,
        })
    };
    held_out_keys.iter().enumerate().filter_map(leak).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
