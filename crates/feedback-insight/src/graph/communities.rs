//! A partition of the nodes of a graph, and the best move of one node.

use super::network::Graph;

/// Which community each node belongs to, and what each community weighs.
#[derive(Debug, Clone)]
pub(super) struct Communities {
    pub(super) of: Vec<u32>,
    /// The sum of the masses of the nodes of each community.
    pub(super) masses: Vec<f64>,
    n_nodes: Vec<u32>,
    /// Communities without nodes.
    empty: Vec<u32>,
}

impl Communities {
    /// The partition in which node `i` is in community `of[i]`; communities are below the number of nodes.
    pub(super) fn new(graph: &Graph, of: Vec<u32>) -> Self {
        let mut masses = vec![0.0; graph.n_nodes()];
        let mut n_nodes = vec![0; graph.n_nodes()];
        for (&community, &mass) in of.iter().zip(&graph.masses) {
            masses[community as usize] += mass;
            n_nodes[community as usize] += 1;
        }
        let empty = (0..graph.n_nodes() as u32).rev();
        let empty = empty
            .filter(|&community| n_nodes[community as usize] == 0)
            .collect();
        Self {
            of,
            masses,
            n_nodes,
            empty,
        }
    }

    /// The partition in which every node is alone.
    pub(super) fn alone(graph: &Graph) -> Self {
        Self::new(graph, (0..graph.n_nodes() as u32).collect())
    }

    pub(super) fn community(&self, node: usize) -> usize {
        self.of[node] as usize
    }

    pub(super) fn is_alone(&self, node: usize) -> bool {
        self.n_nodes[self.community(node)] == 1
    }

    pub(super) fn take_out(&mut self, node: usize, mass: f64) {
        let community = self.community(node);
        self.masses[community] -= mass;
        self.n_nodes[community] -= 1;
        if self.n_nodes[community] == 0 {
            self.empty.push(community as u32);
        }
    }

    pub(super) fn put_in(&mut self, node: usize, mass: f64, community: usize) {
        if self.n_nodes[community] == 0 {
            // It was emptied last, so the search ends at once.
            if let Some(place) = self.empty.iter().rposition(|&other| other as usize == community) {
                self.empty.swap_remove(place);
            }
        }
        self.of[node] = community as u32;
        self.masses[community] += mass;
        self.n_nodes[community] += 1;
    }

    /// A community without nodes. There is one whenever a node has been taken out.
    pub(super) fn any_empty(&self) -> Option<usize> {
        self.empty.last().map(|&community| community as usize)
    }

    /// Numbers the communities in the order of their first nodes, and leaves out communities without nodes. Returns the
    /// new number of each node's community and the number of communities.
    pub(super) fn numbered(&self) -> (Vec<u32>, usize) {
        let mut numbers = vec![u32::MAX; self.masses.len()];
        let mut n = 0;
        let number = |&community: &u32| {
            let number = &mut numbers[community as usize];
            if *number == u32::MAX {
                *number = n;
                n += 1;
            }
            *number
        };
        let of = self.of.iter().map(number).collect();
        (of, n as usize)
    }
}

/// The weights of the edges from one node to each community.
pub(super) struct Links {
    weights: Vec<f64>,
    pub(super) communities: Vec<usize>,
}

impl Links {
    pub(super) fn new(n_communities: usize) -> Self {
        Self {
            weights: vec![0.0; n_communities],
            communities: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, community: usize, weight: f64) {
        if self.weights[community] == 0.0 {
            self.communities.push(community);
        }
        self.weights[community] += weight;
    }

    pub(super) fn weight(&self, community: usize) -> f64 {
        self.weights[community]
    }

    pub(super) fn clear(&mut self) {
        for community in self.communities.drain(..) {
            self.weights[community] = 0.0;
        }
    }
}
