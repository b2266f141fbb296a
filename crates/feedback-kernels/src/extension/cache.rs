//! Packed weights, kept for as long as the weights live.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use burn::tensor::Bytes;

use super::primitive::Primitive;
use crate::gemm::Packed;

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
struct Entry {
    sources: Vec<Source>,
    memories: Vec<Weak<Bytes>>,
    packed: Arc<Packed>,
}

static ENTRIES: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

fn found(entries: &[Entry], sources: &[Source]) -> Option<Arc<Packed>> {
    let entry = entries.iter().find(|entry| entry.sources == sources)?;
    Some(Arc::clone(&entry.packed))
}

/// The packed form of these weights, side by side; computed by `pack` the first time.
pub(super) fn packed(weights: &[&Primitive], pack: impl FnOnce() -> Packed) -> Arc<Packed> {
    let sources: Vec<Source> = weights.iter().map(|weight| Source::of(weight)).collect();
    let known = found(&ENTRIES.lock().unwrap_or_else(PoisonError::into_inner), &sources);
    if let Some(packed) = known {
        return packed;
    }
    let packed = Arc::new(pack());
    let mut entries = ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
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
