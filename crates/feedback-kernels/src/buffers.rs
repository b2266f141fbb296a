//! Reuses the memory of tensors.
//!
//! The system provides large blocks of memory page by page and filled with zeros, which takes as long as
//! computing a matrix product in them. Therefore the memory of dropped tensors is kept for new tensors. After
//! the first training step, little memory is requested from the system.

use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty, Bytes};

/// Buffers that are not in use, the oldest first, and their total capacity in numbers.
static FREE: Mutex<(Vec<Vec<f32>>, usize)> = Mutex::new((Vec::new(), 0));

/// Maximum capacity to keep, in numbers (512 MiB): about the activations and gradients of a large batch.
const KEPT: usize = 1 << 27;

/// Capacity in numbers below which the allocator is fast enough.
const SMALL: usize = 1 << 13;

/// Returns a buffer of this length with arbitrary contents.
pub(crate) fn take(length: usize) -> Vec<f32> {
    if length < SMALL {
        return vec![0.0; length];
    }
    let mut buffer = fitting(length).unwrap_or_default();
    if buffer.capacity() < length {
        // Batches differ in length: with some spare capacity, the next batch may fit too.
        buffer = Vec::with_capacity(length + length / 4);
    }
    buffer.resize(length, 0.0);
    buffer
}

/// Returns the smallest free buffer with a capacity from `length` to three times `length`, if there is one.
fn fitting(length: usize) -> Option<Vec<f32>> {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = |buffer: &Vec<f32>| (length..=3 * length).contains(&buffer.capacity());
    let all = free.0.iter().enumerate().filter(|(_, buffer)| fits(buffer));
    let best = all
        .min_by_key(|(_, buffer)| buffer.capacity())
        .map(|(index, _)| index)?;
    let buffer = free.0.remove(best);
    free.1 -= buffer.capacity();
    Some(buffer)
}

/// Keeps a buffer for the next [`take`].
pub(crate) fn give(buffer: Vec<f32>) {
    if buffer.capacity() < SMALL {
        return;
    }
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    free.1 += buffer.capacity();
    free.0.push(buffer);
    while free.1 > KEPT {
        let oldest = free.0.remove(0);
        free.1 -= oldest.capacity();
    }
}

/// A buffer that is kept for reuse when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Scratch(Vec<f32>);

impl Scratch {
    /// Creates a buffer of this length with arbitrary contents.
    pub(crate) fn new(length: usize) -> Self {
        Self(take(length))
    }

    /// Changes the length; the contents are then arbitrary.
    pub(crate) fn resize(&mut self, length: usize) {
        if self.0.capacity() < length {
            *self = Self::new(length);
        } else {
            self.0.resize(length, 0.0);
        }
    }
}

impl Scratch {
    /// Returns the memory as bytes, four for each number.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        // SAFETY: the same memory; bytes need no alignment and may have any value.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), size_of_val(self.0.as_slice())) }
    }

    /// Returns the memory as writable bytes.
    pub(crate) fn as_bytes_mut(&mut self) -> &mut [u8] {
        let length = size_of_val(self.0.as_slice());
        // SAFETY: as in `as_bytes`; any four bytes are a number.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), length) }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        give(std::mem::take(&mut self.0));
    }
}

impl Deref for Scratch {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

/// Converts a buffer to the memory of a tensor. The memory is kept for reuse when the tensor is dropped.
pub(crate) fn into_bytes(buffer: Vec<f32>) -> Bytes {
    let length = size_of_val(buffer.as_slice());
    if buffer.capacity() < SMALL {
        return Bytes::from_elems(buffer);
    }
    // SAFETY: the first `length` bytes of the controller's memory are the numbers of the buffer.
    unsafe { Bytes::from_controller(Box::new(Returned(buffer)), length) }
}

/// Lets Burn use the memory of a buffer.
struct Returned(Vec<f32>);

impl Returned {
    /// Returns the capacity in bytes.
    fn size(&self) -> usize {
        self.0.capacity() * size_of::<f32>()
    }
}

impl Drop for Returned {
    fn drop(&mut self) {
        give(std::mem::take(&mut self.0));
    }
}

impl AllocationController for Returned {
    fn alloc_align(&self) -> usize {
        align_of::<f32>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Native
    }

    unsafe fn memory_mut(&mut self, _: AccessPolicy) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let size = self.size();
        // SAFETY: the vector owns this memory, and `MaybeUninit<u8>` allows any contents. The caller must only
        // write initialised bytes.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), size) })
    }

    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        // SAFETY: as in `memory_mut`.
        Ok(unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.size()) })
    }

    fn try_detach(&mut self) -> Option<NonNull<u8>> {
        // The memory was allocated by a `Vec<f32>` with the capacity that `memory` shows, so Burn can convert
        // it to a vector again. The vector that remains in `self` is empty and owns no memory.
        let mut buffer = std::mem::ManuallyDrop::new(std::mem::take(&mut self.0));
        NonNull::new(buffer.as_mut_ptr().cast())
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, TensorData};

    use super::*;

    #[test]
    fn memory_is_reused() {
        let length = SMALL * 3 + 7; // no other test uses this length
        let mut buffer = take(length);
        buffer.fill(2.5);
        let place = buffer.as_ptr();
        let data = TensorData::from_bytes(into_bytes(buffer), [length], DType::F32);
        assert_eq!(data.as_slice::<f32>().unwrap()[length - 1], 2.5);
        let copy = data.clone();
        let again = data.try_into_vec::<f32>().unwrap();
        assert_eq!((again.as_ptr(), again.len()), (place, length));
        assert_eq!(copy.try_into_vec::<f32>().unwrap(), again);
        drop(into_bytes(again));
        let next = take(length);
        assert_eq!(next.as_ptr(), place);
    }
}
