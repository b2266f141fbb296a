//! Cycles in a directed graph.

use std::collections::{BTreeMap, BTreeSet};

/// The targets of the edges of each node.
pub(super) type Graph = BTreeMap<String, BTreeSet<String>>;

/// Returns the cycles: the groups of two or more nodes that reach one another, each sorted.
pub(super) fn circles(graph: &Graph) -> Vec<Vec<String>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = graph
        .keys()
        .map(|node| (node.as_str(), reachable(graph, node)))
        .collect();
    let mut found = BTreeSet::new();
    for (node, reached) in &reach {
        let group: Vec<String> = reached
            .iter()
            .filter(|other| **other != *node && reach.get(*other).is_some_and(|back| back.contains(node)))
            .chain([node])
            .map(|name| (*name).to_owned())
            .collect();
        if group.len() > 1 {
            let mut group = group;
            group.sort();
            found.insert(group);
        }
    }
    found.into_iter().collect()
}

fn reachable<'a>(graph: &'a Graph, start: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = graph
        .get(start)
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    while let Some(node) = open.pop() {
        if found.insert(node) {
            open.extend(graph.get(node).into_iter().flatten().map(String::as_str));
        }
    }
    found
}

#[test]
fn only_cycles_are_found() {
    let edges = [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")];
    let mut graph = Graph::new();
    for (from, to) in edges {
        graph.entry(from.to_owned()).or_default().insert(to.to_owned());
    }
    assert_eq!(circles(&graph), [["b", "c"]]);
    graph.get_mut("c").unwrap().remove("b");
    assert!(circles(&graph).is_empty());
}
