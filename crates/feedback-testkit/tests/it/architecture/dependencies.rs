//! Which crates of the workspace may depend on each other, and which dependencies a crate must not have.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use feedback_testkit::workspace;
use serde_json::Value;

/// The crates of the workspace, starting with the lowest layer. Each depends only on crates that come before it in this list.
const ORDER: [&str; 35] = [
    "feedback-files",
    "feedback-text",
    "feedback-clean",
    "feedback-builtin",
    "feedback-dataset",
    "feedback-formats",
    "feedback-metrics",
    "feedback-drift",
    "feedback-drivers",
    "feedback-baselines",
    "feedback-inspect",
    "feedback-insight",
    "feedback-report",
    "feedback-corrections",
    "feedback-kernels",
    "feedback-bert",
    "feedback-hub",
    "feedback-trainer",
    "feedback-inference",
    "feedback-heads",
    "feedback-start",
    "feedback-pipeline",
    "feedback-studies",
    "feedback-multilabel",
    "feedback-compare",
    "feedback-pretrain",
    "feedback-store",
    "feedback-vectors",
    "feedback-shards",
    "feedback-triage",
    "feedback-server",
    "feedback-cli",
    "feedback-app",
    "feedback-examples",
    "feedback-benches",
];

/// A rule: no crate of the first list depends on a crate of the second list, directly or indirectly.
type Rule = (&'static [&'static str], &'static [&'static str]);

const MUST_NOT_KNOW: [Rule; 10] = [
    (
        &[
            "feedback-files",
            "feedback-text",
            "feedback-clean",
            "feedback-builtin",
            "feedback-dataset",
            "feedback-formats",
            "feedback-metrics",
            "feedback-drift",
            "feedback-drivers",
            "feedback-baselines",
            "feedback-inspect",
            "feedback-insight",
            "feedback-report",
            "feedback-corrections",
            "feedback-hub",
            "feedback-store",
            "feedback-vectors",
            "feedback-shards",
            "feedback-triage",
        ],
        &["burn", "burn-core", "burn-tensor"],
    ),
    // Rules and words, without files, a store or a server.
    (
        &["feedback-triage"],
        &["feedback-files", "feedback-store", "fs-err", "axum", "hyper"],
    ),
    // It keeps the text formats and its small size.
    (
        &["feedback-dataset"],
        &["calamine", "parquet", "arrow-array", "flate2", "zip", "zstd"],
    ),
    (
        &["feedback-metrics", "feedback-drivers"],
        &["fs-err", "csv", "feedback-files"],
    ),
    (
        &["feedback-bert", "feedback-trainer"],
        &["feedback-dataset", "feedback-hub"],
    ),
    (&["feedback-trainer"], &["feedback-bert", "tokenizers"]),
    (
        &[
            "feedback-inference",
            "feedback-pipeline",
            "feedback-studies",
            "feedback-pretrain",
        ],
        &["axum", "hyper", "rusqlite", "feedback-store"],
    ),
    (&["feedback-inference"], &["feedback-trainer"]),
    (
        &["feedback-server"],
        &["feedback-pipeline", "feedback-pretrain", "feedback-trainer"],
    ),
    // So that building the `train` program does not build a server.
    (
        &["feedback-cli", "feedback-examples"],
        &["axum", "hyper", "rusqlite"],
    ),
];

#[test]
fn crates_depend_only_on_lower_layers() {
    let direct = direct_dependencies();
    let listed: BTreeSet<&str> = ORDER.into_iter().collect();
    for (name, dependencies) in &direct {
        let Some(place) = ORDER.iter().position(|other| other == name) else {
            assert!(name == "feedback-testkit", "`{name}` is missing in ORDER");
            continue;
        };
        for dependency in dependencies.iter().filter(|other| other.starts_with("feedback-")) {
            assert!(
                listed.contains(dependency.as_str()) && ORDER[..place].contains(&dependency.as_str()),
                "`{name}` must not depend on `{dependency}`"
            );
        }
    }
}

#[test]
fn crates_have_no_forbidden_dependencies() {
    let all = resolved_dependencies();
    for (names, forbidden) in MUST_NOT_KNOW {
        for name in names {
            let reached = reachable(&all, name);
            for other in forbidden {
                assert!(
                    !reached.contains(*other),
                    "`{name}` must not depend on `{other}`, directly or indirectly"
                );
            }
        }
    }
}

/// The diagram leaves out arrows that follow from others, so what a crate reaches is compared, not its direct dependencies.
#[test]
fn the_diagram_agrees_with_the_dependencies() {
    let of_project = |name: &String| ORDER.contains(&name.as_str()) && name != "feedback-benches";
    let direct = direct_dependencies()
        .into_iter()
        .filter(|(name, _)| of_project(name));
    let direct: BTreeMap<String, BTreeSet<String>> = direct
        .map(|(name, dependencies)| (name, dependencies.into_iter().filter(of_project).collect()))
        .collect();
    let diagram = fs_err::read_to_string(workspace().join("docs/diagrams/crates.mmd")).unwrap();
    let mut drawn: BTreeMap<String, BTreeSet<String>> = direct
        .keys()
        .map(|name| (name.clone(), BTreeSet::new()))
        .collect();
    let arrows = diagram.lines().filter_map(|line| line.trim().split_once(" --> "));
    for (from, targets) in arrows {
        let targets = targets.split(" & ").map(|name| format!("feedback-{name}"));
        drawn
            .get_mut(&format!("feedback-{from}"))
            .unwrap()
            .extend(targets);
    }
    for name in direct.keys() {
        assert_eq!(reachable(&drawn, name), reachable(&direct, name), "{name}");
    }
}

/// The table of the crates in docs/architecture.md: a name at the start of a line, and what the crate uses from column 81 on.
#[test]
fn the_table_names_the_direct_dependencies() {
    let page = fs_err::read_to_string(workspace().join("docs/architecture.md")).unwrap();
    let table = page.split("```text\ncrate ").nth(1).unwrap();
    let table = table.split("```").next().unwrap();
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in table.lines().skip(1) {
        if line.starts_with("feedback-") {
            current = line.split(' ').next().unwrap().to_owned();
        }
        let uses: String = line.chars().skip(81).collect();
        let names = uses
            .split(',')
            .map(|name| name.trim().trim_end_matches('*'))
            .filter(|name| !name.is_empty());
        let uses = named.entry(current.clone()).or_default();
        uses.extend(names.map(|name| format!("feedback-{name}")));
    }
    for (name, dependencies) in direct_dependencies() {
        if ["feedback-testkit", "feedback-benches"].contains(&name.as_str()) {
            continue;
        }
        let of_project = dependencies
            .into_iter()
            .filter(|other| other.starts_with("feedback-"));
        assert_eq!(
            named.remove(&name).unwrap_or_default(),
            of_project.collect(),
            "{name}"
        );
    }
    assert!(named.values().all(BTreeSet::is_empty), "{named:?}");
}

fn metadata(extra: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(extra)
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns the normal dependencies of each package of the workspace, by name. They include optional dependencies, but no
/// development dependencies.
fn direct_dependencies() -> BTreeMap<String, Vec<String>> {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let normal = dependencies
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), normal.collect())
        })
        .collect()
}

/// Returns the normal dependencies of all packages, including external ones, with the default features of the workspace.
fn resolved_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata(&[]);
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let dependencies = node["deps"].as_array().unwrap().iter();
        let normal = dependencies.filter(|dependency| {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            kinds.iter().any(|kind| kind["kind"].is_null())
        });
        let normal = normal.map(|dependency| names[dependency["pkg"].as_str().unwrap()].to_owned());
        all.entry(names[node["id"].as_str().unwrap()].to_owned())
            .or_default()
            .extend(normal);
    }
    all
}

fn reachable<'a>(all: &'a BTreeMap<String, BTreeSet<String>>, start: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = all[start].iter().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(all[name].iter().map(String::as_str));
        }
    }
    found
}
