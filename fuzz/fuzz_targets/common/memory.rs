//! A bound on memory: beyond it an allocation fails, which ends the process, and libFuzzer keeps the input.

use std::alloc::System;

use cap::Cap;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// From now on, at most this many bytes more than are in use.
pub(crate) fn limit(more: usize) {
    MEMORY.set_limit(MEMORY.allocated() + more).expect("the limit is above what is in use");
}
