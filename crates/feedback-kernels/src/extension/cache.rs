//! Packed weights, kept for as long as the weights live.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use burn::tensor::Bytes;

use super::primitive::Primitive;

/// Which numbers of which memory a weight has: a transposed or narrowed view of the same memory is another weight.
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

/// A packed weight and what it was packed from.
///
/// While this entry holds a weak reference, Burn cannot change that memory in place (it would move the values first), and no
/// other tensor can get its address. So an entry whose memory is alive is right.
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

    /// The packed form of these weights, side by side; computed by `pack` the first time.
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
