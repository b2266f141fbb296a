//! The loops over the tiles, on one or more threads.

use std::ops::Range;

use rayon::prelude::*;

use super::operands::{Matrix, Start};
use super::packed::Packed;
use super::tasks::{for_tasks, is_worth_threads};
use super::tile::{Left, Out, tile};
use crate::buffers::Scratch;
use crate::simd::{Kernel, Level, Simd, run_at};

/// Number of rows of B in one block: so few that a packed panel of the block and some rows of A fit into the L1
/// cache.
const BLOCK_K: usize = 256;

/// Computes C = `start` + A B, with all threads if the product is large. Calls `after` on each finished part of
/// a row, with the index of the first column of this part.
///
/// # Panics
///
/// If the shapes do not fit: A is `[m, k]`, B `[k, n]`, C `[m, n]`.
pub(crate) fn multiply<F: Fn(usize, &mut [f32]) + Sync>(
    a: Matrix<'_>,
    b: &Packed,
    c: &mut [f32],
    start: Start<'_>,
    after: F,
) {
    assert_eq!(
        c.len(),
        a.rows() * b.columns(),
        "the result must be {} x {}",
        a.rows(),
        b.columns()
    );
    product(a, b, c, b.columns(), start, true, &after);
}

/// Like [`multiply`], but only on this thread, and into rows of C that start `c_stride` numbers apart.
pub(crate) fn multiply_serial(a: Matrix<'_>, b: &Packed, c: &mut [f32], c_stride: usize, start: Start<'_>) {
    product(a, b, c, c_stride, start, false, &|_, _: &mut [f32]| {});
}

fn product<F: Fn(usize, &mut [f32]) + Sync>(
    a: Matrix<'_>,
    b: &Packed,
    c: &mut [f32],
    c_stride: usize,
    start: Start<'_>,
    parallel: bool,
    after: &F,
) {
    let (rows, columns) = (a.rows(), b.columns());
    assert_eq!(
        a.columns(),
        b.rows(),
        "A has {} columns, but B has {} rows",
        a.columns(),
        b.rows()
    );
    if rows == 0 || columns == 0 {
        return;
    }
    assert!(
        c.len() >= (rows - 1) * c_stride + columns,
        "the slice is too short for the result"
    );
    if let Start::Row(values) = start {
        assert_eq!(values.len(), columns, "one start value per column");
    }
    let multiply_adds = rows * columns * a.columns();
    let parallel = parallel && is_worth_threads(multiply_adds);
    let job = Job {
        a,
        packed_a: pack_left(a, b.level(), parallel),
        b,
        c: c.as_mut_ptr(),
        c_stride,
        start,
    };
    if !parallel {
        // SAFETY: the task covers all of C, which is borrowed mutably.
        return unsafe { job.task(0..rows, 0..b.panels(), after) };
    }
    // SAFETY: no two tasks have both rows and columns in common.
    for_tasks(rows, columns, b.width(), multiply_adds, |rows, panels| unsafe {
        job.task(rows, panels, after);
    });
}

/// Returns a copy of A for [`Left::Packed`]; `None` if the rows of A can be read in place.
fn pack_left(a: Matrix<'_>, level: Level, parallel: bool) -> Option<Scratch> {
    if a.has_contiguous_rows() {
        return None;
    }
    let height = run_at(level, TileRows);
    let mut copy = Scratch::new(a.rows().div_ceil(height) * height * a.columns());
    let group = height * a.columns();
    let pack = |(index, to): (usize, &mut [f32])| {
        let row = index * height;
        let count = height.min(a.rows() - row);
        for (k, to) in to.chunks_exact_mut(height).enumerate() {
            // The rows of a transposed matrix are next to each other in memory.
            let from = a.from(row, k);
            for (index, to) in to[..count].iter_mut().enumerate() {
                *to = from[index * a.row_stride()];
            }
        }
    };
    if group == 0 {
        return Some(copy);
    }
    if parallel {
        copy.par_chunks_exact_mut(group).enumerate().for_each(pack);
    } else {
        copy.chunks_exact_mut(group).enumerate().for_each(pack);
    }
    Some(copy)
}

struct TileRows;

impl Kernel for TileRows {
    type Output = usize;
    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> usize {
        S::TILE_ROWS
    }
}

/// A product; its tasks compute parts of C. The type is not generic, so that the loops are compiled once for
/// each instruction set.
struct Job<'a> {
    a: Matrix<'a>,
    packed_a: Option<Scratch>,
    b: &'a Packed,
    c: *mut f32,
    c_stride: usize,
    start: Start<'a>,
}

// SAFETY: tasks write through `c` to disjoint parts of C, by the contract of `task`; everything else is only
// read.
unsafe impl Sync for Job<'_> {}

impl Job<'_> {
    /// Computes some rows and panels of C.
    ///
    /// # Safety
    ///
    /// These rows and panels must be within C, and no other reference may use them.
    unsafe fn task(&self, rows: Range<usize>, panels: Range<usize>, after: &impl Fn(usize, &mut [f32])) {
        let first = panels.start * self.b.width();
        let last = (panels.end * self.b.width()).min(self.b.columns());
        run_at(
            self.b.level(),
            Task {
                job: self,
                rows: rows.clone(),
                panels,
            },
        );
        for row in rows {
            // SAFETY: by the contract.
            let part = unsafe {
                std::slice::from_raw_parts_mut(self.c.add(row * self.c_stride + first), last - first)
            };
            after(first, part);
        }
    }
}

/// The computation of some rows and panels of a product.
struct Task<'a> {
    job: &'a Job<'a>,
    rows: Range<usize>,
    panels: Range<usize>,
}

impl Kernel for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let depth = self.job.b.rows();
        let mut first = 0;
        loop {
            let block = BLOCK_K.min(depth - first);
            let start = if first == 0 { self.job.start } else { Start::Add };
            for panel in self.panels.clone() {
                self.panel(simd, panel, first, block, start);
            }
            first += block;
            if first >= depth {
                return;
            }
        }
    }
}

impl Task<'_> {
    /// Adds the products of `block` values of k from `first` on, for the columns of one panel.
    #[inline(always)]
    fn panel<S: Simd>(&self, simd: S, panel: usize, first: usize, block: usize, start: Start<'_>) {
        let Job {
            a, b, c, c_stride, ..
        } = *self.job;
        let right = b.panel(panel, first);
        let column = panel * b.width();
        let columns = b.width().min(b.columns() - column);
        let start = match start {
            Start::Row(values) => Start::Row(&values[column..column + columns]),
            other => other,
        };
        let mut row = self.rows.start;
        while row < self.rows.end {
            let count = S::TILE_ROWS.min(self.rows.end - row);
            let left = match &self.job.packed_a {
                Some(copy) => Left::Packed(&copy[row * b.rows() + first * S::TILE_ROWS..]),
                None => Left::Rows(a.from(row, first), a.row_stride()),
            };
            let out = Out {
                // SAFETY: the element is within C, by the contract of `Job::task`.
                data: unsafe { c.add(row * c_stride + column) },
                stride: c_stride,
                columns,
            };
            // SAFETY: these rows and columns belong to this task.
            unsafe { rows_of_tile(simd, count, left, right, block, out, start) };
            row += count;
        }
    }
}

/// Calls the tile for this number of rows.
///
/// # Safety
///
/// The contract of [`tile`] applies.
#[inline(always)]
unsafe fn rows_of_tile<S: Simd>(
    simd: S,
    count: usize,
    left: Left<'_>,
    right: &[f32],
    depth: usize,
    c: Out,
    start: Start<'_>,
) {
    // Only the tiles of this instruction set are compiled.
    macro_rules! tiles {
        ($($vectors:literal x $rows:literal)+) => {
            match count {
                $($rows if const { $rows <= S::TILE_ROWS && $vectors == S::TILE_VECTORS } => {
                    // SAFETY: by the contract.
                    unsafe { tile::<S, $rows, $vectors>(simd, left, right, depth, c, start) }
                })+
                _ => unreachable!("a tile has at most {} rows", S::TILE_ROWS),
            }
        };
    }
    tiles!(
        1 x 1 1 x 2 1 x 3 1 x 4 1 x 5 1 x 6
        2 x 1 2 x 2 2 x 3 2 x 4 2 x 5 2 x 6 2 x 7 2 x 8 2 x 9 2 x 10 2 x 11 2 x 12
    );
}
