//! Quantises weights to 8 bits and stores them in the order in which tiles read them.

use rayon::prelude::*;

use crate::byte_scheme::MAX_WEIGHT;
use crate::finite::are_finite;
use crate::linear::Weight;
use crate::simd::{ByteBlock, ByteKernel, Dot, LANES, Level, Simd, level, run_bytes};

/// One or more weight matrices side by side, split into panels. A panel is `vectors` SIMD vectors wide and contains all rows, in
/// groups of four; missing rows and columns are zeros.
#[derive(Debug)]
pub(crate) struct PackedBytes {
    blocks: Vec<ByteBlock>,
    rows: usize,
    columns: usize,
    /// Number of SIMD vectors in the width of a panel.
    vectors: usize,
    /// The quantisation scale of each column: weight ≈ integer × scale.
    scales: Vec<f32>,
    /// The sum of each column's weights.
    sums: Vec<i32>,
    level: Level,
}

/// Maximum number of inputs. The sum of this many products of 255 and [`MAX_WEIGHT`] still fits 32 bits.
const MAX_INPUT: usize = i32::MAX as usize / (255 * MAX_WEIGHT as usize);

/// A weight matrix, quantised to integers.
pub(crate) struct ByteWeight {
    /// `[output, input]`, each at most [`MAX_WEIGHT`] in absolute value.
    pub(crate) data: Vec<i8>,
    /// The quantisation scale of each output: weight ≈ integer × scale.
    pub(crate) scales: Vec<f32>,
}

impl ByteWeight {
    /// Quantises a weight matrix, on all threads.
    pub(crate) fn round(weight: Weight<'_>) -> Self {
        let (input, output) = (weight.input, weight.output);
        let mut data = vec![0; input * output];
        let mut scales = vec![0.0; output];
        let columns = data.par_chunks_mut(input.max(1)).zip(&mut scales).enumerate();
        columns.for_each(|(column, (bytes, scale))| {
            let (from, stride) = weight.column(column);
            *scale = if stride == 1 {
                round_column(&from[..input], bytes)
            } else {
                let values: Vec<f32> = from.iter().step_by(stride).take(input).copied().collect();
                round_column(&values, bytes)
            };
        });
        Self { data, scales }
    }
}

/// Quantises the weights of one output. Returns the scale.
fn round_column(values: &[f32], bytes: &mut [i8]) -> f32 {
    if !are_finite(values) {
        bytes.fill(0);
        return f32::NAN; // so that all outputs become NaN
    }
    let largest = values.iter().fold(0.0_f32, |largest, value| {
        if value.abs() > largest {
            value.abs()
        } else {
            largest
        }
    });
    let steps = f32::from(MAX_WEIGHT) / largest;
    if !steps.is_finite() {
        // All weights are 0, or so small that the division overflows; their products are negligible.
        bytes.fill(0);
        return 0.0;
    }
    for (byte, value) in bytes.iter_mut().zip(values) {
        let value = value * steps;
        // Rounds to the nearest integer without calling `f32::round`.
        *byte = (value + 0.5_f32.copysign(value)) as i8;
    }
    largest / f32::from(MAX_WEIGHT)
}

impl PackedBytes {
    /// Packs weights of `rows` inputs side by side, on all threads.
    pub(crate) fn new(rows: usize, weights: &[ByteWeight]) -> Self {
        // With more inputs, the sums of products could exceed 32 bits.
        assert!(
            rows <= MAX_INPUT,
            "a layer in 8 bits has at most {MAX_INPUT} inputs"
        );
        let level = level();
        let vectors = run_bytes(level, PanelVectors);
        let columns: Vec<&[i8]> = weights
            .iter()
            .flat_map(|weight| weight.data.chunks_exact(rows.max(1)))
            .collect();
        let scales = weights.iter().flat_map(|weight| weight.scales.iter().copied());
        let panels = columns.len().div_ceil(vectors * LANES);
        let length = rows.div_ceil(4) * vectors;
        let mut blocks = vec![[0; 4 * LANES]; panels * length];
        if length > 0 {
            blocks
                .par_chunks_mut(length)
                .zip(columns.par_chunks(vectors * LANES))
                .for_each(|(blocks, columns)| fill_panel(blocks, columns, vectors));
        }
        let sum = |column: &&[i8]| column.iter().map(|&weight| i32::from(weight)).sum();
        Self {
            blocks,
            rows,
            columns: columns.len(),
            vectors,
            scales: scales.collect(),
            sums: columns.par_iter().map(sum).collect(),
            level,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// Returns the number of columns of a panel.
    pub(super) fn width(&self) -> usize {
        self.vectors * LANES
    }

    /// Returns the blocks of one panel: all rows, four rows per block.
    #[inline(always)]
    pub(super) fn panel(&self, panel: usize) -> &[ByteBlock] {
        let length = self.rows.div_ceil(4) * self.vectors;
        &self.blocks[panel * length..(panel + 1) * length]
    }

    /// Returns the quantisation scale of each column.
    pub(super) fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// Returns the sum of the integers of each column.
    pub(super) fn sums(&self) -> &[i32] {
        &self.sums
    }
}

/// Copies columns into the blocks of a panel.
fn fill_panel(blocks: &mut [ByteBlock], columns: &[&[i8]], vectors: usize) {
    for (index, column) in columns.iter().enumerate() {
        let (vector, lane) = (index / LANES, index % LANES);
        for (group, values) in column.chunks(4).enumerate() {
            blocks[group * vectors + vector][4 * lane..4 * lane + values.len()].copy_from_slice(values);
        }
    }
}

struct PanelVectors;

impl ByteKernel for PanelVectors {
    type Output = usize;
    #[inline(always)]
    fn run<S: Simd, D: Dot>(self, _: S, _: D) -> usize {
        D::TILE_VECTORS
    }
}
