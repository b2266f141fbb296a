//! The loops around the tiles, and their threads.

use std::ops::Range;

use super::activations::Bytes;
use super::packed::PackedBytes;
use super::tile::tile;
use crate::buffers::take;
use crate::gemm::for_tasks;
use crate::shared::Shared;
use crate::simd::{ByteKernel, Dot, LANES, Simd, load_part, run_bytes};

/// Returns `x W + b` for each row of `x`. Calls `after` on each finished part of a row.
pub(crate) fn forward(
    x: &[f32],
    weight: &PackedBytes,
    bias: &[f32],
    after: impl Fn(&mut [f32]) + Sync,
) -> Vec<f32> {
    let columns = weight.columns();
    assert_eq!(bias.len(), columns, "one bias for each output");
    let x = Bytes::new(x, weight.rows());
    let mut output = take(x.rows() * columns);
    let shared = Shared::new(&mut output);
    let job = Job {
        x: &x,
        weight,
        bias,
        output: &shared,
    };
    let work = x.rows() * columns * weight.rows() / 2;
    for_tasks(x.rows(), columns, weight.width(), work, |rows, panels| {
        let part = panels.start * weight.width()..(panels.end * weight.width()).min(columns);
        let task = Task {
            job: &job,
            rows: rows.clone(),
            panels,
        };
        run_bytes(weight.level(), task);
        for row in rows {
            // SAFETY: no two tasks have both rows and columns in common.
            after(unsafe { shared.slice(row * columns + part.start..row * columns + part.end) });
        }
    });
    output
}

struct Job<'a> {
    x: &'a Bytes,
    weight: &'a PackedBytes,
    bias: &'a [f32],
    output: &'a Shared<'a>,
}

/// Some rows and panels of a product. No other task computes them.
struct Task<'a> {
    job: &'a Job<'a>,
    rows: Range<usize>,
    panels: Range<usize>,
}

impl ByteKernel for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, D: Dot>(self, simd: S, dot: D) {
        for panel in self.panels.clone() {
            let mut row = self.rows.start;
            while row < self.rows.end {
                let count = D::TILE_ROWS.min(self.rows.end - row);
                self.rows_of_tile(simd, dot, row, count, panel);
                row += count;
            }
        }
    }
}

impl Task<'_> {
    /// Calls the tile for this number of rows.
    #[inline(always)]
    fn rows_of_tile<S: Simd, D: Dot>(&self, simd: S, dot: D, row: usize, count: usize, panel: usize) {
        // Only the tiles of this instruction set are compiled.
        macro_rules! tiles {
            ($($vectors:literal x $rows:literal)+) => {
                match count {
                    $($rows if const { $rows <= D::TILE_ROWS && $vectors == D::TILE_VECTORS } => {
                        self.finish::<S, D, $rows, $vectors>(simd, dot, row, panel);
                    })+
                    _ => unreachable!("a tile has at most {} rows", D::TILE_ROWS),
                }
            };
        }
        tiles!(
            1 x 1 1 x 2 1 x 3 1 x 4 1 x 5 1 x 6
            2 x 1 2 x 2 2 x 3 2 x 4 2 x 5 2 x 6 2 x 7 2 x 8 2 x 9 2 x 10 2 x 11 2 x 12
        );
    }

    /// Computes a tile and writes its numbers.
    #[inline(always)]
    fn finish<S: Simd, D: Dot, const R: usize, const V: usize>(
        &self,
        simd: S,
        dot: D,
        first: usize,
        panel: usize,
    ) {
        let Job {
            x,
            weight,
            bias,
            output,
        } = *self.job;
        let tile = tile::<D, R, V>(dot, x.from(first), x.stride(), weight.panel(panel));
        for vector in 0..V {
            let column = (panel * V + vector) * LANES;
            let end = weight.columns().min(column + LANES);
            if column >= end {
                return;
            }
            let scales = load_part(simd, &weight.scales()[column..end], 0.0);
            let bias = load_part(simd, &bias[column..end], 0.0);
            let mut column_sums = [0; LANES];
            column_sums[..end - column].copy_from_slice(&weight.sums()[column..end]);
            for row in 0..R {
                let scale = x.scale(first + row);
                let mut numbers = [0.0; LANES];
                let sums = dot.to_array(tile[row][vector]);
                for lane in 0..LANES {
                    numbers[lane] = (sums[lane] - scale.zero * column_sums[lane]) as f32;
                }
                let factor = simd.mul(simd.splat(scale.scale), scales);
                let value = simd.to_array(simd.fma(simd.load(&numbers), factor, bias));
                let start = (first + row) * weight.columns();
                // SAFETY: no other task has these rows and columns.
                let to = unsafe { output.slice(start + column..start + end) };
                match <&mut [f32; LANES]>::try_from(&mut *to) {
                    Ok(to) => *to = value,
                    Err(_) => to.copy_from_slice(&value[..end - column]),
                }
            }
        }
    }
}
