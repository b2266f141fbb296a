//! Folds case, width, accents, punctuation and white space, so that similar texts become equal.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Folds case, width, accents, punctuation and white space.
///
/// In this order:
///
/// 1. Unicode compatibility decomposition (NFKD): full-width letters, ligatures, superscripts and
///    similar characters become plain ones, accents become separate marks.
/// 2. Lower case; `ß` becomes `ss` and `ς` becomes `σ`.
/// 3. Accents are removed: marks of combining class 200 or more, which are those above, below or through
///    a letter. Vowel signs, viramas and tone marks of Indic and South-East Asian scripts, Hebrew points and
///    Arabic vowel marks distinguish words and are kept. Variation selectors and invisible format characters
///    are removed.
/// 4. Apostrophes are removed (`don't` becomes `dont`). Every other sequence of punctuation (Unicode category
///    P), control characters and white space becomes one space, or nothing at the ends. Symbols are kept, such
///    as emoji and `+`.
/// 5. Canonical composition (NFC).
///
/// A text that is only punctuation becomes the empty string. To compare texts use [`comparison_key`], which
/// handles this case.
///
/// # Examples
///
/// ```
/// use feedback_text::normalise;
///
/// assert_eq!(normalise("  It's   CRASHING…\tagain! "), "its crashing again");
/// assert_eq!(normalise("Café Ｃｒａｓｈ"), "cafe crash");
/// assert_ne!(normalise("I use C++"), normalise("I use C"));
/// ```
#[must_use]
pub fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return normalise_ascii(text);
    }
    let mut folded = Folded::with_capacity(text.len());
    for character in text.nfkd() {
        if character.is_ascii() {
            folded.fold_ascii(character as u8);
            continue;
        }
        for lower in character.to_lowercase() {
            match lower {
                'ß' => {
                    folded.keep('s');
                    folded.keep('s');
                }
                'ς' => folded.keep('σ'),
                _ => folded.fold(lower),
            }
        }
    }
    folded.text.nfc().collect()
}

/// Returns the key for finding normalised duplicates: two texts are duplicates if their keys are equal. The key is the
/// normalised text, or the text itself if the normalised text is empty.
#[must_use]
pub fn comparison_key(text: &str) -> Cow<'_, str> {
    let normalised = normalise(text);
    if normalised.is_empty() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(normalised)
    }
}

/// Returns a 64-bit hash of the [`comparison_key`] of a text: the first 8 bytes of the SHA-256 of the key in UTF-8, read as a
/// big-endian number.
///
/// The hash is the same on every machine, and in every version as long as [`normalise`] does not change, so it can be
/// stored. For a million different texts, the probability that any two have the same hash is about 3 in 100 million.
#[cfg(feature = "files")]
#[must_use]
pub fn fingerprint(text: &str) -> u64 {
    let hash = feedback_files::sha256(comparison_key(text).as_bytes());
    let [a, b, c, d, e, f, g, h, ..] = hash;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// [`normalise`] for ASCII text, without Unicode tables.
fn normalise_ascii(text: &str) -> String {
    let mut folded = Folded::with_capacity(text.len());
    text.bytes().for_each(|byte| folded.fold_ascii(byte));
    folded.text
}

/// The replacement of each ASCII character: the character in lower case, [`GAP`], or [`NOTHING`].
const ASCII: [u8; 128] = {
    let mut table = [GAP; 128];
    let mut byte = 0;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'A'..=b'Z' => byte + 32,
            b'a'..=b'z' | b'0'..=b'9' | b'$' | b'+' | b'<' | b'=' | b'>' | b'^' | b'`' | b'|' | b'~' => byte,
            b'\'' => NOTHING,
            _ => GAP,
        };
        byte += 1;
    }
    table
};
const GAP: u8 = 0;
const NOTHING: u8 = 1;

/// The folded text so far.
struct Folded {
    text: String,
    /// Whether a space must be added before the next character.
    gap: bool,
}

impl Folded {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            text: String::with_capacity(capacity),
            gap: false,
        }
    }

    #[inline]
    fn keep(&mut self, character: char) {
        if self.gap {
            self.gap = false;
            if !self.text.is_empty() {
                self.text.push(' ');
            }
        }
        self.text.push(character);
    }

    fn gap(&mut self) {
        self.gap = true;
    }

    fn fold_ascii(&mut self, byte: u8) {
        match ASCII[usize::from(byte & 127)] {
            GAP => self.gap(),
            NOTHING => {}
            kept => self.keep(char::from(kept)),
        }
    }

    fn fold(&mut self, character: char) {
        if is_apostrophe(character)
            || canonical_combining_class(character) >= 200
            || is_variation_selector(character)
        {
            return;
        }
        match character.general_category() {
            GeneralCategory::Format => {}
            GeneralCategory::Control => self.gap(),
            _ => match character.general_category_group() {
                GeneralCategoryGroup::Punctuation | GeneralCategoryGroup::Separator => self.gap(),
                _ => self.keep(character),
            },
        }
    }
}

/// Typewriter, typographic and modifier-letter apostrophes.
fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{02BC}')
}

fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_after_folding() {
        let same = [
            ("It crashes", "IT CRASHES"),
            ("It crashes", "it  crashes\n"),
            ("It crashes", "It crashes!!!"),
            ("It crashes", "«It — crashes…»"),
            ("dont", "don’t"),
            ("don't", "don’t"),
            ("naïve café", "naive cafe"),
            ("naïve", "nai\u{308}ve"),
            ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
            ("STRASSE", "Straße"),
            ("ΟΔΟΣ", "οδος"),
            ("ﬁne", "fine"),
            ("İstanbul", "istanbul"),
            ("zero\u{200B}width", "zerowidth"),
            ("❤\u{FE0F} it", "❤ it"),
            ("wait... what", "wait, what?"),
            ("고맙습니다", "고맙습니다"),
        ];
        for (a, b) in same {
            assert_eq!(normalise(a), normalise(b), "{a} / {b}");
        }
    }

    #[test]
    fn different_after_folding() {
        let different = [
            ("C++", "C"),
            ("ok 👍", "ok"),
            ("👍", "👎"),
            ("a b", "ab"),
            ("v1.5", "v15"),
            ("$5", "€5"),
            ("कि", "की"),
            ("ปา", "ป่า"),
        ];
        for (a, b) in different {
            assert_ne!(normalise(a), normalise(b), "{a} / {b}");
        }
    }

    #[test]
    fn texts_that_normalise_to_nothing_are_compared_exactly() {
        assert_eq!(normalise("?!"), "");
        assert_ne!(comparison_key("?!"), comparison_key("!!"));
        assert_ne!(fingerprint("?!"), fingerprint("!!"));
        assert_eq!(comparison_key("?!"), "?!");
    }

    #[test]
    fn the_fingerprint_is_the_first_eight_bytes_of_sha_256() {
        // `printf 'abc' | sha256sum` begins with ba7816bf8f01cfea.
        assert_eq!(fingerprint("ABC!"), 0xba78_16bf_8f01_cfea);
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn the_fast_path_for_ascii_agrees_with_the_general_one(text in "[\\x00-\\x7F]{0,60}") {
            // The accent makes the text non-ASCII and is removed again.
            let long = format!("{text}\u{301}");
            prop_assert_eq!(normalise(&text), normalise(&long));
        }
    }
}
