//! What to do next is a method of an error, `hint()`, and not a part of its message: only programs know their flags.

use feedback_testkit::workspace;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::sources::{crates, is_test, sources};

/// Crates that print errors, and the tests' own crate.
const PROGRAMS: [&str; 3] = ["feedback-app", "feedback-cli", "feedback-testkit"];
/// How a hint begins where a program prints it.
const HINT: &str = "hint: ";

#[test]
fn messages_of_libraries_have_no_hints() {
    let mut found = Vec::new();
    let libraries = crates()
        .into_iter()
        .filter(|name| !PROGRAMS.contains(&name.as_str()));
    for source in libraries.flat_map(|name| sources(&name)) {
        if source.module.iter().any(|name| name == "tests") {
            continue;
        }
        let place = source.path.strip_prefix(workspace()).unwrap().display();
        for line in hints(&source.parsed) {
            found.push(format!("{place}:{line}"));
        }
    }
    assert!(
        found.is_empty(),
        "hints in messages, to be moved into a method `hint()` of the error:\n{}",
        found.join("\n")
    );
}

#[test]
fn hints_are_found_in_attributes_macros_and_literals() {
    let file = syn::parse_file(
        r#"
            #[error("no row\nhint: add one")]
            struct Attribute;
            /// A doc comment may say `hint: this`.
            fn macro_and_literal() {
                let first = format!("{x}\n\
                    hint: another");
                let second = "hint: a third";
                let field = Error { hint: "not this one" };
            }
            #[cfg(test)]
            mod tests {
                const TEXT: &str = "hint: nor this one";
            }
        "#,
    );
    assert_eq!(hints(&file.unwrap()), [2, 6, 8]);
}

/// Returns the line of each attribute `#[error(…)]`, macro and string literal outside tests that contains a hint.
fn hints(file: &syn::File) -> Vec<usize> {
    let mut found = Hints(Vec::new());
    found.visit_file(file);
    found.0
}

struct Hints(Vec<usize>);

impl Hints {
    /// Adds the line of `at` if `text` contains a hint. In the text of tokens, a field `hint` is followed by ` :`.
    fn add(&mut self, text: &str, at: &impl Spanned) {
        if text.contains(HINT) {
            self.0.push(at.span().start().line);
        }
    }
}

impl<'ast> Visit<'ast> for Hints {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta
            && attribute.path().is_ident("error")
        {
            self.add(&list.tokens.to_string(), attribute);
        }
    }

    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        self.add(&found.tokens.to_string(), found);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.add(&literal.value(), literal);
    }
}
