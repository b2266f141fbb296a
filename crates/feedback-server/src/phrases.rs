//! Numbers and sentences in words.

/// Formats a share from 0 to 1 as a percentage.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Makes a sentence of a phrase: the first letter becomes a capital, and a full stop follows.
pub(crate) fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Formats a number with commas between thousands, such as `48,049`.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Says how many texts there are, such as `1 text` or `48,049 texts`.
pub(crate) fn texts(n: u64) -> String {
    count_of(n, "text", "texts")
}

/// Says how many there are of something.
pub(crate) fn count_of(n: u64, one: &str, several: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{} {several}", number(n)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_words() {
        let found = [0, 1, 999, 1_000, 48_049, 1_234_567].map(texts);
        assert_eq!(
            found,
            [
                "0 texts",
                "1 text",
                "999 texts",
                "1,000 texts",
                "48,049 texts",
                "1,234,567 texts"
            ]
        );
        assert_eq!(
            (sentence("it is so"), percent(0.125)),
            ("It is so.".into(), "12.5 %".into())
        );
    }
}
