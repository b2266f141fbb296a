//! The environment variables, flags and settings in the files for deployment exist.

use std::collections::BTreeSet;

use feedback_testkit::workspace;
use serde_json::Value;

use super::files::{below, text, words, yaml};

/// Returns the environment variables that the programs read: the names in `env = "…"` of their arguments.
fn variables() -> BTreeSet<String> {
    let sources = below("crates");
    let sources = sources
        .iter()
        .filter(|path| path.components().any(|part| part.as_os_str() == "src"));
    let mut all = BTreeSet::new();
    for source in sources.filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let content = fs_err::read_to_string(source).unwrap();
        for rest in content.split("env = \"").skip(1) {
            all.insert(rest.split('"').next().unwrap().to_owned());
        }
    }
    all
}

/// Returns the flags of `serve` in the table of docs/server.md.
fn flags() -> BTreeSet<String> {
    let page = text("docs/server.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `--"));
    let names = rows.filter_map(|row| row.split([' ', '`']).next());
    names.map(|name| format!("--{name}")).collect()
}

/// Returns the variables named in a text.
fn named_variables(content: &str) -> Vec<&str> {
    words(content, "FEEDBACK_", |letter| {
        letter.is_ascii_uppercase() || letter == '_'
    })
}

#[test]
fn every_environment_variable_exists() {
    let known = variables();
    assert!(
        known.contains("FEEDBACK_STATE_DIR") && known.len() > 20,
        "{known:?}"
    );
    let mut named = 0;
    let files = [below("deploy"), vec![workspace().join("docs/setup.md")]].concat();
    for path in files {
        for name in named_variables(&fs_err::read_to_string(&path).unwrap()) {
            assert!(
                known.contains(name),
                "{}: no program reads {name}",
                path.display()
            );
            named += 1;
        }
    }
    assert!(named >= 8, "{named}");
}

#[test]
fn every_flag_and_every_setting_exists() {
    let known = flags();
    assert!(known.len() > 15, "{known:?}");
    let check =
        |place: &str, flag: &str| assert!(known.contains(flag) || flag == "--config", "{place}: no {flag}");

    let deployment = yaml("deploy/kubernetes/deployment.yaml");
    let arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
        .as_array()
        .unwrap();
    assert_eq!(arguments[0], "serve");
    let used = arguments
        .iter()
        .filter_map(Value::as_str)
        .filter(|word| word.starts_with("--"));
    used.for_each(|flag| check("deployment.yaml", flag));

    let unit = text("deploy/systemd/feedback.service");
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="))
        .unwrap();
    assert!(start.starts_with("/usr/bin/feedback serve "), "{start}");
    for flag in start.split(' ').filter(|word| word.starts_with("--")) {
        check("feedback.service", flag);
    }

    // A setting that is commented out is an example.
    let settings = text("deploy/systemd/serve.toml");
    let lines = settings
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once(" = "));
    let keys: Vec<&str> = lines.map(|(key, _)| key).collect();
    assert!(keys.len() >= 6, "{keys:?}");
    for key in keys {
        check("serve.toml", &format!("--{}", key.replace('_', "-")));
    }
}
