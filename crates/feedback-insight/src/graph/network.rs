//! Undirected weighted graphs.

/// An undirected graph; each edge is stored at both ends.
///
/// All weights are whole numbers, so sums of them are exact in any order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Graph {
    /// Where the edges of each node start, followed by the number of all.
    starts: Vec<usize>,
    targets: Vec<u32>,
    weights: Vec<f64>,
    /// How much each node counts in the expected weight of edges.
    pub(super) masses: Vec<f64>,
}

impl Graph {
    /// A graph with these edges `(a, b, weight)`, each given once, with a < b and weights above 0. The mass of a node is the
    /// sum of the weights of its edges.
    pub(crate) fn new(n_nodes: usize, edges: &[(u32, u32, u32)]) -> Self {
        let mut directed: Vec<(u32, u32, f64)> = Vec::with_capacity(2 * edges.len());
        for &(a, b, weight) in edges {
            directed.push((a, b, f64::from(weight)));
            directed.push((b, a, f64::from(weight)));
        }
        directed.sort_unstable_by_key(|&(a, b, _)| (a, b));
        let mut graph = Self::without_nodes(n_nodes, directed.len());
        let mut edges = directed.into_iter().peekable();
        for node in 0..n_nodes as u32 {
            let mut mass = 0.0;
            while let Some((_, target, weight)) = edges.next_if(|edge| edge.0 == node) {
                graph.push_edge(target, weight);
                mass += weight;
            }
            graph.end_node(mass);
        }
        graph
    }

    /// A graph without nodes, to which nodes are added in order: first the edges of a node, then its mass.
    pub(super) fn without_nodes(n_nodes: usize, n_edges: usize) -> Self {
        let mut starts = Vec::with_capacity(n_nodes + 1);
        starts.push(0);
        Self {
            starts,
            targets: Vec::with_capacity(n_edges),
            weights: Vec::with_capacity(n_edges),
            masses: Vec::with_capacity(n_nodes),
        }
    }

    pub(super) fn push_edge(&mut self, target: u32, weight: f64) {
        self.targets.push(target);
        self.weights.push(weight);
    }

    pub(super) fn end_node(&mut self, mass: f64) {
        self.starts.push(self.targets.len());
        self.masses.push(mass);
    }

    /// The number of nodes.
    pub(crate) fn n_nodes(&self) -> usize {
        self.masses.len()
    }

    /// The other ends and the weights of the edges of a node.
    pub(crate) fn edges(&self, node: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.starts[node]..self.starts[node + 1];
        let targets = self.targets[range.clone()].iter().map(|&target| target as usize);
        targets.zip(self.weights[range].iter().copied())
    }

    /// The sum of all masses.
    pub(crate) fn total_mass(&self) -> f64 {
        self.masses.iter().sum()
    }
}
