//! The graph of neighbouring vectors.

use crate::graph::Graph;
use crate::neighbours::Neighbour;

/// Links every row with its neighbours.
///
/// The nearest of k neighbours weighs k, the next k − 1, and so on. If two rows are neighbours of each other, their weights
/// add up. Ranks are used instead of distances, so that dense and sparse regions have the same influence; UMAP's local scaling
/// does the same, but with rounding.
pub(crate) fn link(neighbours: &[Vec<Neighbour>]) -> Graph {
    let mut edges: Vec<(u32, u32, u32)> = Vec::with_capacity(neighbours.iter().map(Vec::len).sum());
    for (row, found) in neighbours.iter().enumerate() {
        for (rank, neighbour) in found.iter().enumerate() {
            let (a, b) = (row as u32, neighbour.row);
            edges.push((a.min(b), a.max(b), (found.len() - rank) as u32));
        }
    }
    edges.sort_unstable();
    edges.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    Graph::new(neighbours.len(), &edges)
}
