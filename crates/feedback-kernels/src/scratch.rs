//! Memory that is used again.
//!
//! Fresh memory costs more than the products computed in it: the system hands it out page by page, filled with zeros.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Buffers that nobody uses now.
static FREE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Buffers that are kept; more are freed.
const KEPT: usize = 64;

/// A buffer with undefined contents, which goes back when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Scratch(Vec<f32>);

impl Scratch {
    /// A buffer of this length.
    pub(crate) fn new(length: usize) -> Self {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        // The smallest that is large enough, else the largest, which then grows.
        let fitting = (0..free.len()).filter(|&index| free[index].capacity() >= length);
        let best = fitting
            .min_by_key(|&index| free[index].capacity())
            .or_else(|| (0..free.len()).max_by_key(|&index| free[index].capacity()));
        let mut buffer = best.map(|index| free.swap_remove(index)).unwrap_or_default();
        drop(free);
        if buffer.capacity() < length {
            buffer = Vec::with_capacity(length); // nothing to copy
        }
        buffer.resize(length, 0.0);
        Self(buffer)
    }

    /// Changes the length; the contents are undefined.
    pub(crate) fn resize(&mut self, length: usize) {
        if self.0.capacity() < length {
            *self = Self::new(length);
        } else {
            self.0.resize(length, 0.0);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        if buffer.capacity() == 0 {
            return;
        }
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEPT {
            free.push(buffer);
        }
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
