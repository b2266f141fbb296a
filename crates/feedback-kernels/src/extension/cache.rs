//! Caches packed weights for as long as the weights exist.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use burn::tensor::Bytes;

use super::primitive::Primitive;

/// Identifies a weight by its memory and its view of this memory. A transposed or narrowed view of the same
/// memory is a different weight.
#[derive(PartialEq)]
struct Source {
    memory: *const Bytes,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<isize>,
}

// SAFETY: the address is only compared, never read.
unsafe impl Send for Source {}

impl Source {
    fn of(weight: &Primitive) -> Self {
        let layout = weight.layout();
        Self {
            memory: Arc::as_ptr(&weight.data_arc()),
            offset: layout.start_offset(),
            shape: layout.shape().to_vec(),
            strides: layout.strides().to_vec(),
        }
    }
}

/// Packed weights, and the weights that they were packed from.
///
/// The entry holds a weak reference to the memory of each weight. Because of it, Burn cannot change this memory
/// in place (it moves the values first), and no other tensor can get the same address. Therefore an entry is
/// valid as long as the memory of its weights is in use.
struct Entry<P> {
    sources: Vec<Source>,
    memories: Vec<Weak<Bytes>>,
    packed: Arc<P>,
}

/// Packed weights of one kind.
pub(super) struct Cache<P>(Mutex<Vec<Entry<P>>>);

impl<P> Cache<P> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Returns the packed form of these weights, side by side. Calls `pack` only if it is not cached.
    pub(super) fn packed(&self, weights: &[&Primitive], pack: impl FnOnce() -> P) -> Arc<P> {
        let sources: Vec<Source> = weights.iter().map(|weight| Source::of(weight)).collect();
        let known = found(&self.0.lock().unwrap_or_else(PoisonError::into_inner), &sources);
        if let Some(packed) = known {
            return packed;
        }
        let packed = Arc::new(pack());
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have packed the same weights meanwhile.
        if let Some(packed) = found(&entries, &sources) {
            return packed;
        }
        entries.retain(|entry| entry.memories.iter().all(|memory| memory.strong_count() > 0));
        entries.push(Entry {
            sources,
            memories: weights
                .iter()
                .map(|weight| Arc::downgrade(&weight.data_arc()))
                .collect(),
            packed: Arc::clone(&packed),
        });
        packed
    }
}

fn found<P>(entries: &[Entry<P>], sources: &[Source]) -> Option<Arc<P>> {
    let entry = entries.iter().find(|entry| entry.sources == sources)?;
    Some(Arc::clone(&entry.packed))
}
