//! Which texts may contain a word, without the texts.

/// Number of bits, in words of 64.
const WORDS: usize = 8;
/// Number of bytes that are looked at together.
const LENGTH: usize = 3;

/// The groups of three neighbouring bytes of a text in lower case, each hashed to one of 512 bits (Bloom 1970, "Space/Time Trade-offs in
/// Hash Coding with Allowable Errors", with one hash). A text whose signature lacks a bit of a word's signature does not contain the word;
/// any other text may contain it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signature([u64; WORDS]);

impl Signature {
    pub(crate) fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let mut signature = Self::default();
        for group in lower.as_bytes().windows(LENGTH) {
            let number = group
                .iter()
                .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
            // Fibonacci hashing: Knuth, The Art of Computer Programming, volume 3, section 6.4.
            let bit = (number.wrapping_mul(2_654_435_769) >> 23) as usize;
            signature.0[bit / 64] |= 1 << (bit % 64);
        }
        signature
    }

    /// The signature of a word that is searched for; `None` if it says nothing. Databases and this program may disagree on the lower case of
    /// letters that Unicode added recently; on the texts that contain an ASCII word, they agree.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        (word.is_ascii() && word.len() >= LENGTH).then(|| Self::of(word))
    }

    pub(crate) fn may_contain(&self, word: &Self) -> bool {
        self.0.iter().zip(word.0).all(|(text, word)| text & word == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_contain_its_parts_and_hardly_any_other_word() {
        let text = "The app crashes when I OPEN the exported file, every time since the update of last week. K\u{212A} \u{130}X";
        let signature = Signature::of(text);
        let may = |word| signature.may_contain(&Signature::of_word(word).unwrap());
        for word in ["crash", "open", "EXPORT", "e, e", "kk ", "i\u{307}x"]
            .into_iter()
            .filter(|word| word.is_ascii())
        {
            assert!(may(word), "{word}");
        }
        let others = [
            "refund",
            "invoice",
            "delivery",
            "password",
            "zzzzqx",
            "landlord",
            "chocolate",
            "umbrella",
        ];
        let wrong = others.into_iter().filter(|word| may(word)).count();
        assert!(wrong <= 1, "{wrong} of {}", others.len());
        assert_eq!(
            (Signature::of_word("ab"), Signature::of_word("für")),
            (None, None)
        );
    }
}
