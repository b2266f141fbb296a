//! The Leiden algorithm: communities of a graph, each connected, with high modularity.

use std::collections::VecDeque;

use chacha20::ChaCha8Rng;

use super::communities::{Communities, Links};
use super::network::Graph;
use crate::random::shuffle;

/// Runs of the algorithm, each starting with the result of the last; usually the result no longer changes after a few.
const MAX_RUNS: usize = 10;

/// Finds communities: parts of the graph with more weight inside than expected from the masses of their nodes.
///
/// Maximises Σ over communities of (weight inside − resolution · mass² / (2 · total mass)), which for resolution 1 is
/// modularity. `start` is the partition to begin with, with communities below the number of nodes; it is refined by moving,
/// merging and splitting. Returns a community for each node, numbered by first node.
///
/// # References
///
/// Traag, Waltman and van Eck 2019, "From Louvain to Leiden: guaranteeing well-connected communities"; Reichardt and
/// Bornholdt 2006 for the resolution. Refinement merges a node with the best community instead of drawing one.
pub(crate) fn leiden(
    graph: &Graph,
    resolution: f64,
    start: Option<Vec<u32>>,
    rng: &mut ChaCha8Rng,
) -> Vec<u32> {
    let total = graph.total_mass();
    if total == 0.0 {
        return (0..graph.n_nodes() as u32).collect();
    }
    let search = Search {
        density: resolution / total,
    };
    let mut best = match start {
        Some(start) => Communities::new(graph, start),
        None => Communities::alone(graph),
    };
    for _ in 0..MAX_RUNS {
        let found = search.run(graph, best.clone(), rng);
        let same = found.numbered() == best.numbered();
        best = found;
        if same {
            break;
        }
    }
    best.numbered().0
}

struct Search {
    /// The expected weight between two nodes of mass 1.
    density: f64,
}

impl Search {
    /// One run: moves nodes, refines, and repeats with the refined communities as nodes until nothing moves.
    fn run(&self, graph: &Graph, start: Communities, rng: &mut ChaCha8Rng) -> Communities {
        let mut communities = start;
        // The node of the current graph to which each node of the original graph belongs.
        let mut node_of: Vec<u32> = (0..graph.n_nodes() as u32).collect();
        let mut owned: Option<Graph> = None;
        loop {
            let current = owned.as_ref().unwrap_or(graph);
            self.move_nodes(current, &mut communities, rng);
            let (refined, n_refined) = self.refine(current, &communities, rng);
            if n_refined == current.n_nodes() {
                let of = node_of.iter().map(|&node| communities.of[node as usize]);
                let (of, _) = renumbered(of.collect());
                return Communities::new(graph, of);
            }
            let next = aggregate(current, &refined, n_refined);
            let mut of = vec![0; n_refined];
            for (node, &group) in refined.iter().enumerate() {
                of[group as usize] = communities.of[node];
            }
            let (of, _) = renumbered(of);
            node_of
                .iter_mut()
                .for_each(|node| *node = refined[*node as usize]);
            communities = Communities::new(&next, of);
            owned = Some(next);
        }
    }

    /// Moves nodes to the community with the largest gain, until no move of a single node is a gain.
    fn move_nodes(&self, graph: &Graph, communities: &mut Communities, rng: &mut ChaCha8Rng) {
        let mut order: Vec<u32> = (0..graph.n_nodes() as u32).collect();
        shuffle(&mut order, rng);
        let mut queue = VecDeque::from(order);
        let mut waits = vec![true; graph.n_nodes()];
        let mut links = Links::new(graph.n_nodes());
        while let Some(node) = queue.pop_front() {
            let node = node as usize;
            waits[node] = false;
            let old = communities.community(node);
            for (target, weight) in graph.edges(node) {
                links.add(communities.community(target), weight);
            }
            let mass = graph.masses[node];
            communities.take_out(node, mass);
            let gain = |community: usize| {
                links.weight(community) - self.density * mass * communities.masses[community]
            };
            let (mut best, mut best_gain) = (old, gain(old));
            for &community in &links.communities {
                if gain(community) > best_gain {
                    (best, best_gain) = (community, gain(community));
                }
            }
            if best_gain < 0.0 {
                best = communities.any_empty().unwrap_or(best);
            }
            communities.put_in(node, mass, best);
            links.clear();
            if best != old {
                for (target, _) in graph.edges(node) {
                    if communities.community(target) != best && !waits[target] {
                        waits[target] = true;
                        queue.push_back(target as u32);
                    }
                }
            }
        }
    }

    /// Splits each community into well-connected parts. Returns the part of each node, and the number of parts.
    fn refine(&self, graph: &Graph, communities: &Communities, rng: &mut ChaCha8Rng) -> (Vec<u32>, usize) {
        let mut parts = Communities::alone(graph);
        // The weight of the edges from each part to the rest of its community.
        let mut outside: Vec<f64> = (0..graph.n_nodes())
            .map(|node| {
                let community = communities.community(node);
                let same = graph
                    .edges(node)
                    .filter(|&(target, _)| communities.community(target) == community);
                same.map(|(_, weight)| weight).sum()
            })
            .collect();
        let mut order: Vec<u32> = (0..graph.n_nodes() as u32).collect();
        shuffle(&mut order, rng);
        let mut links = Links::new(graph.n_nodes());
        for node in order {
            let node = node as usize;
            let (mass, community) = (graph.masses[node], communities.community(node));
            let rest = communities.masses[community];
            let well_connected =
                |part_mass: f64, outside: f64| outside >= self.density * part_mass * (rest - part_mass);
            if !parts.is_alone(node) || !well_connected(mass, outside[node]) {
                continue;
            }
            for (target, weight) in graph.edges(node) {
                if communities.community(target) == community {
                    links.add(parts.community(target), weight);
                }
            }
            let (mut best, mut best_gain) = (None, 0.0);
            for &part in &links.communities {
                let gain = links.weight(part) - self.density * mass * parts.masses[part];
                if gain > best_gain && well_connected(parts.masses[part], outside[part]) {
                    (best, best_gain) = (Some(part), gain);
                }
            }
            if let Some(part) = best {
                outside[part] += outside[node] - 2.0 * links.weight(part);
                parts.take_out(node, mass);
                parts.put_in(node, mass, part);
            }
            links.clear();
        }
        parts.numbered()
    }
}

/// Numbers communities by their first nodes.
fn renumbered(of: Vec<u32>) -> (Vec<u32>, usize) {
    let mut numbers = std::collections::BTreeMap::new();
    let numbered = of
        .into_iter()
        .map(|community| {
            let next = numbers.len() as u32;
            *numbers.entry(community).or_insert(next)
        })
        .collect();
    (numbered, numbers.len())
}

/// The graph whose nodes are the groups of a graph. Edges within a group are left out: no move changes their weight inside.
fn aggregate(graph: &Graph, groups: &[u32], n_groups: usize) -> Graph {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); n_groups];
    for (node, &group) in groups.iter().enumerate() {
        members[group as usize].push(node);
    }
    let mut next = Graph::without_nodes(n_groups, 0);
    let mut links = Links::new(n_groups);
    for (group, nodes) in members.iter().enumerate() {
        for &node in nodes {
            for (target, weight) in graph.edges(node) {
                let other = groups[target] as usize;
                if other != group {
                    links.add(other, weight);
                }
            }
        }
        for &other in &links.communities {
            next.push_edge(other as u32, links.weight(other));
        }
        links.clear();
        next.end_node(nodes.iter().map(|&node| graph.masses[node]).sum());
    }
    next
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::neighbours::neighbours;
    use crate::random::{below, generator};
    use crate::sample::{golden, golden_vectors};
    use crate::themes::link;

    fn find(graph: &Graph, resolution: f64) -> Vec<u32> {
        leiden(graph, resolution, None, &mut generator(0))
    }

    /// The modularity with a resolution, 1 at most.
    fn modularity(graph: &Graph, parts: &[u32], resolution: f64) -> f64 {
        let total = graph.total_mass();
        let (mut inside, mut masses) = (0.0, vec![0.0; parts.len()]);
        for node in 0..graph.n_nodes() {
            masses[parts[node] as usize] += graph.masses[node];
            let same = graph
                .edges(node)
                .filter(|(target, _)| parts[*target] == parts[node]);
            inside += same.map(|(_, weight)| weight).sum::<f64>();
        }
        let expected: f64 = masses.iter().map(|mass| mass * mass).sum();
        (inside - resolution * expected / total) / total
    }

    #[test]
    fn two_triangles_joined_by_an_edge() {
        let edges = [
            (0, 1, 1),
            (0, 2, 1),
            (1, 2, 1),
            (2, 3, 1),
            (3, 4, 1),
            (3, 5, 1),
            (4, 5, 1),
        ];
        let graph = Graph::new(6, &edges);
        assert_eq!(find(&graph, 1.0), [0, 0, 0, 1, 1, 1]);
        // By hand: 12 of 14 ends are inside, and each triangle has half of the mass.
        assert!((modularity(&graph, &[0, 0, 0, 1, 1, 1], 1.0) - (12.0 / 14.0 - 0.5)).abs() < 1e-15);
        assert_eq!(find(&graph, 0.1), [0; 6]);
        assert_eq!(find(&graph, 10.0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(find(&Graph::new(3, &[]), 1.0), [0, 1, 2]);
        assert_eq!(find(&Graph::new(0, &[]), 1.0), [0_u32; 0]);
    }

    #[test]
    fn communities_are_as_good_as_those_of_leidenalg() {
        let graph = link(&neighbours(&golden_vectors(), 15, 20_000, 0));
        for case in golden()["modularity"].as_array().unwrap() {
            let resolution = case["resolution"].as_f64().unwrap();
            let found = modularity(&graph, &find(&graph, resolution), resolution);
            let best = case["value"].as_f64().unwrap();
            assert!(
                found > best - 0.005,
                "resolution {resolution}: {found}, leidenalg {best}"
            );
        }
    }

    #[test]
    fn a_good_start_is_kept() {
        let graph = link(&neighbours(&golden_vectors(), 15, 20_000, 0));
        let parts = find(&graph, 1.0);
        assert_eq!(leiden(&graph, 1.0, Some(parts.clone()), &mut generator(9)), parts);
    }

    /// A random graph of 30 nodes.
    fn random_graph(seed: u64) -> Graph {
        let mut rng = generator(seed);
        let n_edges = 20 + below(&mut rng, 100);
        let mut edges = BTreeMap::new();
        for _ in 0..n_edges {
            let (a, b) = (below(&mut rng, 30) as u32, below(&mut rng, 30) as u32);
            if a < b {
                edges.insert((a, b), 1 + below(&mut rng, 8) as u32);
            }
        }
        let edges: Vec<(u32, u32, u32)> = edges.into_iter().map(|((a, b), weight)| (a, b, weight)).collect();
        Graph::new(30, &edges)
    }

    /// The nodes of the community of `start` that can be reached within it.
    fn reached(graph: &Graph, parts: &[u32], start: usize) -> usize {
        let mut reached = vec![start];
        let mut place = 0;
        while place < reached.len() {
            for (target, _) in graph.edges(reached[place]) {
                if parts[target] == parts[start] && !reached.contains(&target) {
                    reached.push(target);
                }
            }
            place += 1;
        }
        reached.len()
    }

    #[test]
    fn communities_are_connected_and_no_node_gains_by_moving() {
        for seed in 0..100 {
            let graph = random_graph(seed);
            let resolution = [0.5, 1.0, 2.0][seed as usize % 3];
            let parts = find(&graph, resolution);
            let quality = modularity(&graph, &parts, resolution);
            for node in 0..30 {
                let size = parts.iter().filter(|&&part| part == parts[node]).count();
                assert_eq!(
                    reached(&graph, &parts, node),
                    size,
                    "seed {seed}, node {node}: {parts:?}"
                );
                for part in parts.clone() {
                    let mut moved = parts.clone();
                    moved[node] = part;
                    assert!(
                        modularity(&graph, &moved, resolution) <= quality + 1e-9,
                        "seed {seed}"
                    );
                }
            }
        }
    }
}
