//! A cache of predictions, so that a repeated text is not computed again.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use feedback_files::sha256;
use hashlink::LruCache;

use crate::prediction::{Answer, Prediction, Score};

/// What a [`PredictionCache`] can hold.
pub trait Cached: Clone {
    /// Returns the approximate size in bytes, the same for all predictions of one text.
    fn n_bytes(&self) -> usize;
}

/// A cache of the predictions of one model. When it is full, the least recently used predictions are removed.
/// It does not store the texts, only their SHA-256.
#[derive(Debug)]
pub struct PredictionCache<P = Prediction> {
    max_bytes: usize,
    state: Mutex<State<P>>,
}

#[derive(Debug)]
struct State<P> {
    entries: LruCache<[u8; 32], P>,
    bytes: usize,
}

impl<P: Cached> Default for PredictionCache<P> {
    /// At most 64 MiB: about 100,000 predictions of eight labels.
    fn default() -> Self {
        Self::new(64 << 20)
    }
}

impl<P: Cached> PredictionCache<P> {
    /// Creates an empty cache of at most about `max_bytes` bytes; with 0, nothing is cached.
    pub fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            state: Mutex::new(State {
                entries: LruCache::new_unbounded(),
                bytes: 0,
            }),
        }
    }

    /// Returns the cached prediction of each text, in the order of the texts; `None` for a text that is not
    /// in the cache.
    pub fn get<S: AsRef<str>>(&self, texts: &[S]) -> Vec<Option<P>> {
        let keys: Vec<[u8; 32]> = texts.iter().map(|text| sha256(text.as_ref())).collect();
        let mut state = self.state();
        keys.iter().map(|key| state.entries.get(key).cloned()).collect()
    }

    /// Adds the prediction of a text.
    pub fn insert(&self, text: &str, prediction: &P) {
        let prediction = prediction.clone(); // a clone has no spare capacity, so its size is the same when it is removed
        let size = entry_size(&prediction);
        if size > self.max_bytes {
            return;
        }
        let key = sha256(text);
        let mut state = self.state();
        if state.entries.insert(key, prediction).is_none() {
            state.bytes += size;
        }
        while state.bytes > self.max_bytes {
            let Some((_, oldest)) = state.entries.remove_lru() else {
                return;
            };
            state.bytes -= entry_size(&oldest);
        }
    }

    fn state(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the approximate size of an entry in bytes.
fn entry_size<P: Cached>(prediction: &P) -> usize {
    prediction.n_bytes() + 128 // key, links and hash table
}

impl Cached for Prediction {
    fn n_bytes(&self) -> usize {
        let of_answers = self.answers.iter().flat_map(|answer| &answer.labels);
        let scores = self.scores.iter().chain(of_answers);
        let strings = scores.map(|score| score.label.capacity() + size_of::<Score>());
        size_of::<Self>()
            + self.predicted_label.capacity()
            + self.answers.capacity() * size_of::<Answer>()
            + strings.sum::<usize>()
    }
}

/// Returns the index of the first occurrence of each text without a prediction.
pub(crate) fn missing<S: AsRef<str>>(texts: &[S], predictions: &[Option<Prediction>]) -> Vec<usize> {
    let mut seen: HashSet<&str> = HashSet::new();
    let is_new = |&index: &usize| predictions[index].is_none() && seen.insert(texts[index].as_ref());
    (0..texts.len()).filter(is_new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(label: &str) -> Prediction {
        Prediction {
            predicted_label: label.into(),
            confidence: 1.0,
            abstained: None,
            abstain_reason: None,
            unknown_share: 0.0,
            scores: vec![Score {
                label: label.into(),
                score: 1.0,
            }],
            answers: Vec::new(),
            truncated: false,
            windows: None,
            unfamiliarity: None,
            unfamiliar: None,
        }
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let one = entry_size(&prediction("a"));
        let cache = PredictionCache::new(2 * one);
        cache.insert("first", &prediction("a"));
        cache.insert("second", &prediction("b"));
        assert_eq!(cache.get(&["first"]), [Some(prediction("a"))]);
        cache.insert("third", &prediction("c"));
        cache.insert("third", &prediction("c")); // does not count twice
        let found = cache.get(&["first", "second", "third"]);
        assert_eq!(found, [Some(prediction("a")), None, Some(prediction("c"))]);
    }

    #[test]
    fn a_cache_of_no_bytes_keeps_nothing() {
        let cache = PredictionCache::<Prediction>::new(0);
        cache.insert("text", &prediction("a"));
        assert_eq!(cache.get(&["text"]), [None]);
    }
}
