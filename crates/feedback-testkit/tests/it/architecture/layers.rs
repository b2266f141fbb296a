//! Checks that the modules of the server use only modules of their own layer and of the layers before it.

use std::collections::BTreeSet;

use super::graph::Graph;
use super::modules::graph;
use super::sources::sources;

/// The modules of `feedback-server`, starting with the lowest layer. Its crate page describes the layers.
const LAYERS: [&[&str]; 7] = [
    &[
        "clock",
        "digest",
        "documents",
        "error",
        "events",
        "labels",
        "logs",
        "masking",
        "phrases",
        "process",
        "spikes",
        "state_folder",
        "system",
        "turns",
    ],
    &[
        "admission",
        "alerts",
        "assets",
        "audits",
        "auth",
        "batch",
        "config",
        "copies",
        "drift",
        "erasing",
        "limits",
        "metrics",
        "model_names",
        "models",
        "openapi",
        "problem",
        "quota",
        "reclassify",
        "redaction",
        "reports",
        "retention",
        "serving",
        "setup",
        "store",
        "themes",
        "training",
        "triage",
        "vectors",
        "views",
    ],
    &["state"],
    &["http"],
    &["dto", "sample", "services"],
    &["api", "pages"],
    &["router"],
];

#[test]
fn modules_of_the_server_use_only_lower_layers() {
    let graph = graph(&sources("feedback-server"));
    let missing: BTreeSet<&str> = graph.keys().map(|module| top(module)).collect();
    let missing: Vec<&str> = missing
        .into_iter()
        .filter(|module| *module != "crate" && layer(module).is_none())
        .collect();
    assert!(missing.is_empty(), "missing in LAYERS: {}", missing.join(", "));
    let found = upward(&graph);
    assert!(
        found.is_empty(),
        "modules that use a higher layer:\n{}",
        found.join("\n")
    );
}

/// Returns the uses of a module of a higher layer, or of the other module in the layer of `api` and `pages`.
fn upward(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (module, used) in graph.iter().filter(|(module, _)| *module != "crate") {
        for other in used {
            let (from, to) = (top(module), top(other));
            let apart = from != to && layer(from) == layer(to) && ["api", "pages"].contains(&from);
            if layer(to) > layer(from) || apart {
                found.push(format!("{module} uses {other}"));
            }
        }
    }
    found
}

fn top(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

#[test]
fn uses_of_higher_layers_are_found() {
    let uses = |from: &str, to: &str| {
        let graph = Graph::from([(from.to_owned(), BTreeSet::from([to.to_owned()]))]);
        upward(&graph)
    };
    assert_eq!(
        uses("services::inbox", "pages::inbox"),
        ["services::inbox uses pages::inbox"]
    );
    assert_eq!(uses("state", "http::url"), ["state uses http::url"]);
    assert_eq!(
        uses("api::inbox", "pages::inbox"),
        ["api::inbox uses pages::inbox"]
    );
    assert!(uses("pages::inbox", "services::inbox").is_empty());
    assert!(uses("services::rules", "services::explore").is_empty());
}
