//! Cells that a spreadsheet would run as formulas.

use std::borrow::Cow;

/// Puts an apostrophe before a cell that a spreadsheet would run as a formula. Other cells are returned unchanged.
///
/// A spreadsheet may run a cell that starts with `=`, `+`, `-`, `@`, a tab or a line break. In some locales, it may also run a
/// cell that starts with a full-width form of these characters. Plain numbers of any locale, such as `-5`, `-1.234,56` or `+3
/// 000`, are not changed, also with a currency or a percent sign.
///
/// ```
/// use feedback_formats::write::escape_formula;
///
/// assert_eq!(escape_formula("=1+1"), "'=1+1");
/// assert_eq!(escape_formula("-1.234,56"), "-1.234,56");
/// ```
#[must_use]
pub fn escape_formula(cell: &str) -> Cow<'_, str> {
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

/// The signs of currencies that people write beside amounts.
const CURRENCIES: [char; 8] = ['$', '€', '£', '¥', '₹', '₩', '₽', '₺'];

/// Returns whether programs may skip this character before a formula.
fn invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{feff}')
}

/// Returns whether a cell is a plain number: a sign, digits that may be grouped, at most one decimal separator, and an exponent; before or
/// after it, there may be a currency, and after it a percent sign. `+inf` is not a number, because spreadsheets read it as a name.
/// `-2-3` is a calculation.
fn is_number(cell: &str) -> bool {
    let unsigned = cell.strip_prefix(['+', '-', '\u{2212}']).unwrap_or(cell);
    let unsigned = unsigned.strip_prefix(CURRENCIES).unwrap_or(unsigned);
    let without_unit = unsigned
        .strip_suffix('%')
        .or_else(|| unsigned.strip_suffix(CURRENCIES));
    let unsigned = without_unit.map_or(unsigned, |number| {
        number.strip_suffix([' ', '\u{a0}', '\u{202f}']).unwrap_or(number)
    });
    let (number, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Between groups of digits there is one separator: a full stop, comma, apostrophe, or a space of some kind.
    all_digits(exponent)
        && number
            .split(['.', ',', '\'', '’', ' ', '\u{a0}', '\u{202f}'])
            .enumerate()
            .all(|(place, group)| all_digits(group) || place == 0 && group.is_empty() && number.len() > 1)
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
            "-1-1",
            "+1+2",
            "-1..2",
            "-,",
            "-1e",
            "\u{a0}=1",
            "\u{200b}=1",
            "\u{0}=1",
            "-5 % of A1",
            "-$A$1",
            "-€",
            "\u{2212}A1",
        ] {
            assert_eq!(escape_formula(risky), format!("'{risky}"), "{risky:?}");
        }
        for plain in [
            "",
            "a=b",
            "-5",
            "+3.5",
            "-1e9",
            "it's",
            "ok - fine",
            "-1.234,56",
            "-1,234.56",
            "+3 000",
            "-1’000.5",
            "-.5",
            "+1\u{202f}000,0",
            "-1.5E-7",
            "\u{2212}5,00",
            "-12 %",
            "-12%",
            "-5.00 €",
            "-€5",
            "-$1,234.50",
        ] {
            assert_eq!(escape_formula(plain), plain);
        }
    }
}
