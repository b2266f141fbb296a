//! Cells that a spreadsheet would run as formulas.

use std::borrow::Cow;

/// Puts an apostrophe before a cell that a spreadsheet would run as a formula. Other cells are returned unchanged.
///
/// A spreadsheet may run a cell that starts with `=`, `+`, `-`, `@`, a tab or a line break, or in some locales with a full-width
/// form of these characters. Numbers such as `-5` are not changed.
pub(crate) fn escape_formula(cell: &str) -> Cow<'_, str> {
    let first = cell.trim_start_matches(' ').chars().next();
    let separates = first.is_some_and(|first| matches!(first, '\t' | '\r' | '\n' | '\u{feff}'));
    let seen = cell.trim_start_matches(invisible).chars().next();
    let begins = seen.is_some_and(|seen| {
        matches!(
            seen,
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\u{2212}'
        )
    });
    if (separates || begins) && !is_number(cell) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Returns whether programs may skip this character before a formula.
fn invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{feff}')
}

/// Returns whether a cell is a plain number. `+inf` is not: spreadsheets read it as a name.
fn is_number(cell: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    cell.bytes().all(plain) && cell.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_escaped_and_other_cells_are_unchanged() {
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
            "+inf",
            "-NaN",
            "\u{a0}=1",
            "\u{200b}=1",
            "\u{0}=1",
        ] {
            assert_eq!(escape_formula(risky), format!("'{risky}"), "{risky:?}");
        }
        for plain in ["", "a=b", "-5", "+3.5", "-1e9", "it's", "ok - fine"] {
            assert_eq!(escape_formula(plain), plain);
        }
    }
}
