//! The loops around the tiles, and their threads.

use rayon::prelude::*;

use super::operands::{Matrix, Start};
use super::packed::Packed;
use super::tile::{Left, tile};
use crate::buffers::Scratch;
use crate::simd::{Kernel, Simd, run_at};

/// Rows of B in one block, so that a packed panel of it and some rows of A stay in the first cache.
const BLOCK_K: usize = 256;

/// Multiply-adds above which a second thread is worth starting.
const PARALLEL: usize = 1 << 18;

/// Rows of a task: enough to use a packed panel often, few enough for all threads to have work.
const TASK_ROWS: usize = 48;

/// C = `start` + A B, with all threads if the product is large. `after` is called on the columns of each finished row that one task
/// computed: with the index of the first of them, and all of them.
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
    let (rows, columns) = (a.rows(), b.columns());
    check(a, b, c, columns);
    if rows == 0 || columns == 0 {
        return;
    }
    if rows * columns * a.columns().max(1) < PARALLEL || rayon::current_num_threads() == 1 {
        return task(a, b, c, 0..b.panels(), start, &after);
    }
    if rows >= 2 * TASK_ROWS {
        let tasks = c.par_chunks_mut(TASK_ROWS * columns).enumerate();
        tasks.for_each(|(index, c)| {
            let a = a.skip_rows(index * TASK_ROWS, c.len() / columns);
            task(a, b, c, 0..b.panels(), start, &after);
        });
        return;
    }
    by_columns(a, b, c, start, &after);
}

/// [`multiply`] on this thread, into rows of C that start `c_stride` apart.
pub(crate) fn multiply_serial(a: Matrix<'_>, b: &Packed, c: &mut [f32], c_stride: usize, start: Start<'_>) {
    if a.rows() == 0 || b.columns() == 0 {
        return;
    }
    assert!(
        c.len() >= (a.rows() - 1) * c_stride + b.columns(),
        "the result does not fit"
    );
    run_at(
        b.level(),
        Task {
            a,
            b,
            c,
            c_stride,
            panels: 0..b.panels(),
            start,
        },
    );
}

/// A few rows of C: each task computes some columns of all rows into memory of its own.
fn by_columns<F: Fn(usize, &mut [f32]) + Sync>(
    a: Matrix<'_>,
    b: &Packed,
    c: &mut [f32],
    start: Start<'_>,
    after: &F,
) {
    let (columns, width) = (b.columns(), b.width());
    let panels = b.panels().div_ceil(2 * rayon::current_num_threads()).max(1);
    let tasks = b.panels().div_ceil(panels);
    let parts: Vec<Scratch> = (0..tasks)
        .into_par_iter()
        .map(|index| {
            let first = index * panels;
            let last = (first + panels).min(b.panels());
            let from = first * width;
            let part = (last * width).min(columns) - from;
            let mut to = Scratch::new(a.rows() * part);
            if let Start::Add = start {
                for (to, c) in to.chunks_exact_mut(part).zip(c.chunks_exact(columns)) {
                    to.copy_from_slice(&c[from..from + part]);
                }
            }
            let start = match start {
                Start::Row(values) => Start::Row(&values[from..from + part]),
                other => other,
            };
            run_at(
                b.level(),
                Task {
                    a,
                    b,
                    c: &mut to,
                    c_stride: part,
                    panels: first..last,
                    start,
                },
            );
            for row in to.chunks_exact_mut(part) {
                after(from, row);
            }
            to
        })
        .collect();
    let mut from = 0;
    for part in parts {
        let width = part.len() / a.rows();
        for (row, c) in part.chunks_exact(width).zip(c.chunks_exact_mut(columns)) {
            c[from..from + width].copy_from_slice(row);
        }
        from += width;
    }
}

fn check(a: Matrix<'_>, b: &Packed, c: &[f32], columns: usize) {
    let (m, k, n) = (a.rows(), b.rows(), columns);
    assert_eq!(a.columns(), k, "A has {} columns, B has {k} rows", a.columns());
    assert_eq!(c.len(), m * n, "the result is {m} x {n}");
}

/// All columns of some rows.
fn task<F: Fn(usize, &mut [f32])>(
    a: Matrix<'_>,
    b: &Packed,
    c: &mut [f32],
    panels: std::ops::Range<usize>,
    start: Start<'_>,
    after: &F,
) {
    let columns = b.columns();
    run_at(
        b.level(),
        Task {
            a,
            b,
            c: &mut *c,
            c_stride: columns,
            panels,
            start,
        },
    );
    for row in c.chunks_exact_mut(columns) {
        after(0, row);
    }
}

/// Some rows and panels of a product, on one thread. `c` starts at the first of its panels.
struct Task<'a> {
    a: Matrix<'a>,
    b: &'a Packed,
    c: &'a mut [f32],
    c_stride: usize,
    panels: std::ops::Range<usize>,
    start: Start<'a>,
}

impl Kernel for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let depth = self.b.rows();
        let mut copy = Scratch::default();
        let mut first = 0;
        loop {
            let block = BLOCK_K.min(depth - first);
            let start = if first == 0 { self.start } else { Start::Add };
            self.block(simd, first, block, start, &mut copy);
            first += block;
            if first >= depth {
                return;
            }
        }
    }
}

impl Task<'_> {
    /// Adds the products of `block` values of k from `first` on.
    #[inline(always)]
    fn block<S: Simd>(&mut self, simd: S, first: usize, block: usize, start: Start<'_>, copy: &mut Scratch) {
        let (rows, width) = (self.a.rows(), self.b.width());
        let packs = !self.a.has_contiguous_rows();
        if packs {
            pack_left::<S>(self.a, first, block, copy);
        }
        let from = self.panels.start * width;
        for panel in self.panels.clone() {
            let right = self.b.panel(panel, first);
            let column = panel * width - from;
            let columns = width.min(self.b.columns() - panel * width);
            let start = match start {
                Start::Row(values) => Start::Row(&values[column..column + columns]),
                other => other,
            };
            let mut row = 0;
            while row < rows {
                let count = S::TILE_ROWS.min(rows - row);
                let left = if packs {
                    Left {
                        data: &copy[row * block..],
                        row_stride: 1,
                        k_stride: S::TILE_ROWS,
                    }
                } else {
                    Left {
                        data: self.a.from(row, first),
                        row_stride: self.a.row_stride(),
                        k_stride: 1,
                    }
                };
                let c = &mut self.c[row * self.c_stride + column..];
                rows_of_tile(simd, count, left, right, block, c, self.c_stride, columns, start);
                row += count;
            }
        }
    }
}

/// Copies A in groups of as many rows as a tile has, column by column, so that a tile reads it from front to back.
#[inline(always)]
fn pack_left<S: Simd>(a: Matrix<'_>, first: usize, block: usize, copy: &mut Scratch) {
    let (rows, height) = (a.rows(), S::TILE_ROWS);
    copy.resize(rows.div_ceil(height) * height * block);
    for (group, to) in copy.chunks_exact_mut(height * block).enumerate() {
        let row = group * height;
        let count = height.min(rows - row);
        for (k, to) in to.chunks_exact_mut(height).enumerate() {
            // The rows of a transposed matrix are next to each other in memory.
            let from = a.from(row, first + k);
            for (index, to) in to[..count].iter_mut().enumerate() {
                *to = from[index * a.row_stride()];
            }
        }
    }
}

/// Calls the tile for this number of rows.
#[inline(always)]
fn rows_of_tile<S: Simd>(
    simd: S,
    count: usize,
    left: Left<'_>,
    right: &[f32],
    depth: usize,
    c: &mut [f32],
    c_stride: usize,
    columns: usize,
    start: Start<'_>,
) {
    macro_rules! tiles {
        ($vectors:literal: $($rows:literal)+) => {
            match count {
                $($rows => tile::<S, $rows, $vectors>(simd, left, right, depth, c, c_stride, columns, start),)+
                _ => unreachable!("a tile has at most {} rows", S::TILE_ROWS),
            }
        };
    }
    match S::TILE_VECTORS {
        1 => tiles!(1: 1 2 3 4 5 6),
        _ => tiles!(2: 1 2 3 4 5 6 7 8 9 10 11 12),
    }
}
