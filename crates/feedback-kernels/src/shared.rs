//! A slice to which several threads write, each to its own part.

use std::marker::PhantomData;
use std::ops::Range;

/// A slice with parts that several threads can write at the same time.
pub(crate) struct Shared<'a> {
    data: *mut f32,
    length: usize,
    lifetime: PhantomData<&'a mut [f32]>,
}

// SAFETY: numbers may be sent to other threads, and two threads never write the same numbers, by the contracts
// of `slice` and `write_rows`.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    pub(crate) fn new(slice: &'a mut [f32]) -> Self {
        Self {
            data: slice.as_mut_ptr(),
            length: slice.len(),
            lifetime: PhantomData,
        }
    }

    /// Returns a part of the slice.
    ///
    /// # Safety
    ///
    /// No other part that is in use may overlap this part.
    #[expect(clippy::mut_from_ref, reason = "the parts are disjoint, by the contract")]
    pub(crate) unsafe fn slice(&self, range: Range<usize>) -> &mut [f32] {
        assert!(
            range.start <= range.end && range.end <= self.length,
            "the part must be within the slice"
        );
        // SAFETY: in bounds, by the assertion; not aliased, by the contract.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(range.start), range.len()) }
    }

    /// Writes rows of `width` numbers, `stride` apart, from `range.start` up to `range.end`.
    ///
    /// # Safety
    ///
    /// No other thread may use the numbers of these rows; the numbers between the rows may be in use.
    pub(crate) unsafe fn write_rows(&self, rows: &[f32], width: usize, range: Range<usize>, stride: usize) {
        assert!(range.end <= self.length, "the rows must be within the slice");
        for (row, from) in rows.chunks_exact(width).enumerate() {
            let start = range.start + row * stride;
            assert!(start + width <= range.end, "each row must be within the range");
            // SAFETY: in bounds, by the assertions; not aliased, by the contract.
            unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), self.data.add(start), width) };
        }
    }
}
