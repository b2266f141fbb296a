//! Limits on the size of files, functions and crates.

use feedback_testkit::workspace;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::sources::{Source, crates, is_test, sources};

const MAX_FILE_LINES: usize = 450;
const MAX_FUNCTION_LINES: usize = 60;
const MAX_CRATE_LINES: usize = 9000;

#[test]
fn files_and_functions_are_short() {
    let mut too_long = Vec::new();
    for source in crates().iter().flat_map(|name| sources(name)) {
        let place = source
            .path
            .strip_prefix(workspace())
            .unwrap()
            .display()
            .to_string();
        let lines = source.text.lines().count();
        if lines > MAX_FILE_LINES {
            too_long.push(format!("{place}: {lines} lines, at most {MAX_FILE_LINES}"));
        }
        for (name, line, length) in functions(&source) {
            if length > MAX_FUNCTION_LINES {
                too_long.push(format!(
                    "{place}:{line}: `{name}` has {length} lines, at most {MAX_FUNCTION_LINES}"
                ));
            }
        }
    }
    assert!(
        too_long.is_empty(),
        "files and functions to split:\n{}",
        too_long.join("\n")
    );
}

#[test]
fn crates_are_small() {
    for name in crates().iter().filter(|name| *name != "feedback-server") {
        let lines: usize = sources(name).iter().map(lines_outside_tests).sum();
        assert!(
            lines <= MAX_CRATE_LINES,
            "{name}: {lines} lines, at most {MAX_CRATE_LINES}"
        );
    }
}

/// Returns the number of lines of a file without its test modules; 0 if the whole file is a test module.
fn lines_outside_tests(source: &Source) -> usize {
    let is_tests = |name: &String| name == "tests" || name.starts_with("tests_");
    if source.module.last().is_some_and(is_tests) {
        return 0;
    }
    let tests = source.parsed.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if is_test(&module.attrs) => Some(module.span()),
        _ => None,
    });
    let in_tests: usize = tests.map(|span| span.end().line + 1 - span.start().line).sum();
    source.text.lines().count() - in_tests
}

/// Returns name, first line and number of lines of each function outside tests.
fn functions(source: &Source) -> Vec<(String, usize, usize)> {
    let mut found = Functions(Vec::new());
    found.visit_file(&source.parsed);
    found.0
}

struct Functions(Vec<(String, usize, usize)>);

impl Functions {
    fn add(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (first, last) = (signature.span().start().line, block.span().end().line);
        self.0
            .push((signature.ident.to_string(), first, last + 1 - first));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            self.add(&item.sig, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.add(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
