//! The files that define a tokenizer: `tokenizer.json`, or `vocab.txt` with `tokenizer_config.json`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde_json::{Map, Value, json};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, NormalizerWrapper, PreTokenizerWrapper, Tokenizer, TruncationDirection};

use super::bounds;
use crate::error::{Error, Result};

pub(crate) const TOKENIZER: &str = "tokenizer.json";
pub(crate) const VOCABULARY: &str = "vocab.txt";
const SETTINGS: &str = "tokenizer_config.json";
const SPECIAL_TOKENS: &str = "special_tokens_map.json";

/// Transformers' keys for special tokens.
const SPECIAL_KEYS: [&str; 7] = [
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
];

/// Returns the settings in `tokenizer_config.json`, completed from `special_tokens_map.json`; empty if neither
/// exists.
pub(crate) fn read_settings(folder: &Path) -> Result<Map<String, Value>> {
    let mut settings = read_object(&folder.join(SETTINGS))?;
    for (key, value) in read_object(&folder.join(SPECIAL_TOKENS))? {
        settings.entry(key).or_insert(value);
    }
    Ok(settings)
}

fn read_object(path: &Path) -> Result<Map<String, Value>> {
    if !path.is_file() {
        return Ok(Map::new());
    }
    let text = fs_err::read_to_string(path)?;
    serde_json::from_str(&text).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })
}

/// Reads the tokenizer of a folder and applies these settings.
pub(crate) fn read_tokenizer(folder: &Path, settings: &Map<String, Value>) -> Result<Tokenizer> {
    let path = folder.join(TOKENIZER);
    let mut tokenizer = if !path.is_file() && folder.join(VOCABULARY).is_file() {
        from_vocabulary(folder, settings)?
    } else {
        let bytes = fs_err::read(&path)?;
        bounds::check(&bytes)
            .map_err(|problem| Error::Tokenizer(format!("`{}`: {problem}", path.display())))?;
        let tokenizer = caught(|| Tokenizer::from_bytes(bytes));
        let mut tokenizer =
            tokenizer.map_err(|problem| Error::Tokenizer(format!("`{}`: {problem}", path.display())))?;
        follow_settings(&mut tokenizer, settings);
        tokenizer
    };
    let split = settings.get("split_special_tokens").and_then(Value::as_bool);
    tokenizer.set_encode_special_tokens(split == Some(true));
    Ok(tokenizer)
}

/// Returns the Transformers class that the settings name, without the suffix `Fast`, which makes no difference
/// here.
fn class_of(settings: &Map<String, Value>) -> Option<&str> {
    let class = settings.get("tokenizer_class")?.as_str()?;
    Some(class.strip_suffix("Fast").unwrap_or(class))
}

/// Classes that build a tokenizer like `BertTokenizer`.
const LIKE_BERT: [&str; 4] = [
    "BertTokenizer",
    "DistilBertTokenizer",
    "ElectraTokenizer",
    "MobileBertTokenizer",
];

/// Applies the settings in `tokenizer_config.json`, which override `tokenizer.json`. Transformers does the
/// same: its classes for BERT and RoBERTa rebuild the normaliser and the pre-tokenizer from these settings.
fn follow_settings(tokenizer: &mut Tokenizer, settings: &Map<String, Value>) {
    let class = class_of(settings);
    let like_bert = class.is_some_and(|class| LIKE_BERT.contains(&class));
    let switch = |key: &str| settings.get(key).and_then(Value::as_bool);
    if let Some(NormalizerWrapper::BertNormalizer(found)) = tokenizer.get_normalizer()
        && (like_bert || class.is_none())
    {
        // A missing setting gets the default of the class; without a class, `tokenizer.json` decides.
        let or = |default: bool, found: bool| if like_bert { default } else { found };
        let normalizer = BertNormalizer::new(
            found.clean_text,
            switch("tokenize_chinese_chars").unwrap_or(or(true, found.handle_chinese_chars)),
            match settings.contains_key("strip_accents") || like_bert {
                true => switch("strip_accents"),
                false => found.strip_accents,
            },
            switch("do_lower_case").unwrap_or(or(true, found.lowercase)),
        );
        tokenizer.with_normalizer(Some(normalizer));
    }
    if let Some(PreTokenizerWrapper::ByteLevel(found)) = tokenizer.get_pre_tokenizer()
        && let Some(add_prefix_space) = switch("add_prefix_space")
    {
        let mut pre_tokenizer = *found;
        pre_tokenizer.add_prefix_space = add_prefix_space;
        tokenizer.with_pre_tokenizer(Some(pre_tokenizer));
    }
}

/// Builds a tokenizer from a `vocab.txt` in the same way as Transformers' `BertTokenizer`.
fn from_vocabulary(folder: &Path, settings: &Map<String, Value>) -> Result<Tokenizer> {
    let path = &folder.join(VOCABULARY);
    if let Some(class) = class_of(settings).filter(|class| !LIKE_BERT.contains(class)) {
        let reason = format!(
            "`{}` names the class `{class}`, but `{VOCABULARY}` can only be read like a BertTokenizer",
            folder.join(SETTINGS).display()
        );
        return Err(insufficient(reason, "if it can"));
    }
    let special =
        |key: &str, default: &str| special_token(settings, key).unwrap_or_else(|| default.to_owned());
    let [unk, sep, pad, cls, mask] = [
        ("unk_token", "[UNK]"),
        ("sep_token", "[SEP]"),
        ("pad_token", "[PAD]"),
        ("cls_token", "[CLS]"),
        ("mask_token", "[MASK]"),
    ]
    .map(|(key, default)| special(key, default));
    let model = WordPiece::from_file(&path.to_string_lossy()).unk_token(unk.clone());
    let mut tokenizer = Tokenizer::new(model.build().map_err(tokenizer_error)?);
    for token in [&unk, &sep, &pad, &cls] {
        if tokenizer.token_to_id(token).is_none() {
            let problem = format!("`{}`: the token `{token}` is missing", path.display());
            return Err(Error::Tokenizer(problem));
        }
    }
    let switch = |key: &str| settings.get(key).and_then(Value::as_bool);
    tokenizer.with_normalizer(Some(BertNormalizer::new(
        true,
        switch("tokenize_chinese_chars").unwrap_or(true),
        switch("strip_accents"),
        switch("do_lower_case").unwrap_or(true),
    )));
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    let known = [&unk, &sep, &pad, &cls, &mask].into_iter();
    let mut added: Vec<AddedToken> = known
        .filter(|token| tokenizer.token_to_id(token).is_some())
        .map(|token| AddedToken::from(token.as_str(), true))
        .collect();
    for token in further_tokens(folder, settings)? {
        if tokenizer.token_to_id(&token).is_none() {
            let reason = format!(
                "the token `{token}` was added to the vocabulary later and is not in `{}`",
                path.display()
            );
            return Err(insufficient(reason, "that contains it"));
        }
        added.push(AddedToken::from(token, true));
    }
    tokenizer.add_special_tokens(&added);
    let template = bert_template(&tokenizer, &cls, &sep)?;
    tokenizer.with_post_processor(Some(template));
    tokenizer.with_decoder(Some(tokenizers::decoders::wordpiece::WordPiece::default()));
    Ok(tokenizer)
}

fn insufficient(reason: String, file: &str) -> Error {
    let hint = format!("save the tokenizer with Transformers, which writes a `{TOKENIZER}` {file}");
    Error::TokenizerFiles { reason, hint }
}

/// Returns the tokens that were added to a vocabulary: those in `added_tokens.json` and those in the settings.
fn further_tokens(folder: &Path, settings: &Map<String, Value>) -> Result<Vec<String>> {
    let mut tokens: Vec<String> = read_object(&folder.join("added_tokens.json"))?
        .into_iter()
        .map(|(token, _)| token)
        .collect();
    let content = |value: &Value| {
        let text = value.as_str().or_else(|| value.get("content")?.as_str());
        text.map(str::to_owned)
    };
    let lists = [
        "added_tokens_decoder",
        "additional_special_tokens",
        "extra_special_tokens",
    ];
    for key in lists {
        match settings.get(key) {
            Some(Value::Object(named)) => tokens.extend(named.values().filter_map(content)),
            Some(Value::Array(list)) => tokens.extend(list.iter().filter_map(content)),
            _ => {}
        }
    }
    Ok(tokens)
}

/// Returns the side on which a long text is cut, from the settings or, if they do not contain it, from
/// `tokenizer.json`.
pub(crate) fn truncation_side(tokenizer: &Tokenizer, settings: &Map<String, Value>) -> TruncationDirection {
    match settings.get("truncation_side").and_then(Value::as_str) {
        Some("left") => TruncationDirection::Left,
        Some(_) => TruncationDirection::Right,
        None => tokenizer
            .get_truncation()
            .map_or(TruncationDirection::Right, |found| found.direction),
    }
}

/// Creates the template `[CLS] text [SEP]`, and for a pair `[CLS] first [SEP] second [SEP]` with segment 1 for
/// the second text.
pub(crate) fn bert_template(tokenizer: &Tokenizer, cls: &str, sep: &str) -> Result<TemplateProcessing> {
    let id = |token: &str| tokenizer.token_to_id(token).unwrap_or_default();
    TemplateProcessing::builder()
        .try_single(format!("{cls}:0 $A:0 {sep}:0"))
        .and_then(|builder| builder.try_pair(format!("{cls}:0 $A:0 {sep}:0 $B:1 {sep}:1")))
        .map_err(|error| Error::Tokenizer(error.clone()))?
        .special_tokens(vec![(cls, id(cls)), (sep, id(sep))])
        .build()
        .map_err(|error| Error::Tokenizer(error.to_string()))
}

/// Returns a special token by its key. Its value is a string, or an object with the string as `content`.
fn special_token(settings: &Map<String, Value>, key: &str) -> Option<String> {
    let value = settings.get(key)?;
    let text = value.as_str().or_else(|| value.get("content")?.as_str())?;
    Some(text.to_owned())
}

/// Returns the first of these tokens that the vocabulary contains: the padding token in the settings, BERT's
/// `[PAD]`, RoBERTa's `<pad>`.
pub(crate) fn pad_token(tokenizer: &Tokenizer, settings: &Map<String, Value>) -> Option<String> {
    let usual = ["[PAD]", "<pad>"].map(str::to_owned);
    let mut candidates = special_token(settings, "pad_token").into_iter().chain(usual);
    candidates.find(|token| tokenizer.token_to_id(token).is_some())
}

/// Returns the settings for the special tokens of BERT.
pub(crate) fn bert_settings() -> Map<String, Value> {
    let tokens = [
        ("unk_token", "[UNK]"),
        ("sep_token", "[SEP]"),
        ("pad_token", "[PAD]"),
        ("cls_token", "[CLS]"),
        ("mask_token", "[MASK]"),
    ];
    tokens
        .map(|(key, token)| (key.to_owned(), json!(token)))
        .into_iter()
        .collect()
}

/// Returns the contents of `tokenizer_config.json` and `special_tokens_map.json` for a tokenizer with this
/// `tokenizer.json`.
///
/// Transformers' `BertTokenizer` takes only the vocabulary from `tokenizer.json` and everything else from the
/// settings, so the settings must describe the normaliser.
pub(crate) fn settings_to_save(
    read: &Map<String, Value>,
    tokenizer_json: &str,
    max_length: usize,
) -> (Map<String, Value>, Map<String, Value>) {
    let tokenizer: Value = serde_json::from_str(tokenizer_json).unwrap_or_default(); // it was just written
    let normalizer = &tokenizer["normalizer"];
    let is_bert = normalizer["type"] == "BertNormalizer" && tokenizer["model"]["type"] == "WordPiece";
    let mut settings = if is_bert { bert_settings() } else { Map::new() };
    for (key, value) in read {
        settings.insert(key.clone(), value.clone());
    }
    for length_or_padding in [
        "max_length",
        "padding",
        "truncation",
        "pad_to_multiple_of",
        "stride",
    ] {
        settings.remove(length_or_padding);
    }
    settings.insert("model_max_length".into(), json!(max_length));
    if is_bert {
        settings.insert("tokenizer_class".into(), json!("BertTokenizer"));
        for (setting, key) in [
            ("do_lower_case", "lowercase"),
            ("strip_accents", "strip_accents"),
            ("tokenize_chinese_chars", "handle_chinese_chars"),
        ] {
            settings.insert(setting.into(), normalizer[key].clone());
        }
    } else {
        // This class uses `tokenizer.json` without changes.
        settings
            .entry("tokenizer_class")
            .or_insert(json!("PreTrainedTokenizerFast"));
    }
    let special = SPECIAL_KEYS
        .iter()
        .filter_map(|&key| Some((key.to_owned(), settings.get(key)?.clone())))
        .collect();
    (settings, special)
}

/// Calls the `tokenizers` library and converts panics to errors: the library panics on some malformed files,
/// and on some texts if the file is malformed.
pub(super) fn caught<T>(work: impl FnOnce() -> tokenizers::Result<T>) -> std::result::Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!(
                "the tokenizer is malformed: {}",
                said.unwrap_or("unknown reason")
            ))
        }
    }
}

pub(crate) fn tokenizer_error(error: tokenizers::Error) -> Error {
    Error::Tokenizer(error.to_string())
}
