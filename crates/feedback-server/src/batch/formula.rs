//! Cells that a spreadsheet would run.

use std::borrow::Cow;

/// The cell as a spreadsheet shows it without running it: where it would be taken for a formula, an apostrophe stands
/// before it.
///
/// A spreadsheet runs what begins with `=`, `+`, `-`, `@`, a tab or a line break, and in some locales with the full-width
/// forms of these signs. Numbers such as `-5` stay numbers.
pub(crate) fn harmless(cell: &str) -> Cow<'_, str> {
    let risky = cell.trim_start_matches(' ').chars().next().is_some_and(|first| {
        matches!(
            first,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠' | '\u{2212}' | '\u{feff}'
        )
    });
    if risky && cell.parse::<f64>().is_err() {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_all_else_stays() {
        for risky in [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "＝1+1",
            "＋1a",
            "－1a",
            "＠a",
            "-",
        ] {
            assert_eq!(harmless(risky), format!("'{risky}"), "{risky:?}");
        }
        for plain in ["", "a=b", "-5", "+3.5", "-1e9", "it's", "ok - fine"] {
            assert_eq!(harmless(plain), plain);
        }
    }
}
