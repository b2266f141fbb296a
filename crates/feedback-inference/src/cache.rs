//! A cache of predictions, so that a repeated text is not computed again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use feedback_files::sha256;
use hashlink::LruCache;

use crate::prediction::{Answer, Prediction, Score};

/// A cache of the predictions of one model. When it is full, the least recently used predictions are removed.
/// It does not store the texts, only their SHA-256.
#[derive(Debug)]
pub struct PredictionCache {
    max_bytes: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    entries: LruCache<[u8; 32], Prediction>,
    bytes: usize,
}

impl Default for PredictionCache {
    /// At most 64 MiB: about 100,000 predictions of eight labels.
    fn default() -> Self {
        Self::new(64 << 20)
    }
}

impl PredictionCache {
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
    pub fn get<S: AsRef<str>>(&self, texts: &[S]) -> Vec<Option<Prediction>> {
        let keys: Vec<[u8; 32]> = texts.iter().map(|text| sha256(text.as_ref())).collect();
        let mut state = self.state();
        keys.iter().map(|key| state.entries.get(key).cloned()).collect()
    }

    /// Adds the prediction of a text.
    pub fn insert(&self, text: &str, prediction: &Prediction) {
        let prediction = prediction.clone(); // a clone has no spare capacity, so its size is the same when it is removed
        let size = size(&prediction);
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
            state.bytes -= self::size(&oldest);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the approximate size of an entry in bytes. All predictions of a text have the same size, since
/// they have the same labels.
fn size(prediction: &Prediction) -> usize {
    let of_answers = prediction.answers.iter().flat_map(|answer| &answer.labels);
    let scores = prediction.scores.iter().chain(of_answers);
    let strings = scores.map(|score| score.label.capacity() + size_of::<Score>());
    size_of::<Prediction>()
        + prediction.predicted_label.capacity()
        + prediction.answers.capacity() * size_of::<Answer>()
        + strings.sum::<usize>()
        + 128 // key, links and hash table
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
        }
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let one = size(&prediction("a"));
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
        let cache = PredictionCache::new(0);
        cache.insert("text", &prediction("a"));
        assert_eq!(cache.get(&["text"]), [None]);
    }
}
