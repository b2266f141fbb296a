//! Compares the public names of each library with a list, so that names are added or removed only on purpose.
//!
//! `UPDATE_PUBLIC_API=1 cargo test -p feedback-testkit --test it public_api` rewrites the lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use feedback_testkit::workspace;

use super::sources::{Source, crates, is_test, sources};

#[test]
fn public_names_match_the_list() {
    let update = std::env::var_os("UPDATE_PUBLIC_API").is_some();
    for name in crates() {
        let found = public_names(&sources(&name)).join("\n") + "\n";
        let path = list(&name);
        if update {
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, found).unwrap();
            continue;
        }
        let expected = fs_err::read_to_string(&path).unwrap_or_default();
        let (found, expected): (BTreeSet<&str>, BTreeSet<&str>) =
            (found.lines().collect(), expected.lines().collect());
        let added: Vec<_> = found.difference(&expected).collect();
        let removed: Vec<_> = expected.difference(&found).collect();
        assert!(
            added.is_empty() && removed.is_empty(),
            "{name}: added {added:?}, removed {removed:?}; run the test with UPDATE_PUBLIC_API=1 to rewrite the list"
        );
    }
}

fn list(name: &str) -> PathBuf {
    workspace()
        .join("crates/feedback-testkit/public-api")
        .join(format!("{name}.txt"))
}

/// Returns every name that a caller can write after `use`, with its kind, sorted.
fn public_names(sources: &[Source]) -> Vec<String> {
    let by_module: BTreeMap<&[String], &Source> = sources
        .iter()
        .map(|source| (source.module.as_slice(), source))
        .collect();
    let mut names = Vec::new();
    if let Some(root) = by_module.get(&[] as &[String]) {
        collect(&by_module, &[], &root.parsed.items, &mut names);
    }
    names.sort();
    names.dedup();
    names
}

fn collect(
    by_module: &BTreeMap<&[String], &Source>,
    module: &[String],
    items: &[syn::Item],
    names: &mut Vec<String>,
) {
    for item in items {
        let (attributes, visibility) = match item {
            syn::Item::Const(item) => (&item.attrs, &item.vis),
            syn::Item::Enum(item) => (&item.attrs, &item.vis),
            syn::Item::Fn(item) => (&item.attrs, &item.vis),
            syn::Item::Mod(item) => (&item.attrs, &item.vis),
            syn::Item::Static(item) => (&item.attrs, &item.vis),
            syn::Item::Struct(item) => (&item.attrs, &item.vis),
            syn::Item::Trait(item) => (&item.attrs, &item.vis),
            syn::Item::Type(item) => (&item.attrs, &item.vis),
            syn::Item::Use(item) => (&item.attrs, &item.vis),
            _ => continue,
        };
        if matches!(visibility, syn::Visibility::Public(_)) && !is_test(attributes) {
            add(by_module, module, item, names);
        }
    }
}

fn add(
    by_module: &BTreeMap<&[String], &Source>,
    module: &[String],
    item: &syn::Item,
    names: &mut Vec<String>,
) {
    let path = |name: &str| [module, &[name.to_owned()]].concat().join("::");
    let mut push =
        |kind: &str, ident: &syn::Ident| names.push(format!("{} ({kind})", path(&ident.to_string())));
    match item {
        syn::Item::Const(item) => push("const", &item.ident),
        syn::Item::Enum(item) => push("enum", &item.ident),
        syn::Item::Fn(item) => push("fn", &item.sig.ident),
        syn::Item::Static(item) => push("static", &item.ident),
        syn::Item::Struct(item) => push("struct", &item.ident),
        syn::Item::Trait(item) => push("trait", &item.ident),
        syn::Item::Type(item) => push("type", &item.ident),
        syn::Item::Use(item) => used_names(&item.tree, &mut |name| {
            names.push(format!("{} (use)", path(name)))
        }),
        syn::Item::Mod(item) => {
            let inner = [module, &[item.ident.to_string()]].concat();
            match (&item.content, by_module.get(inner.as_slice())) {
                (Some((_, items)), _) => collect(by_module, &inner, items, names),
                (None, Some(source)) => collect(by_module, &inner, &source.parsed.items, names),
                (None, None) => panic!("there is no file for the module {}", inner.join("::")),
            }
        }
        _ => {}
    }
}

fn used_names(tree: &syn::UseTree, add: &mut impl FnMut(&str)) {
    match tree {
        syn::UseTree::Path(path) => used_names(&path.tree, add),
        syn::UseTree::Name(name) => add(&name.ident.to_string()),
        syn::UseTree::Rename(rename) => add(&rename.rename.to_string()),
        syn::UseTree::Glob(_) => add("*"),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| used_names(tree, add)),
    }
}
