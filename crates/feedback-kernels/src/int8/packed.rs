//! Weights of 8 bits in the order in which tiles read them.

use crate::quantize::MAX_WEIGHT;
use crate::simd::{ByteBlock, ByteKernel, Dot, LANES, Level, Simd, level, run_bytes};

/// One or several weights side by side, in panels of some vectors of columns. A panel has all rows, four at a time; the last rows
/// and columns are filled with zeros.
#[derive(Debug)]
pub(crate) struct PackedBytes {
    blocks: Vec<ByteBlock>,
    rows: usize,
    columns: usize,
    /// Vectors of a panel.
    vectors: usize,
    /// What a weight of 1 means, for each column.
    scales: Vec<f32>,
    /// The sum of each column's weights.
    sums: Vec<i32>,
    level: Level,
}

/// A weight `[input, output]` as numbers of 8 bits.
pub(crate) struct ByteWeight {
    /// Row by row, each at most 63 in absolute value.
    pub(crate) data: Vec<i8>,
    /// What a weight of 1 means, for each output.
    pub(crate) scales: Vec<f32>,
}

impl ByteWeight {
    /// Rounds a weight `[input, output]`.
    pub(crate) fn round(weight: &[f32], output: usize) -> Self {
        let mut scales = vec![0.0_f32; output];
        for row in weight.chunks_exact(output.max(1)) {
            for (scale, weight) in scales.iter_mut().zip(row) {
                *scale = scale.max(weight.abs() / f32::from(MAX_WEIGHT));
            }
        }
        let bytes = weight.chunks_exact(output.max(1)).flat_map(|row| {
            let pairs = row.iter().zip(&scales);
            pairs.map(|(weight, scale)| {
                if *scale > 0.0 {
                    (weight / scale).round() as i8
                } else {
                    0
                }
            })
        });
        Self {
            data: bytes.collect(),
            scales,
        }
    }
}

impl PackedBytes {
    /// Packs weights of `rows` rows.
    pub(crate) fn new(rows: usize, weights: &[ByteWeight]) -> Self {
        let level = level();
        let vectors = run_bytes(level, PanelVectors);
        let scales: Vec<f32> = weights
            .iter()
            .flat_map(|weight| weight.scales.iter().copied())
            .collect();
        let columns = scales.len();
        let groups = rows.div_ceil(4);
        let panels = columns.div_ceil(vectors * LANES);
        let mut packed = Self {
            blocks: vec![[0; 4 * LANES]; panels * groups * vectors],
            rows,
            columns,
            vectors,
            scales,
            sums: vec![0; columns],
            level,
        };
        let mut first = 0;
        for weight in weights {
            packed.fill(first, weight);
            first += weight.scales.len();
        }
        packed
    }

    /// Writes a weight from this column on.
    fn fill(&mut self, first: usize, weight: &ByteWeight) {
        let width = self.vectors * LANES;
        let groups = self.rows.div_ceil(4);
        for (row, values) in weight.data.chunks_exact(weight.scales.len().max(1)).enumerate() {
            for (column, &value) in (first..).zip(values) {
                let (panel, vector) = (column / width, column % width / LANES);
                let block = (panel * groups + row / 4) * self.vectors + vector;
                self.blocks[block][column % LANES * 4 + row % 4] = value;
                self.sums[column] += i32::from(value);
            }
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

    /// Columns of a panel.
    pub(super) fn width(&self) -> usize {
        self.vectors * LANES
    }

    /// Blocks of all rows, four rows at a time.
    #[inline(always)]
    pub(super) fn panel(&self, panel: usize) -> &[ByteBlock] {
        let length = self.rows.div_ceil(4) * self.vectors;
        &self.blocks[panel * length..(panel + 1) * length]
    }

    /// What a weight of 1 means, for each column.
    pub(super) fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// The sum of each column's weights.
    pub(super) fn sums(&self) -> &[i32] {
        &self.sums
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
