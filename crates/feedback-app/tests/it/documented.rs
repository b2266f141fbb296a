//! The commands, flags and links in the documents exist.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use feedback_testkit::workspace;

use crate::place::Place;

/// Returns all Markdown files of the project with their texts.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    let mut folders = vec![workspace().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // Files that programs write are not documents.
            if path.is_dir()
                && !name.starts_with('.')
                && !["target", "models", "runs", "data", "reports"].contains(&&*name)
            {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), fs_err::read_to_string(&path).unwrap()))
        .collect()
}

/// Returns the program and the words after it for each command line in a text. Command lines have the form
/// `cargo run … --bin NAME -- …` or `target/release/NAME …`.
fn calls(text: &str) -> Vec<(String, Vec<String>)> {
    let joined = text.replace("\\\n", " ");
    let mut found = Vec::new();
    for line in joined.lines() {
        let words: Vec<String> = line
            .split_whitespace()
            .map(|word| word.trim_matches(|end| "`()|,;".contains(end)).to_owned())
            .collect();
        let bin = words.iter().position(|word| word == "--bin");
        let built = words.iter().position(|word| word.starts_with("target/release/"));
        let (name, rest) = match (bin, built) {
            (Some(at), _) if line.contains("cargo run") => (words.get(at + 1), &words[at..]),
            (_, Some(at)) if !line.starts_with('|') => (words.get(at), &words[at..]),
            _ => continue,
        };
        // `feedback` itself has no flags; the flags belong to its command.
        let command = words.iter().skip_while(|word| *word != "--").nth(1);
        let name = name.map(|name| match name.trim_start_matches("target/release/") {
            "feedback" => command.cloned().unwrap_or_default(),
            name => name.to_owned(),
        });
        let rest = rest.split(|word| ["|", ">", "#"].contains(&word.as_str())).next();
        found.extend(
            name.filter(|name| !name.is_empty())
                .zip(rest.map(<[String]>::to_vec)),
        );
    }
    found
}

#[test]
fn programs_and_flags_in_the_documents_exist() {
    let place = Place::new();
    let mut help: BTreeMap<String, String> = BTreeMap::new();
    let mut flags = 0;
    for (path, text) in documents() {
        for (program, words) in calls(&text) {
            let help = help
                .entry(program.clone())
                .or_insert_with(|| place.run(&format!("{program} --help")).stdout);
            for flag in words
                .iter()
                .filter(|word| word.starts_with("--") && word.len() > 2 && *word != "--bin")
            {
                let flag = flag.split('=').next().unwrap_or(flag);
                let known = help
                    .split_whitespace()
                    .any(|word| word.trim_end_matches(',') == flag);
                // A build without the feature `mlflow` does not have the flag.
                assert!(
                    known || flag == "--mlflow",
                    "{}: `{program}` has no {flag}",
                    path.display()
                );
                flags += 1;
            }
        }
    }
    assert!(
        help.len() >= 9 && flags >= 60,
        "{} programs, {flags} flags",
        help.len()
    );
}

#[test]
fn links_and_scripts_in_the_documents_exist() {
    let mut checked = 0;
    for (path, text) in documents() {
        let folder = path.parent().unwrap();
        for target in links(&text) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() {
                path.clone()
            } else {
                folder.join(file)
            };
            assert!(file.exists(), "{}: there is no `{target}`", path.display());
            if !anchor.is_empty() {
                assert!(
                    has_heading(&file, anchor),
                    "{}: there is no heading `{target}`",
                    path.display()
                );
            }
            checked += 1;
        }
        for script in text.split(|end: char| !(end.is_alphanumeric() || "/._-".contains(end))) {
            let script = script.trim_end_matches('.');
            let named = ["scripts/", "fixtures/", "crates/"]
                .iter()
                .any(|start| script.starts_with(start));
            if named && [".sh", ".py", ".rs"].iter().any(|end| script.ends_with(end)) {
                assert!(
                    workspace().join(script).exists(),
                    "{}: there is no `{script}`",
                    path.display()
                );
                checked += 1;
            }
        }
    }
    assert!(checked >= 60, "{checked}");
}

/// Returns the targets of Markdown links within the project.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://") && !target.contains(char::is_whitespace))
}

/// Returns whether the file has a heading with this anchor. An anchor is the heading in lower case: spaces become hyphens, and all
/// other characters except letters, digits, `-` and `_` are removed.
fn has_heading(file: &Path, anchor: &str) -> bool {
    let text = fs_err::read_to_string(file).unwrap();
    text.lines().filter(|line| line.starts_with('#')).any(|line| {
        let heading = line
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .replace(' ', "-");
        let heading: String = heading
            .chars()
            .filter(|&letter| letter.is_alphanumeric() || "-_".contains(letter))
            .collect();
        heading == anchor
    })
}
