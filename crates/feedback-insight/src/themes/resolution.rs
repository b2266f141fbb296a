//! Chooses how fine the themes are.

use rayon::prelude::*;

use super::silhouette::silhouette;
use crate::graph::{Graph, leiden};
use crate::random::generator;
use crate::vectors::Vectors;

/// The resolutions that are tried. Each gives about one and a half times as many themes as the one before.
const RESOLUTIONS: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];

/// The share of the best silhouette that is sufficient. Silhouettes still grow a little when themes are cut into ever
/// smaller pieces. So if silhouettes are nearly equal, the coarsest resolution is chosen.
const ENOUGH: f64 = 0.95;

/// Communities of a graph, and the resolution that gave them.
pub(super) struct Partition {
    pub(super) parts: Vec<u32>,
    pub(super) resolution: f64,
}

/// Finds communities at each resolution, and returns the coarsest of those whose silhouette is nearly the best.
pub(super) fn best_partition(graph: &Graph, vectors: &Vectors, counts: &[usize], seed: u64) -> Partition {
    let tried: Vec<(f64, Partition)> = RESOLUTIONS
        .into_par_iter()
        .map(|resolution| {
            let parts = leiden(graph, resolution, None, &mut generator(seed));
            let n_parts = n_parts(&parts);
            let score = silhouette(vectors, counts, &parts, n_parts);
            (score, Partition { parts, resolution })
        })
        .collect();
    let best = tried.iter().map(|(score, _)| *score).fold(-1.0, f64::max);
    let limit = if best > 0.0 { ENOUGH * best } else { best };
    let good = tried.into_iter().find(|(score, _)| *score >= limit);
    good.map_or_else(
        || Partition {
            parts: (0..graph.n_nodes() as u32).collect(),
            resolution: 1.0,
        },
        |(_, partition)| partition,
    )
}

/// The number of parts that are numbered without gaps.
pub(super) fn n_parts(parts: &[u32]) -> usize {
    parts.iter().max().map_or(0, |&largest| largest as usize + 1)
}
