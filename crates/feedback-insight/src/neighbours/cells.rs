//! Approximate neighbours of many rows: rows are compared only with rows of near cells.
//!
//! Cells are found by a few steps of spherical k-means from seeded rows. The rows of a cell are compared with the rows of
//! the cells with the nearest centres.

use std::ops::Range;

use rayon::prelude::*;

use super::search::{Neighbour, nearest, nearest_in};
use crate::random::{generator, shuffle};
use crate::vectors::Vectors;

/// Rows per cell, on average.
const ROWS_PER_CELL: usize = 150;

/// Steps of k-means; more change the neighbours little.
const STEPS: usize = 2;

/// Cells whose rows are compared with those of a cell, including itself.
const PROBES: usize = 48;

pub(super) fn neighbours(vectors: &Vectors, k: usize, seed: u64) -> Vec<Vec<Neighbour>> {
    let (centres, cell_of) = cells(vectors, seed);
    let n_cells = centres.n_rows();
    let mut order: Vec<usize> = (0..vectors.n_rows()).collect();
    order.sort_by_key(|&row| cell_of[row]);
    let ends: Vec<usize> = (0..n_cells)
        .map(|cell| order.partition_point(|&row| cell_of[row] <= cell))
        .collect();
    let range = |cell: usize| -> Range<usize> {
        let start = if cell == 0 { 0 } else { ends[cell - 1] };
        start..ends[cell]
    };
    // In the order of cells, the rows of a cell follow each other.
    let sorted = vectors.select(&order);
    let near = nearest_in(&centres, &centres, PROBES);
    let found: Vec<Vec<Vec<Neighbour>>> = (0..n_cells)
        .into_par_iter()
        .map(|cell| {
            let ranges: Vec<Range<usize>> =
                near[cell].iter().map(|other| range(other.row as usize)).collect();
            nearest(&sorted, range(cell), &sorted, &ranges, k, true)
        })
        .collect();
    let mut by_row = vec![Vec::new(); vectors.n_rows()];
    for (place, mut neighbours) in found.into_iter().flatten().enumerate() {
        neighbours
            .iter_mut()
            .for_each(|neighbour| neighbour.row = order[neighbour.row as usize] as u32);
        by_row[order[place]] = neighbours;
    }
    by_row
}

/// The centres of the cells, and the cell of each row.
fn cells(vectors: &Vectors, seed: u64) -> (Vectors, Vec<usize>) {
    let mut rows: Vec<usize> = (0..vectors.n_rows()).collect();
    shuffle(&mut rows, &mut generator(seed));
    rows.truncate(vectors.n_rows().div_ceil(ROWS_PER_CELL));
    let mut centres = vectors.select(&rows);
    let once = vec![1; vectors.n_rows()];
    for _ in 0..STEPS {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); centres.n_rows()];
        for (row, cell) in cells_of(vectors, &centres).into_iter().enumerate() {
            members[cell].push(row);
        }
        let mut means = vectors.without_rows();
        for rows in members.iter().filter(|rows| !rows.is_empty()) {
            means.push_mean(vectors, rows, &once);
        }
        centres = means;
    }
    let cell_of = cells_of(vectors, &centres);
    (centres, cell_of)
}

fn cells_of(vectors: &Vectors, centres: &Vectors) -> Vec<usize> {
    let nearest = nearest_in(vectors, centres, 1);
    nearest.iter().map(|nearest| nearest[0].row as usize).collect()
}
