//! Chooses the tokens to mask.

use chacha20::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::error::{Error, Result};
use crate::tokenizer::{BertTokenizer, Encoding};

/// Share of the chosen tokens that are replaced by `[MASK]`, and share that are replaced by a random token. The
/// other chosen tokens do not change (Devlin et al. 2019, section 3.1).
const MASKED: f64 = 0.8;
const REPLACED: f64 = 0.1;

/// The low `ROW_BITS` bits of the generator's stream number hold the row; the higher bits hold the epoch.
const ROW_BITS: u32 = 40;

/// Masks whole words.
///
/// Words are chosen in random order, with all their tokens. After the first one, a word is skipped if it would raise the
/// number of chosen tokens above [the number to choose](Self::new). Of the chosen tokens 80 % become `[MASK]`,
/// 10 % become a random token of the vocabulary, and 10 % do not change. Special tokens are never chosen.
///
/// The choice depends only on the seed, the epoch and the row (`ChaCha8Rng`): it differs between epochs, and a
/// resumed run makes the same choice.
///
/// # References
///
/// Devlin, Chang, Lee and Toutanova, *BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding*,
/// 2019; whole-word masking as in their repository's `create_pretraining_data.py`.
#[derive(Debug, Clone)]
pub struct WholeWordMasking {
    probability: f64,
    seed: u64,
    mask_token_id: u32,
    /// Whether a token continues a word (`##`), by token id.
    is_continuation: Vec<bool>,
    is_special: Vec<bool>,
    /// Ids of the tokens that may replace another token.
    ordinary: Vec<u32>,
}

/// A text with masked tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedEncoding {
    /// The input of the model.
    pub encoding: Encoding,
    /// Indices of the masked tokens, in ascending order.
    pub positions: Vec<usize>,
    /// The original token id at each of these positions.
    pub labels: Vec<u32>,
}

impl WholeWordMasking {
    /// Checks a probability for [`WholeWordMasking::new`] before there is a tokenizer.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] unless the number is above 0 and below 1.
    pub fn check_probability(probability: f64) -> Result<()> {
        if probability > 0.0 && probability < 1.0 {
            return Ok(());
        }
        let expected = "a number above 0 and below 1";
        Err(Error::config("mlm_probability", expected, probability))
    }

    /// Creates a masking that chooses about `probability` × the number of tokens of each text, rounded, but
    /// at least one token. `probability` must be above 0 and below 1; BERT uses 0.15.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for any other probability, [`Error::Tokenizer`] if the vocabulary has no `[MASK]`.
    pub fn new(tokenizer: &BertTokenizer, probability: f64, seed: u64) -> Result<Self> {
        Self::check_probability(probability)?;
        let mask_token_id = tokenizer
            .token_to_id("[MASK]")
            .ok_or_else(|| Error::Tokenizer("the vocabulary has no [MASK]".into()))?;
        let tokens: Vec<Option<String>> = (0..tokenizer.vocab_size() as u32)
            .map(|id| tokenizer.id_to_token(id))
            .collect();
        let test = |test: fn(&str) -> bool| -> Vec<bool> {
            let tests = tokens.iter().map(|token| token.as_deref().is_none_or(test));
            tests.collect()
        };
        let is_special = test(|token| token.starts_with('[') && token.ends_with(']') && token.len() > 2);
        Ok(Self {
            probability,
            seed,
            mask_token_id,
            is_continuation: test(|token| token.starts_with("##")),
            ordinary: (0..tokens.len() as u32)
                .filter(|&id| !is_special[id as usize])
                .collect(),
            is_special,
        })
    }

    /// Returns the number of tokens to choose in a text. Since only whole words are chosen, the actual number
    /// may be lower, or higher if the first word has more tokens. As in BERT, the length of the text includes
    /// special tokens.
    fn number_to_choose(&self, encoding: &Encoding) -> usize {
        ((encoding.len() as f64 * self.probability).round() as usize).max(1)
    }

    /// Returns the text of row `row` as masked in epoch `epoch`.
    ///
    /// In a text without words, nothing is masked.
    pub fn mask(&self, encoding: &Encoding, epoch: usize, row: usize) -> MaskedEncoding {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream((epoch as u64) << ROW_BITS | row as u64);
        let positions = self.choose(encoding, &mut rng);
        let labels = positions.iter().map(|&at| encoding.input_ids[at]).collect();
        let mut hidden = encoding.clone();
        for &at in &positions {
            let lot: f64 = rng.random();
            if lot < MASKED {
                hidden.input_ids[at] = self.mask_token_id;
            } else if lot < MASKED + REPLACED && !self.ordinary.is_empty() {
                hidden.input_ids[at] = self.ordinary[rng.random_range(0..self.ordinary.len())];
            }
        }
        MaskedEncoding {
            encoding: hidden,
            positions,
            labels,
        }
    }

    fn choose(&self, encoding: &Encoding, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let wanted = self.number_to_choose(encoding);
        let mut words = self.words(encoding);
        words.shuffle(rng);
        let mut chosen: Vec<usize> = Vec::with_capacity(wanted);
        for word in words {
            if chosen.is_empty() || chosen.len() + word.len() <= wanted {
                chosen.extend(word);
            }
        }
        chosen.sort_unstable();
        chosen
    }

    /// Returns the positions of each word's tokens.
    fn words(&self, encoding: &Encoding) -> Vec<Vec<usize>> {
        let mut words: Vec<Vec<usize>> = Vec::new();
        let mut within = false;
        for (at, &id) in encoding.input_ids.iter().enumerate() {
            let is = |table: &[bool]| table.get(id as usize).copied().unwrap_or(false);
            if is(&self.is_special) {
                within = false;
                continue;
            }
            match words.last_mut() {
                Some(word) if within && is(&self.is_continuation) => word.push(at),
                _ => words.push(vec![at]),
            }
            within = true;
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer() -> BertTokenizer {
        let texts = [
            "crash crash crashing crashes the the app app open opened opening",
            "a b c d e f g h i j k l m n o p q r s t u v w x y z",
        ];
        BertTokenizer::train(&texts, 60, 64).unwrap()
    }

    fn encoding(tokenizer: &BertTokenizer, text: &str) -> Encoding {
        tokenizer.encode(&[text]).unwrap().remove(0)
    }

    #[test]
    fn words_are_chosen_whole_and_special_tokens_never() {
        let tokenizer = tokenizer();
        let masking = WholeWordMasking::new(&tokenizer, 0.3, 1).unwrap();
        let text = encoding(&tokenizer, "the app crashedly opens unhappily [SEP] x");
        let words = masking.words(&text);
        assert!(
            words.iter().any(|word| word.len() > 1),
            "some word has pieces: {words:?}"
        );
        for row in 0..200 {
            let masked = masking.mask(&text, 0, row);
            let special = |&at: &usize| [2, 3].contains(&text.input_ids[at]);
            assert!(!masked.positions.iter().any(special));
            for word in &words {
                let chosen = word.iter().filter(|at| masked.positions.contains(at)).count();
                assert!(chosen == 0 || chosen == word.len(), "{word:?} in {masked:?}");
            }
            let first = masked.positions.len() <= masking.number_to_choose(&text);
            assert!(
                first || words.contains(&masked.positions),
                "only a first word may be longer"
            );
            for (&at, &label) in masked.positions.iter().zip(&masked.labels) {
                assert_eq!(label, text.input_ids[at]);
            }
        }
    }

    #[test]
    fn of_the_chosen_tokens_80_percent_are_masked_10_replaced_and_10_stay() {
        let tokenizer = tokenizer();
        let masking = WholeWordMasking::new(&tokenizer, 0.15, 9).unwrap();
        let letters: String = ('a'..='z').map(|letter| format!("{letter} ")).collect();
        let text = encoding(&tokenizer, &letters);
        let (mut all, mut masked, mut stayed) = (0, 0, 0);
        for row in 0..4000 {
            let hidden = masking.mask(&text, 3, row);
            assert_eq!(hidden.positions.len(), 4, "28 tokens × 0.15");
            for (&at, &label) in hidden.positions.iter().zip(&hidden.labels) {
                all += 1;
                masked += usize::from(hidden.encoding.input_ids[at] == 4);
                stayed += usize::from(hidden.encoding.input_ids[at] == label);
            }
        }
        let part = |count: usize| count as f64 / f64::from(all);
        assert!((part(masked) - 0.8).abs() < 0.02, "{}", part(masked));
        // A random token is sometimes the original one.
        assert!((part(stayed) - 0.1).abs() < 0.02, "{}", part(stayed));
    }

    #[test]
    fn masking_depends_on_seed_epoch_and_row() {
        let tokenizer = tokenizer();
        let text = encoding(&tokenizer, "the app opened crashing the app again and again");
        let mask = |seed, epoch, row| {
            let masking = WholeWordMasking::new(&tokenizer, 0.3, seed).unwrap();
            masking.mask(&text, epoch, row)
        };
        assert_eq!(mask(1, 2, 3), mask(1, 2, 3));
        let others = [mask(2, 2, 3), mask(1, 3, 3), mask(1, 2, 4)];
        assert!(others.iter().any(|other| *other != mask(1, 2, 3)));
    }

    #[test]
    fn in_a_text_without_words_nothing_is_masked() {
        let tokenizer = tokenizer();
        let masking = WholeWordMasking::new(&tokenizer, 0.15, 1).unwrap();
        let masked = masking.mask(&encoding(&tokenizer, ""), 0, 0);
        assert!(masked.positions.is_empty());
        for probability in [0.0, 1.0, f64::NAN] {
            assert!(WholeWordMasking::new(&tokenizer, probability, 1).is_err());
        }
    }
}
