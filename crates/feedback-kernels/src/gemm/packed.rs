//! Stores the right factor of a matrix product in the order in which tiles read it.

use super::operands::Matrix;
use crate::buffers::Scratch;
use crate::simd::{Kernel, LANES, Level, Simd, level, run_at};

/// A matrix that is stored in panels of `width` columns: all rows of the first panel, then all rows of the second, and so on.
/// The last panel is padded with zeros.
#[derive(Debug)]
pub(crate) struct Packed {
    data: Scratch,
    rows: usize,
    columns: usize,
    /// Number of columns of a panel.
    width: usize,
    /// The instruction set for which the matrix is packed.
    level: Level,
}

impl Packed {
    /// Creates an empty matrix, to be filled by [`refill`](Self::refill).
    pub(crate) fn empty() -> Self {
        Self {
            data: Scratch::default(),
            rows: 0,
            columns: 0,
            width: 0,
            level: level(),
        }
    }

    /// Packs matrices side by side, with all threads if they are large.
    pub(crate) fn new(matrices: &[Matrix<'_>]) -> Self {
        let mut packed = Self::empty();
        packed.fill(matrices, true);
        packed
    }

    /// Replaces the content with a new matrix, packed into the same memory on this thread.
    pub(crate) fn refill(&mut self, matrix: Matrix<'_>) {
        self.fill(&[matrix], false);
    }

    fn fill(&mut self, matrices: &[Matrix<'_>], parallel: bool) {
        self.width = run_at(self.level, PanelWidth);
        self.rows = matrices.first().map_or(0, Matrix::rows);
        self.columns = matrices.iter().map(Matrix::columns).sum();
        let panel = self.rows * self.width;
        self.data.resize(self.columns.div_ceil(self.width) * panel);
        if panel == 0 {
            return;
        }
        let width = self.width;
        let pack = |(index, to): (usize, &mut [f32])| pack_panel(matrices, index * width, width, to);
        if parallel && self.data.len() >= PARALLEL {
            use rayon::prelude::*;
            self.data.par_chunks_mut(panel).enumerate().for_each(pack);
        } else {
            self.data.chunks_mut(panel).enumerate().for_each(pack);
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Returns the number of panels.
    pub(crate) fn panels(&self) -> usize {
        self.columns.div_ceil(self.width.max(1))
    }

    /// Returns the instruction set for which the matrix is packed.
    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// Returns the number of columns of a panel.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Returns the rows of a panel, starting with `row`.
    #[inline(always)]
    pub(crate) fn panel(&self, panel: usize, row: usize) -> &[f32] {
        &self.data[(panel * self.rows + row) * self.width..(panel + 1) * self.rows * self.width]
    }
}

/// Minimum number of values for which several threads are used.
const PARALLEL: usize = 1 << 16;

struct PanelWidth;

impl Kernel for PanelWidth {
    type Output = usize;
    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> usize {
        S::TILE_VECTORS * LANES
    }
}

/// Copies the columns from `first` on into a panel.
fn pack_panel(matrices: &[Matrix<'_>], first: usize, width: usize, to: &mut [f32]) {
    let mut start = 0; // the index of the first column of `matrix`
    let mut filled = 0;
    for &matrix in matrices {
        let end = start + matrix.columns();
        let wanted = first + filled..(first + width).min(end);
        if wanted.start < wanted.end {
            pack_columns(
                matrix,
                wanted.start - start,
                &mut to[filled..],
                wanted.len(),
                width,
            );
            filled += wanted.len();
        }
        start = end;
    }
    if filled < width {
        for row in to.chunks_exact_mut(width) {
            row[filled..].fill(0.0);
        }
    }
}

/// Copies columns of one matrix into rows that start `width` numbers apart.
fn pack_columns(matrix: Matrix<'_>, first: usize, to: &mut [f32], columns: usize, width: usize) {
    if matrix.has_contiguous_rows() {
        for (row, to) in to.chunks_mut(width).enumerate() {
            let (to, to_rest) = to[..columns].as_chunks_mut::<LANES>();
            let (from, from_rest) = matrix.from(row, first)[..columns].as_chunks::<LANES>();
            // A copy of a known length is a few instructions instead of a function call.
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
            to_rest.copy_from_slice(from_rest);
        }
        return;
    }
    // The matrix is transposed, so each column is contiguous. A few rows are copied at a time, so that each
    // cache line of the source is used completely.
    for start in (0..matrix.rows()).step_by(LANES) {
        let rows = LANES.min(matrix.rows() - start);
        let to = &mut to[start * width..];
        for column in 0..columns {
            let from = matrix.from(start, first + column);
            let stride = matrix.row_stride();
            for row in 0..rows {
                to[row * width + column] = from[row * stride];
            }
        }
    }
}
