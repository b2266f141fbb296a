//! A memory limit: an allocation beyond the limit fails and ends the process, and libFuzzer saves the input.

use std::alloc::System;

use cap::Cap;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// Limits memory to the bytes that are now in use plus `more`.
pub(crate) fn limit(more: usize) {
    MEMORY.set_limit(MEMORY.allocated() + more).expect("the limit is above the memory in use");
}
