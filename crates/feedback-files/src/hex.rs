//! Converts bytes to and from hexadecimal digits.

/// Returns bytes as lower-case hexadecimal digits, two for each byte.
///
/// ```
/// assert_eq!(feedback_files::to_hex(&[0, 171]), "00ab");
/// ```
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Parses hexadecimal digits in upper or lower case. Returns `None` if there is any other character or an odd number of digits.
///
/// ```
/// assert_eq!(feedback_files::from_hex("00aB"), Some(vec![0, 171]));
/// assert_eq!(feedback_files::from_hex("+1"), None);
/// ```
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|&[high, low]| u8::try_from(digit(high)? << 4 | digit(low)?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_not_hexadecimal_is_refused() {
        for text in ["0", "0g", "é", "ab ", " a", "\u{ff}0"] {
            assert_eq!(from_hex(text), None, "{text}");
        }
        assert_eq!(from_hex(""), Some(Vec::new()));
    }
}
