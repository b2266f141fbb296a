//! Checks that the page of a crate begins with its README, so that the two cannot differ, and that the example of the README
//! is a test.

use feedback_testkit::workspace;

use super::sources::{crates, sources};

/// These contain programs, not a library for other projects; their README shows commands.
const PROGRAMS: [&str; 1] = ["feedback-app"];

#[test]
fn the_page_of_each_crate_begins_with_its_readme() {
    for name in crates() {
        let sources = sources(&name);
        let root = sources.iter().find(|source| source.module.is_empty()).unwrap();
        assert!(
            begins_with_readme(&root.parsed),
            "{name}: `src/lib.rs` must begin with `#![doc = include_str!(\"../README.md\")]`"
        );
    }
}

#[test]
fn the_readme_of_each_library_has_an_example_with_an_assertion() {
    for name in crates().iter().filter(|name| !PROGRAMS.contains(&name.as_str())) {
        let path = workspace().join("crates").join(name).join("README.md");
        let readme = fs_err::read_to_string(path).unwrap();
        assert!(
            has_asserting_example(&readme),
            "{name}: README.md needs an example that runs as a test and asserts something"
        );
    }
}

fn begins_with_readme(root: &syn::File) -> bool {
    let Some(syn::Meta::NameValue(first)) = root.attrs.first().map(|attribute| &attribute.meta) else {
        return false;
    };
    let syn::Expr::Macro(value) = &first.value else {
        return false;
    };
    first.path.is_ident("doc")
        && value.mac.path.is_ident("include_str")
        && value.mac.tokens.to_string() == "\"../README.md\""
}

/// Returns whether a block of Rust that runs as a test has an assertion.
fn has_asserting_example(readme: &str) -> bool {
    let blocks = readme.split("```rust\n").skip(1);
    blocks
        .filter_map(|rest| rest.split("```").next())
        .any(|code| code.contains("assert"))
}

#[test]
fn other_pages_are_found() {
    let page = |text: &str| begins_with_readme(&syn::parse_file(text).unwrap());
    assert!(page("#![doc = include_str!(\"../README.md\")]\n//! More.\n"));
    assert!(!page("//! A page.\n"));
    assert!(!page("#![doc = include_str!(\"../OTHER.md\")]\n"));
    assert!(!page(
        "#[cfg(doctest)]\n#[doc = include_str!(\"../README.md\")]\nstruct Readme;\n"
    ));
}

#[test]
fn examples_without_assertions_are_found() {
    assert!(has_asserting_example("```rust\nassert!(true);\n```\n"));
    assert!(!has_asserting_example("```rust\nlet x = 1;\n```\nassert\n"));
    assert!(!has_asserting_example("```rust,no_run\nassert!(true);\n```\n"));
}
