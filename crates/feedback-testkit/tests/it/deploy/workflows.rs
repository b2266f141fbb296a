//! The workflows call scripts and commands that exist, with the least permissions.

use std::collections::BTreeSet;

use feedback_testkit::workspace;
use serde_json::Value;

use super::files::{below, each_string, text, values_of, words, yaml};

/// Returns the name and content of each workflow.
fn workflows() -> Vec<(String, Value)> {
    let names = below(".github/workflows").into_iter().map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let content = yaml(&format!(".github/workflows/{name}"));
        (name, content)
    });
    names.collect()
}

#[test]
fn scripts_in_workflows_exist() {
    let mut called = BTreeSet::new();
    for (name, workflow) in workflows() {
        for run in values_of("run", &workflow).into_iter().filter_map(Value::as_str) {
            let is_part = |letter: char| letter.is_alphanumeric() || "/._-".contains(letter);
            for script in [words(run, "scripts/", is_part), words(run, ".ci/", is_part)].concat() {
                assert!(workspace().join(script).is_file(), "{name}: no {script}");
                called.insert(script.to_owned());
            }
        }
    }
    assert!(called.contains(".ci/run") && called.len() >= 6, "{called:?}");
}

#[test]
fn the_tests_on_other_systems_are_those_of_the_readme() {
    // .ci/run takes the command from README.md, too.
    let readme = text("README.md");
    let command = readme
        .lines()
        .find(|line| line.starts_with("cargo test "))
        .unwrap();
    let ci = yaml(".github/workflows/ci.yml");
    let job = &ci["jobs"]["other-systems"];
    assert_eq!(job["steps"][2]["run"], command);
    assert!(job["strategy"]["matrix"]["os"].as_array().unwrap().len() >= 2);
}

#[test]
fn every_fuzz_target_runs_every_week() {
    let manifest: toml::Table = text("fuzz/Cargo.toml").parse().unwrap();
    let programs = manifest["bin"].as_array().unwrap().iter();
    let targets: BTreeSet<&str> = programs
        .map(|program| program["name"].as_str().unwrap())
        .collect();
    let weekly = yaml(".github/workflows/weekly.yml");
    let matrix = weekly["jobs"]["fuzz"]["strategy"]["matrix"]["target"]
        .as_array()
        .unwrap();
    assert_eq!(
        matrix.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>(),
        targets
    );
}

#[test]
fn workflows_have_the_least_permissions_and_pinned_actions() {
    for (name, workflow) in workflows() {
        let permissions = workflow["permissions"].as_object();
        let expected = serde_json::json!({ "contents": "read" });
        assert_eq!(permissions, expected.as_object(), "{name}");
        for action in values_of("uses", &workflow) {
            let action = action.as_str().unwrap();
            let version = action.split_once("@v").map(|(_, version)| version.parse::<u32>());
            assert!(
                matches!(version, Some(Ok(_))),
                "{name}: {action} is not pinned to a major version"
            );
        }
        for job in workflow["jobs"].as_object().unwrap().values() {
            assert!(job["timeout-minutes"].is_u64(), "{name}: a job has no time limit");
        }
        each_string(&workflow, &mut |value| {
            assert!(
                !value.contains("pull_request_target"),
                "{name}: runs foreign code with secrets"
            );
        });
    }
}

#[test]
fn dependabot_watches_every_lock_file() {
    let settings = yaml(".github/dependabot.yml");
    let folders = settings["updates"][0]["directories"].as_array().unwrap();
    for folder in folders.iter().filter_map(Value::as_str) {
        assert!(
            workspace()
                .join(folder.trim_start_matches('/'))
                .join("Cargo.toml")
                .is_file(),
            "{folder}"
        );
    }
    let locks = ["", "fuzz", "oracle", "outside"].map(|folder| format!("/{folder}"));
    assert_eq!(
        folders.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>(),
        locks.iter().map(String::as_str).collect()
    );
}
