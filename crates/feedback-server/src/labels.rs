//! How lists of labels are written in words.

/// The name of the texts without labels on pages and in the digest.
pub(crate) const NO_LABEL: &str = "no label";
/// What separates several labels in a cell of a table, as in the output of `predict`.
pub(crate) const SEPARATOR: &str = "; ";

/// Returns the labels as the cell of a table; empty if there are none.
pub(crate) fn cell(labels: &[String]) -> String {
    labels.join(SEPARATOR)
}

/// Returns the labels in words.
pub(crate) fn words(labels: &[String]) -> String {
    match labels {
        [] => NO_LABEL.to_owned(),
        labels => labels.join(", "),
    }
}

/// Returns the names under which a text with these labels counts: its labels, or an empty name if it has none.
pub(crate) fn counted(labels: &[String]) -> impl Iterator<Item = &str> {
    let none = labels.is_empty().then_some("");
    labels.iter().map(String::as_str).chain(none)
}

/// Returns the name of a category; the texts without labels have an empty name in counts.
pub(crate) fn shown(name: &str) -> &str {
    if name.is_empty() { NO_LABEL } else { name }
}

/// Returns whether two names of labels are the same, ignoring case.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
