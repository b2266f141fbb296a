//! Names as messages show them.

/// The names in backticks, separated by commas.
pub(crate) fn quote_all(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_string();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
