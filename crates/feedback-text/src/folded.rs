//! The form in which labels that probably mean the same are equal.

use unicode_normalization::UnicodeNormalization;

use crate::visible::is_zero_width;

/// Folds case, white space, zero-width characters, the Unicode form and the digits of numbers: two labels with the same result are
/// probably two spellings of one label.
///
/// ```
/// use feedback_text::folded;
///
/// assert_eq!(folded(" Bug\u{200B}  report"), folded("bug report"));
/// assert_eq!(folded("Straße"), folded("STRASSE"));
/// assert_eq!(folded("007"), folded("7.0"));
/// ```
#[must_use]
pub fn folded(label: &str) -> String {
    let is_kept = |character: &char| character.is_whitespace() || !is_zero_width(*character);
    let visible: String = label.nfkc().filter(is_kept).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let folded = without_case(&words.join(" "));
    number(&folded).unwrap_or(folded)
}

/// Folds case fully: `ß` is the small form of `SS`, and both small sigmas are that of `Σ`. The dotless `ı` stays another letter
/// than `i`, although both have the capital `I`.
fn without_case(text: &str) -> String {
    let small = text.to_lowercase();
    let parts = small.split('ı').map(|part| part.to_uppercase().to_lowercase());
    parts.collect::<Vec<String>>().join("ı")
}

/// Returns a decimal number without zeros that do not change its value.
fn number(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Some(match fraction.trim_end_matches('0') {
        "" if whole == "0" => "0".to_string(),
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    })
}
