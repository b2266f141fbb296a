//! Reads and parses the Rust sources of the crates below `crates/`.

use std::path::{Path, PathBuf};

use feedback_testkit::workspace;

/// One source file below the `src` folder of a crate.
pub(super) struct Source {
    /// The path of the file, which begins with [`workspace`].
    pub path: PathBuf,
    /// The path of the file's module from the crate root, such as `["split", "size"]`; empty for `lib.rs`.
    pub module: Vec<String>,
    pub text: String,
    pub parsed: syn::File,
}

/// Returns the names of the crates below `crates/`, sorted.
pub(super) fn crates() -> Vec<String> {
    let entries = fs_err::read_dir(workspace().join("crates")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Returns all source files of a crate, sorted by path.
pub(super) fn sources(name: &str) -> Vec<Source> {
    let root = workspace().join("crates").join(name).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    paths.into_iter().map(|path| read(&root, path)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

fn read(root: &Path, path: PathBuf) -> Source {
    let text = fs_err::read_to_string(&path).unwrap();
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let inner = path.strip_prefix(root).unwrap().with_extension("");
    let mut module: Vec<String> = inner
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if module
        .last()
        .is_some_and(|last| last == "mod" || module.len() == 1 && last == "lib")
    {
        module.pop();
    }
    Source {
        path,
        module,
        text,
        parsed,
    }
}

/// Returns true for `#[test]`, `#[cfg(test)]` and similar conditions, such as `#[cfg(all(test, unix))]`.
pub(super) fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else {
            return attribute.path().is_ident("test");
        };
        let words = list.tokens.to_string();
        attribute.path().is_ident("cfg")
            && words
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| word == "test")
            && !words.starts_with("not")
    })
}
