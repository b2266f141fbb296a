//! Checks that a model folder has all files and that they belong together.

use std::path::{Path, PathBuf};

use feedback_files::{AtomicFolder, JsonLayout, write_json};

use crate::config::BertConfig;
use crate::error::{Error, Result};
use crate::tokenizer::{BertTokenizer, TOKENIZER, VOCABULARY};
use crate::weights::weights_file;

pub(crate) const CONFIG: &str = "config.json";
pub(crate) const WEIGHTS: &str = "model.safetensors";

/// Checks that a folder has the files of a model, and returns the path of the file with the weights.
pub(crate) fn require_model_files(folder: &Path) -> Result<PathBuf> {
    let problem = |reason: String, hint: &str| Error::NotAModelFolder {
        path: folder.to_owned(),
        reason,
        hint: hint.to_owned(),
    };
    if !folder.is_dir() {
        let reason = if folder.exists() {
            "it is a file"
        } else {
            "there is no such folder"
        };
        return Err(problem(
            reason.into(),
            "train a model first, or check the path given as `model`",
        ));
    }
    let weights = weights_file(folder);
    let has = |name: &str| folder.join(name).is_file();
    let needed = [
        (CONFIG, has(CONFIG)),
        (WEIGHTS, weights.is_some()),
        (TOKENIZER, has(TOKENIZER) || has(VOCABULARY)),
    ];
    if let Some((name, _)) = needed.iter().find(|(_, there)| !there) {
        return Err(problem(
            format!("it has no `{name}`"),
            "a model folder contains config.json, model.safetensors (or pytorch_model.bin) and tokenizer.json (or vocab.txt)",
        ));
    }
    Ok(weights.unwrap_or_else(|| folder.join(WEIGHTS)))
}

/// Returns an error for a model with a different kind of head, because its weights would be misinterpreted.
pub(crate) fn require_head(folder: &Path, config: &BertConfig, class_suffix: &str, what: &str) -> Result<()> {
    match config.saved_as() {
        Some(class) if class.contains("For") && !class.ends_with(class_suffix) => {
            Err(Error::NotAModelFolder {
                path: folder.to_owned(),
                reason: format!("according to its config.json it is a `{class}`, not a {what}"),
                hint: "fine-tune it first: `train` makes a text classifier".into(),
            })
        }
        _ => Ok(()),
    }
}

/// Returns an error for a model with a single output, because such an output is a number, not a label.
pub(super) fn require_two_labels(config: &BertConfig) -> Result<()> {
    if config.num_labels() < 2 {
        let expected = "at least two labels; a model with one label outputs a number, not a label";
        return Err(Error::config("id2label", expected, config.num_labels()));
    }
    Ok(())
}

/// Checks that `max_length` does not exceed the number of positions of the model.
///
/// # Errors
///
/// [`Error::Config`] with both numbers.
pub fn check_max_length(max_length: usize, config: &BertConfig) -> Result<()> {
    if max_length > config.max_tokens() {
        let expected = format!("at most the model's {} positions", config.max_tokens());
        return Err(Error::config("max_length", expected, max_length));
    }
    Ok(())
}

/// Checks that the model has an embedding for each token, and a position for each token of a text of maximum
/// length.
pub(crate) fn check_vocabulary(folder: &Path, config: &BertConfig, tokenizer: &BertTokenizer) -> Result<()> {
    let (tokens, max_id, room) = (tokenizer.vocab_size(), tokenizer.max_id(), config.vocab_size);
    if tokens > room || max_id as usize >= room {
        let file = if folder.join(TOKENIZER).is_file() {
            TOKENIZER
        } else {
            VOCABULARY
        };
        return Err(Error::NotAModelFolder {
            path: folder.to_owned(),
            reason: format!(
                "its {file} has {tokens} tokens with ids up to {max_id}; its config.json has room for {room}"
            ),
            hint: "the two files belong to different models".into(),
        });
    }
    check_max_length(tokenizer.max_length(), config)
}

/// Calls `write` with a temporary folder beside `folder`, then renames the temporary folder to `folder`. An
/// existing `folder` is kept under its name with `.previous` appended.
pub(crate) fn save_beside(folder: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let unfinished = AtomicFolder::create(folder)?;
    write(unfinished.path())?;
    Ok(unfinished.replace()?)
}

/// Like [`save_beside`], but removes the existing `folder` instead of keeping it, and does not change an
/// older folder with `.previous` appended.
pub(crate) fn supersede(folder: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let unfinished = AtomicFolder::create(folder)?;
    write(unfinished.path())?;
    Ok(unfinished.supersede()?)
}

/// Writes only configuration, tokenizer and weights, by means of [`save_beside`].
pub(crate) fn save_plain(
    folder: &Path,
    config: &BertConfig,
    tokenizer: &BertTokenizer,
    save_weights: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    save_beside(folder, |temporary| {
        write_json(temporary.join(CONFIG), config, JsonLayout::PrettyWithNewline)?;
        tokenizer.save(temporary)?;
        save_weights(&temporary.join(WEIGHTS))
    })
}
