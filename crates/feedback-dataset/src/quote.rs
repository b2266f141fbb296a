//! Formats lists of names for messages.

use std::borrow::Cow;

/// Returns the names in backticks, separated by commas.
pub(crate) fn quote_all(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_string();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", shown(name))).collect();
    names.join(", ")
}

/// Returns a name as messages show it: with escapes such as `\u{0}` in place of control characters, which could change what a
/// terminal shows.
pub(crate) fn shown(name: &str) -> Cow<'_, str> {
    if !name.contains(char::is_control) {
        return Cow::Borrowed(name);
    }
    let shown = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    Cow::Owned(name.chars().map(shown).collect())
}

/// Maximum number of names that [`quote_some`] shows.
const MAX_NAMES: usize = 10;
/// Maximum number of characters that [`quote_some`] shows of each name.
const MAX_CHARACTERS: usize = 40;

/// Like [`quote_all`], but shows only the first names and shortens long ones, because a row can have very many fields.
pub(crate) fn quote_some(names: &[String]) -> String {
    let shorten = |name: &String| match name.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.clone(),
    };
    let some: Vec<String> = names.iter().take(MAX_NAMES).map(shorten).collect();
    match names.len() - some.len() {
        0 => quote_all(&some),
        more => format!("{} and {more} more", quote_all(&some)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_and_long_names_are_shortened() {
        let names: Vec<String> = (0..80_000).map(|n| format!("{n}{}", "é".repeat(100))).collect();
        let shown = quote_some(&names);
        assert!(
            shown.starts_with("`0é") && shown.ends_with("and 79990 more"),
            "{shown}"
        );
        assert!(shown.len() < 1000);
        assert_eq!(quote_some(&names[..0]), "none");
    }

    #[test]
    fn control_characters_are_escaped() {
        let names = ["a\0\u{1b}[1m".to_string(), "grüße 😀".to_string()];
        assert_eq!(quote_all(&names), "`a\\u{0}\\u{1b}[1m`, `grüße 😀`");
    }
}
