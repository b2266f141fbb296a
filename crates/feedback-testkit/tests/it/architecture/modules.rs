//! Checks that the modules of a crate have no cyclic dependencies, so that each module can be read after the modules that it
//! uses.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use super::graph::{Graph, circles};
use super::sources::{Source, crates, is_test, sources};

#[test]
fn modules_have_no_cyclic_dependencies() {
    let mut found = Vec::new();
    for name in crates() {
        for circle in circles(&graph(&sources(&name))) {
            found.push(format!("{name}: {}", circle.join(", ")));
        }
    }
    assert!(
        found.is_empty(),
        "modules that use each other:\n{}",
        found.join("\n")
    );
}

/// Returns the modules that each module uses. Only modules with a separate file count; the crate root is `crate`.
pub(super) fn graph(sources: &[Source]) -> Graph {
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|source| source.module.clone()).collect();
    let mut graph = Graph::new();
    for source in sources {
        let mut uses = Uses {
            own: &source.module,
            scope: source.module.clone(),
            modules: &modules,
            found: BTreeSet::new(),
        };
        uses.visit_file(&source.parsed);
        graph.insert(display(&source.module), uses.found);
    }
    graph
}

fn display(module: &[String]) -> String {
    if module.is_empty() {
        "crate".to_owned()
    } else {
        module.join("::")
    }
}

struct Uses<'a> {
    /// The module of the file.
    own: &'a [String],
    /// The module at which a relative path starts: an inline module of the file, or the module of the file.
    scope: Vec<String>,
    modules: &'a BTreeSet<Vec<String>>,
    found: BTreeSet<String>,
}

impl Uses<'_> {
    fn add(&mut self, path: &[String]) {
        let Some(mut target) = self.resolve(path) else {
            return;
        };
        while !self.modules.contains(&target) {
            target.pop(); // removes the name of an item or of an inline module
        }
        if target != self.own {
            self.found.insert(display(&target));
        }
    }

    /// Returns the path from the crate root; `None` if the path leads out of the crate.
    fn resolve(&self, path: &[String]) -> Option<Vec<String>> {
        let first = path.first()?;
        let (mut start, mut rest) = match first.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (self.scope.clone(), &path[1..]),
            "super" => (self.scope.clone(), path),
            child => {
                let mut target = self.scope.clone();
                target.push(child.to_owned());
                return self
                    .modules
                    .contains(&target)
                    .then(|| [&self.scope, path].concat());
            }
        };
        while rest.first().is_some_and(|part| part == "super") {
            start.pop();
            rest = &rest[1..];
        }
        Some([start, rest.to_vec()].concat())
    }

    fn add_tree(&mut self, prefix: &[String], tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                let next = [prefix, &[path.ident.to_string()]].concat();
                self.add_tree(&next, &path.tree);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(prefix, tree);
                }
            }
            syn::UseTree::Name(name) => self.add_name(prefix, &name.ident),
            syn::UseTree::Rename(rename) => self.add_name(prefix, &rename.ident),
            syn::UseTree::Glob(_) => self.add(prefix),
        }
    }

    fn add_name(&mut self, prefix: &[String], ident: &syn::Ident) {
        if ident == "self" {
            self.add(prefix);
        } else {
            self.add(&[prefix, &[ident.to_string()]].concat());
        }
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            self.scope.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.scope.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.add_tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        // A path of one part is a name in scope, whose import is already counted.
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let parts: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
            self.add(&parts);
        }
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {} // the path in `pub(in path)` is not a use
}
