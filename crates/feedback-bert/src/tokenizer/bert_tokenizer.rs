//! Text to token ids, the same for training and prediction.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainerBuilder};
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    AddedToken, Model as _, Normalizer, OffsetReferential, OffsetType, PreTokenizer, Tokenizer, Trainer,
    TruncationDirection, TruncationParams,
};

use crate::{Error, Result, tokenizer_files};

/// So many bytes of text nearly always hold a token; feedback has about four.
const BYTES_PER_TOKEN: usize = 64;

const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// The tokens of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// Token ids, the special tokens included.
    pub input_ids: Vec<u32>,
    /// Segment ids; 0 throughout for a single text.
    pub token_type_ids: Vec<u32>,
    /// True where the text was longer than `max_length` and its end was cut off.
    pub truncated: bool,
}

impl Encoding {
    /// Number of tokens, the special ones included.
    pub fn len(&self) -> usize {
        self.input_ids.len()
    }

    /// True where there is no token at all.
    pub fn is_empty(&self) -> bool {
        self.input_ids.is_empty()
    }
}

impl AsRef<Encoding> for Encoding {
    fn as_ref(&self) -> &Encoding {
        self
    }
}

/// Where a token stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenSpan {
    /// First character, counted in Unicode scalar values from 0.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The word that the token is a part of, as the pre-tokenizer cuts words, from 0.
    pub word: usize,
}

/// A tokenizer of the BERT family with a fixed greatest length.
///
/// The greatest length and the padding found in a `tokenizer.json` are dropped: length is decided here, and padding where
/// batches are made. The side on which long texts are cut is kept.
#[derive(Debug, Clone)]
pub struct BertTokenizer {
    inner: Tokenizer,
    max_length: usize,
    pad_token_id: u32,
    /// What `tokenizer_config.json` said, written back for Transformers.
    settings: Map<String, Value>,
}

impl BertTokenizer {
    /// Reads the `tokenizer.json` of a folder, or where there is none its `vocab.txt`, with the settings
    /// `do_lower_case`, `strip_accents`, `tokenize_chinese_chars`, `add_prefix_space`, `split_special_tokens` and
    /// `truncation_side` of `tokenizer_config.json`, which count more than what `tokenizer.json` says, as in Transformers.
    ///
    /// `max_length` counts tokens, the special ones included.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if there is neither file, [`Error::Json`] or [`Error::Tokenizer`] if one cannot be used.
    pub fn from_folder(folder: &Path, max_length: usize) -> Result<Self> {
        let settings = tokenizer_files::read_settings(folder)?;
        let inner = tokenizer_files::read_tokenizer(folder, &settings)?;
        Self::new(inner, max_length, settings)
    }

    /// Trains a lower-casing WordPiece vocabulary of at most `vocab_size` entries on `texts`.
    ///
    /// The same texts give the same vocabulary, whatever their order.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] if the texts hold no character, or `max_length` is below 3.
    pub fn train<S: AsRef<str>>(texts: &[S], vocab_size: usize, max_length: usize) -> Result<Self> {
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
        let special: Vec<AddedToken> = SPECIAL
            .iter()
            .map(|token| AddedToken::from(*token, true))
            .collect();
        tokenizer.add_special_tokens(&special);
        let template = tokenizer_files::bert_template(&tokenizer, "[CLS]", "[SEP]")?;
        tokenizer.with_post_processor(Some(template));
        tokenizer.with_decoder(Some(tokenizers::decoders::wordpiece::WordPiece::default()));
        Self::new(tokenizer, max_length, tokenizer_files::bert_settings())
    }

    fn new(mut inner: Tokenizer, max_length: usize, mut settings: Map<String, Value>) -> Result<Self> {
        if max_length < 3 {
            return Err(Error::Config {
                field: "max_length",
                expected: "at least 3 tokens: [CLS], one of the text, [SEP]".into(),
                found: format!("`{max_length}`"),
            });
        }
        let pad_token = tokenizer_files::pad_token(&inner, &settings);
        let pad_token_id = pad_token
            .and_then(|token| inner.token_to_id(&token))
            .ok_or_else(|| Error::Tokenizer("the vocabulary has no padding token ([PAD] or <pad>)".into()))?;
        inner.with_padding(None);
        let direction = tokenizer_files::truncation_side(&inner, &settings);
        if direction == TruncationDirection::Left {
            settings.insert("truncation_side".into(), "left".into()); // `tokenizer.json` is saved without truncation
        }
        let truncation = TruncationParams {
            max_length,
            direction,
            ..TruncationParams::default()
        };
        inner.with_truncation(Some(truncation)).map_err(tokenizer_error)?;
        Ok(Self {
            inner,
            max_length,
            pad_token_id,
            settings,
        })
    }

    /// `model_max_length` in the `tokenizer_config.json` of a folder; none where it is absent, or so great that it stands
    /// for no limit.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if the file cannot be read.
    pub fn saved_max_length(folder: &Path) -> Result<Option<usize>> {
        let settings = tokenizer_files::read_settings(folder)?;
        let saved = settings.get("model_max_length").and_then(Value::as_u64);
        Ok(saved.and_then(|length| usize::try_from(length).ok()))
    }

    /// The tokens of each text, in order; long texts are cut at `max_length`.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`], which a well-formed BERT tokenizer does not give for any text.
    pub fn encode<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<Encoding>> {
        let beginnings: Vec<&str> = texts.iter().map(|text| self.beginning(text.as_ref())).collect();
        let encodings = self
            .inner
            .encode_batch_fast(beginnings.clone(), true)
            .map_err(tokenizer_error)?;
        let mut encodings: Vec<Encoding> = encodings.iter().map(our_encoding).collect();
        for ((encoding, text), beginning) in encodings.iter_mut().zip(texts).zip(beginnings) {
            // The beginning was not enough to fill an encoding: much white space, or very long words.
            if beginning.len() < text.as_ref().len() && !encoding.truncated {
                let whole = self.inner.encode_fast(text.as_ref(), true);
                *encoding = our_encoding(&whole.map_err(tokenizer_error)?);
            }
        }
        Ok(encodings)
    }

    /// The part of a very long text that most likely has all the tokens that are kept, up to the end of a word, so that
    /// its tokens are those of the whole text. A megabyte would cost a hundred times its size in tokens that are dropped.
    fn beginning<'a>(&self, text: &'a str) -> &'a str {
        let enough = self.max_length.saturating_mul(BYTES_PER_TOKEN);
        let side = self.inner.get_truncation().map(|truncation| truncation.direction);
        if text.len() <= enough || side == Some(TruncationDirection::Left) {
            return text;
        }
        let start = &text[..text.floor_char_boundary(enough)];
        match start.rfind(char::is_whitespace) {
            Some(end) => start[..end].trim_end(),
            None => text,
        }
    }

    /// The tokens of a text and where each stands in it; special tokens stand nowhere.
    ///
    /// # Errors
    ///
    /// Those of [`BertTokenizer::encode`].
    pub fn encode_with_spans(&self, text: &str) -> Result<(Encoding, Vec<Option<TokenSpan>>)> {
        let encoding = self
            .inner
            .encode_char_offsets(text, true)
            .map_err(tokenizer_error)?;
        let places = encoding.get_offsets().iter().zip(encoding.get_word_ids());
        let special = encoding.get_special_tokens_mask();
        let spans = places.zip(special).map(|((&(start, end), &word), &special)| {
            let word = word.filter(|_| special == 0)? as usize;
            Some(TokenSpan { start, end, word })
        });
        Ok((our_encoding(&encoding), spans.collect()))
    }

    /// Number of entries of the vocabulary, added tokens included.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The greatest id of the vocabulary, added tokens included. A vocabulary may have gaps.
    pub(crate) fn greatest_id(&self) -> u32 {
        self.inner.get_vocab(true).into_values().max().unwrap_or(0)
    }

    /// The id of a token, such as `[MASK]` or `##ing`, if the vocabulary has it.
    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// The token of an id.
    pub fn id_to_token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// The greatest length of an encoding, in tokens.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// The id that fills short rows of a batch.
    pub fn pad_token_id(&self) -> u32 {
        self.pad_token_id
    }

    /// Writes `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Tokenizer`].
    pub fn save(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut plain = self.inner.clone();
        plain.with_truncation(None).map_err(tokenizer_error)?;
        let json = plain.to_string(true).map_err(tokenizer_error)?;
        let (settings, special) = tokenizer_files::settings_to_save(&self.settings, &json, self.max_length);
        let files = [
            ("tokenizer.json", json),
            (
                "tokenizer_config.json",
                format!("{:#}\n", Value::Object(settings)),
            ),
            (
                "special_tokens_map.json",
                format!("{:#}\n", Value::Object(special)),
            ),
        ];
        let mut written = Vec::new();
        for (name, text) in files {
            let path = folder.join(name);
            fs_err::write(&path, text)?;
            written.push(path);
        }
        Ok(written)
    }
}

/// The trainer numbers continuation pieces in the order of a randomly seeded hash map. Handing it all of them in
/// sorted order beforehand makes the vocabulary, and with it every weight trained on it, reproducible.
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
        return Err("there is no word in the training texts to learn a vocabulary from".into());
    }
    let reserved = SPECIAL
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
    debug_assert!(model.get_vocab_size() >= SPECIAL.len());
    Ok(model)
}

fn our_encoding(encoding: &tokenizers::Encoding) -> Encoding {
    Encoding {
        truncated: !encoding.get_overflowing().is_empty(),
        input_ids: encoding.get_ids().to_vec(),
        token_type_ids: encoding.get_type_ids().to_vec(),
    }
}

pub(crate) fn tokenizer_error(error: tokenizers::Error) -> Error {
    Error::Tokenizer(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 4] = [
        "The app crashes when I open the settings",
        "Crashing again and again, please fix the crash!",
        "Ich möchte, dass die App schneller wird",
        "open the app, open the settings, crash",
    ];

    fn trained() -> BertTokenizer {
        BertTokenizer::train(&TEXTS, 120, 16).unwrap()
    }

    #[test]
    fn training_is_reproducible() {
        let first = trained().inner.to_string(false).unwrap();
        for _ in 0..5 {
            assert_eq!(first, trained().inner.to_string(false).unwrap());
        }
    }

    #[test]
    fn special_tokens_frame_the_text_and_have_the_first_ids() {
        let tokenizer = trained();
        let encoding = &tokenizer.encode(&["open the app"]).unwrap()[0];
        assert_eq!(encoding.input_ids.first(), Some(&2));
        assert_eq!(encoding.input_ids.last(), Some(&3));
        assert!(!encoding.truncated);
        assert!(!encoding.input_ids.contains(&1), "no unknown token");
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let long = "crash ".repeat(200_000);
        let encodings = trained().encode(&[long.as_str(), "crash"]).unwrap();
        assert_eq!((encodings[0].len(), encodings[0].truncated), (16, true));
        assert!(!encodings[1].truncated);
    }

    #[test]
    fn of_a_long_text_only_the_beginning_is_read_with_the_same_tokens() {
        let tokenizer = trained();
        let whole = |text: &str| our_encoding(&tokenizer.inner.encode_fast(text, true).unwrap());
        let words = "open the app, crash! ".repeat(1_000);
        let spaces = " ".repeat(5_000) + &words;
        let late = format!("open{}crash", " ".repeat(5_000));
        let one_word = "crash".repeat(1_000);
        let no_space = "ж。".repeat(3_000);
        for text in [&words, &spaces, &late, &one_word, &no_space] {
            assert_eq!(
                tokenizer.encode(&[text]).unwrap()[0],
                whole(text),
                "{}",
                &text[..40]
            );
        }
        assert!(tokenizer.beginning(&words).len() <= 16 * BYTES_PER_TOKEN);
        assert!(
            tokenizer
                .beginning(&words)
                .ends_with(|last: char| !last.is_whitespace())
        );
        assert_eq!(tokenizer.beginning(&one_word), one_word);
    }

    #[test]
    fn a_saved_tokenizer_reads_back_without_padding_or_truncation() {
        let folder = tempfile::tempdir().unwrap();
        let tokenizer = trained();
        tokenizer.save(folder.path()).unwrap();
        let text = fs_err::read_to_string(folder.path().join("tokenizer.json")).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert!(json["truncation"].is_null() && json["padding"].is_null());
        let again = BertTokenizer::from_folder(folder.path(), 16).unwrap();
        assert_eq!(again.encode(&TEXTS).unwrap(), tokenizer.encode(&TEXTS).unwrap());
    }

    /// The trained tokenizer, saved, with other settings beside it.
    fn with_settings(changes: &[(&str, Value)]) -> Result<BertTokenizer> {
        let folder = tempfile::tempdir()?;
        trained().save(folder.path())?;
        let path = folder.path().join("tokenizer_config.json");
        let mut settings: Map<String, Value> = serde_json::from_str(&fs_err::read_to_string(&path)?).unwrap();
        settings.extend(
            changes
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone())),
        );
        fs_err::write(&path, Value::Object(settings).to_string())?;
        BertTokenizer::from_folder(folder.path(), 16)
    }

    fn ids(tokenizer: &BertTokenizer, text: &str) -> Vec<u32> {
        tokenizer.encode(&[text]).unwrap().swap_remove(0).input_ids
    }

    #[test]
    fn settings_count_more_than_the_file_as_in_transformers() {
        let plain = trained();
        let cased = with_settings(&[("do_lower_case", false.into())]).unwrap();
        assert_eq!(ids(&plain, "CRASH"), ids(&plain, "crash"));
        assert_ne!(ids(&cased, "CRASH"), ids(&cased, "crash"));
        // A class that takes the file as it is heeds none of it.
        let as_it_is = [
            ("do_lower_case", false.into()),
            ("tokenizer_class", "PreTrainedTokenizerFast".into()),
        ];
        let as_it_is = with_settings(&as_it_is).unwrap();
        assert_eq!(ids(&as_it_is, "CRASH"), ids(&plain, "crash"));

        let split = with_settings(&[("split_special_tokens", true.into())]).unwrap();
        assert!(ids(&plain, "[SEP]").contains(&3) && ids(&plain, "[SEP]").len() == 3);
        assert!(ids(&split, "[SEP]").len() > 3);

        let end = with_settings(&[("truncation_side", "left".into())]).unwrap();
        let long = format!("{} crash", "open ".repeat(40));
        assert_eq!(ids(&end, &long)[14], ids(&plain, "crash")[1]);
        assert_ne!(ids(&plain, &long)[14], ids(&plain, "crash")[1]);
        let folder = tempfile::tempdir().unwrap();
        end.save(folder.path()).unwrap();
        let again = BertTokenizer::from_folder(folder.path(), 16).unwrap();
        assert_eq!(ids(&again, &long), ids(&end, &long));
    }

    #[test]
    fn a_vocabulary_that_is_only_a_part_is_refused() {
        let refused = |settings: Value, added: &str| {
            let folder = tempfile::tempdir().unwrap();
            let vocabulary = SPECIAL.join("\n") + "\ncrash\n";
            fs_err::write(folder.path().join("vocab.txt"), vocabulary).unwrap();
            fs_err::write(folder.path().join("tokenizer_config.json"), settings.to_string()).unwrap();
            fs_err::write(folder.path().join("added_tokens.json"), added).unwrap();
            BertTokenizer::from_folder(folder.path(), 16)
                .err()
                .map(|error| error.to_string())
        };
        let class = serde_json::json!({"tokenizer_class": "BertJapaneseTokenizer"});
        assert!(refused(class, "{}").unwrap().contains("BertJapaneseTokenizer"));
        let plain = || serde_json::json!({"tokenizer_class": "BertTokenizerFast"});
        assert!(refused(plain(), r#"{"[URL]": 6}"#).unwrap().contains("[URL]"));
        let listed = serde_json::json!({"extra_special_tokens": ["[USER]"]});
        assert!(refused(listed, "{}").unwrap().contains("[USER]"));
        assert_eq!(refused(plain(), r#"{"[SEP]": 3}"#), None);
    }

    #[test]
    fn nothing_to_learn_from_is_an_error() {
        assert!(BertTokenizer::train(&["", "  "], 100, 16).is_err());
        assert!(BertTokenizer::train(&TEXTS, 100, 2).is_err());
    }
}
