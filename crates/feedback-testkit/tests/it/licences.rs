//! Checks that `deny.toml` allows the licences and the sources of all crates.
//!
//! `cargo deny check` does this and more, but it needs a separate program and a database of advisories.

use std::collections::{BTreeSet, HashMap};
use std::process::Command;

use feedback_testkit::workspace;
use spdx::{Expression, ParseMode};

/// The rules of `deny.toml`.
struct Rules {
    allowed: BTreeSet<String>,
    /// Additional allowed licences, by crate.
    exceptions: HashMap<String, BTreeSet<String>>,
}

impl Rules {
    fn read() -> Self {
        let text = fs_err::read_to_string(workspace().join("deny.toml")).unwrap();
        let file: toml::Table = text.parse().unwrap();
        let names = |list: &toml::Value| {
            let list = list.as_array().unwrap().iter();
            list.map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let licenses = &file["licenses"];
        let exceptions = licenses["exceptions"].as_array().unwrap().iter();
        Self {
            allowed: names(&licenses["allow"]),
            exceptions: exceptions
                .map(|one| (one["crate"].as_str().unwrap().to_owned(), names(&one["allow"])))
                .collect(),
        }
    }

    /// Returns why a package is not allowed; `None` if it is allowed.
    fn problem(&self, package: &Package) -> Option<String> {
        let Package {
            name,
            repository,
            licence,
        } = package;
        if let Some(repository) = repository {
            return Some(format!("{name} comes from {repository}"));
        }
        let further = self.exceptions.get(name);
        let is_allowed =
            |id: &str| self.allowed.contains(id) || further.is_some_and(|more| more.contains(id));
        match Expression::parse_mode(licence, ParseMode::LAX) {
            Ok(expression)
                if expression.evaluate(|one| one.license.id().is_some_and(|id| is_allowed(id.name))) =>
            {
                None
            }
            Ok(_) => Some(format!("{name}: `{licence}` is not allowed")),
            Err(error) => Some(format!("{name}: `{licence}` cannot be read: {error}")),
        }
    }
}

/// A crate of the default build.
struct Package {
    name: String,
    /// The address of the repository, if the crate does not come from the registry.
    repository: Option<String>,
    licence: String,
}

impl Package {
    /// Parses a line of `cargo tree`: `name v1.2.3 (source)`, a tab, and the licence.
    fn parse(line: &str) -> Self {
        let (package, licence) = line.split_once('\t').unwrap();
        let name = package.split(' ').next().unwrap().to_owned();
        let repository = package
            .split_once("(http")
            .map(|(_, rest)| format!("http{}", rest.trim_end_matches(')')));
        let licence = licence.trim_end_matches(" (*)").trim().to_owned();
        Self {
            name,
            repository,
            licence,
        }
    }
}

/// Returns the crates of the default build on all platforms. (`cargo metadata` would also list the crates that only other
/// features need.)
fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--target", "all", "--locked", "--offline"])
        .args(["--prefix", "none", "--format", "{p}\t{l}"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: BTreeSet<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.into_iter().map(Package::parse).collect()
}

#[test]
fn every_crate_is_allowed() {
    let rules = Rules::read();
    let packages = packages();
    assert!(packages.len() > 100, "{}", packages.len());
    let problems: Vec<String> = packages
        .iter()
        .filter_map(|package| rules.problem(package))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn other_licences_and_sources_are_reported() {
    let rules = Rules::read();
    let problem = |line: &str| rules.problem(&Package::parse(line));
    assert_eq!(problem("a v1.0.0\tMIT/Apache-2.0"), None);
    assert_eq!(problem("a v1.0.0 (proc-macro)\tGPL-3.0 OR MIT (*)"), None);
    assert!(problem("a v1.0.0\tGPL-3.0").is_some());
    assert!(problem("a v1.0.0\tMIT AND GPL-3.0").is_some());
    assert!(problem("a v1.0.0\t").is_some());
    let foreign = problem("a v1.0.0 (https://example.org/a#abc)\tMIT").unwrap();
    assert!(foreign.contains("https://example.org/a"), "{foreign}");
}
