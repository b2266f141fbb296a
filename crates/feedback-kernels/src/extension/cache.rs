//! Packed weights, kept for as long as the weights live.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use burn::tensor::Bytes;

use super::primitive::Primitive;
use crate::gemm::Packed;

/// A packed weight and the memory that it was packed from.
///
/// While this entry holds a weak reference, Burn cannot change that memory in place (it would move the values first), and no
/// other tensor can get its address. So an entry whose memory is alive is right.
struct Entry {
    sources: Vec<(Weak<Bytes>, usize)>,
    packed: Arc<Packed>,
}

static ENTRIES: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

impl Entry {
    fn is_alive(&self) -> bool {
        self.sources.iter().all(|(source, _)| source.strong_count() > 0)
    }

    fn is_of(&self, weights: &[&Primitive]) -> bool {
        let same = |((source, offset), weight): (&(Weak<Bytes>, usize), &&Primitive)| {
            std::ptr::eq(source.as_ptr(), Arc::as_ptr(&weight.data_arc()))
                && *offset == weight.layout().start_offset()
        };
        self.sources.len() == weights.len() && self.sources.iter().zip(weights).all(same)
    }
}

/// The packed form of these weights, side by side; computed by `pack` the first time.
pub(super) fn packed(weights: &[&Primitive], pack: impl FnOnce() -> Packed) -> Arc<Packed> {
    {
        let entries = ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.iter().find(|entry| entry.is_of(weights)) {
            return Arc::clone(&entry.packed);
        }
    }
    let packed = Arc::new(pack());
    let mut entries = ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
    entries.retain(Entry::is_alive);
    let source = |weight: &&Primitive| (Arc::downgrade(&weight.data_arc()), weight.layout().start_offset());
    entries.push(Entry {
        sources: weights.iter().map(source).collect(),
        packed: Arc::clone(&packed),
    });
    packed
}
