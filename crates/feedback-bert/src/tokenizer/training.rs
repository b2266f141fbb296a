//! Trains a vocabulary.

use std::collections::BTreeSet;

use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainerBuilder};
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    AddedToken, Model as _, Normalizer, OffsetReferential, OffsetType, PreTokenizer, Tokenizer, Trainer,
};

use super::files::{bert_template, tokenizer_error};
use crate::error::Result;

pub(super) const SPECIAL_TOKENS: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Trains a lower-casing BERT tokenizer with a WordPiece vocabulary of at most `vocab_size` entries.
pub(super) fn train<S: AsRef<str>>(texts: &[S], vocab_size: usize) -> Result<Tokenizer> {
    let normalizer = BertNormalizer::default();
    let words = |text: &str| -> tokenizers::Result<Vec<String>> {
        let mut normalized = text.into();
        normalizer.normalize(&mut normalized)?;
        let mut pre_tokenized = normalized.into();
        BertPreTokenizer.pre_tokenize(&mut pre_tokenized)?;
        let splits = pre_tokenized.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
        Ok(splits.into_iter().map(|(word, ..)| word.to_owned()).collect())
    };
    let model = train_word_piece(texts, vocab_size, &words).map_err(tokenizer_error)?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_normalizer(Some(normalizer));
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    let special: Vec<AddedToken> = SPECIAL_TOKENS
        .iter()
        .map(|token| AddedToken::from(*token, true))
        .collect();
    tokenizer.add_special_tokens(&special);
    let template = bert_template(&tokenizer, "[CLS]", "[SEP]")?;
    tokenizer.with_post_processor(Some(template));
    tokenizer.with_decoder(Some(tokenizers::decoders::wordpiece::WordPiece::default()));
    Ok(tokenizer)
}

/// Trains the vocabulary.
///
/// The trainer of `tokenizers` numbers continuation pieces in the order of a randomly seeded hash map. Passing all of them
/// in sorted order makes the vocabulary, and so every model trained with it, reproducible.
fn train_word_piece<S: AsRef<str>>(
    texts: &[S],
    vocab_size: usize,
    words: &dyn Fn(&str) -> tokenizers::Result<Vec<String>>,
) -> tokenizers::Result<WordPiece> {
    let mut all = Vec::new();
    for text in texts {
        all.extend(words(text.as_ref())?);
    }
    let continuations: BTreeSet<String> = all
        .iter()
        .flat_map(|word| word.chars().skip(1))
        .map(|character| format!("##{character}"))
        .collect();
    if all.is_empty() {
        return Err("the training texts contain no word to build a vocabulary from".into());
    }
    let reserved = SPECIAL_TOKENS
        .iter()
        .map(|token| (*token).to_owned())
        .chain(continuations);
    let mut trainer = WordPieceTrainerBuilder::new()
        .vocab_size(vocab_size)
        .min_frequency(2)
        .show_progress(false)
        .special_tokens(reserved.map(|token| AddedToken::from(token, true)).collect())
        .build();
    trainer.feed(all.iter(), |word| Ok(vec![word.to_owned()]))?;
    let mut model = WordPiece::default();
    trainer.train(&mut model)?;
    debug_assert!(model.get_vocab_size() >= SPECIAL_TOKENS.len());
    Ok(model)
}
