//! A trained model as a folder that Hugging Face Transformers reads too.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::tokenizer_files::{TOKENIZER, VOCABULARY};
use crate::weights::save_encoder_weights;
use crate::{
    BertConfig, BertForSequenceClassification, BertTokenizer, Error, LoadReport, MissingHead, Pooling,
    Result, checkpoint, load_weights, save_weights,
};

/// The version of `feedback.json` that this crate writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

pub(crate) const CONFIG: &str = "config.json";
pub(crate) const WEIGHTS: &str = "model.safetensors";
const MANIFEST: &str = "feedback.json";
const CARD: &str = "README.md";

/// `feedback.json`: what Transformers has no place for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackManifest {
    /// Version of this file's layout.
    pub format_version: u32,
    /// Greatest length of a text in tokens, in training and therefore in prediction.
    pub max_length: usize,
    /// How tokens become one vector; with `mean`, Transformers would not compute the same.
    pub pooling: Pooling,
    /// Logits are divided by this before softmax; 1 leaves them as they are.
    pub temperature: f64,
    /// Predictions with a lower confidence are marked as abstained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abstain_below: Option<f64>,
    /// The model that training started from: a folder's name or `scratch:tiny`.
    pub base_model: String,
    /// Seed of the training run.
    pub seed: u64,
    /// Metrics on the test set, in `evaluate`'s form.
    #[serde(default)]
    pub metrics: Value,
    /// Names, sizes and hashes of the data files.
    #[serde(default)]
    pub data: Value,
    /// Hashes of the normalised training and validation texts, 16 hex digits each, so that `evaluate` can
    /// say how much of any file the model has seen.
    #[serde(default)]
    pub fingerprints: BTreeMap<String, Vec<String>>,
    /// Versions of the software that wrote the folder.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// A warning for other software, where one is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// SHA-256 of each other file in the folder, by name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// A model in memory, with all that prediction needs.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    /// Shape and labels.
    pub config: BertConfig,
    /// Text to tokens.
    pub tokenizer: BertTokenizer,
    /// The network.
    pub model: BertForSequenceClassification,
    /// Everything else.
    pub manifest: FeedbackManifest,
}

impl ModelFolder {
    /// Reads a folder that `train` or Transformers' `save_pretrained` wrote.
    ///
    /// A folder of Transformers has no `feedback.json`: its `max_length` is then the smaller of
    /// the model's positions and 512, its pooling `cls`, its temperature 1.
    ///
    /// # Errors
    ///
    /// [`Error::NotAModelFolder`], [`Error::HashMismatch`], or what reading one of its files gives.
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let weights = require_model_files(folder)?;
        let config = BertConfig::encoder_from_file(&folder.join(CONFIG))?;
        require_head(
            folder,
            &config,
            "ForSequenceClassification",
            "classifier of texts",
        )?;
        config.validate()?;
        require_two_labels(&config)?;
        let manifest = match read_manifest(folder)? {
            Some(manifest) => manifest,
            None => {
                let max_length = config.max_tokens().min(512);
                FeedbackManifest::new(max_length, Pooling::Cls, &folder.display().to_string(), 0)
            }
        };
        verify_hashes(folder, &manifest)?;
        let tokenizer = BertTokenizer::from_folder(folder, manifest.max_length)?;
        check_vocabulary(folder, &config, &tokenizer)?;
        let (model, _) = load_weights(&weights, &config, manifest.pooling, MissingHead::Refuse, device)?;
        Ok(Self {
            config,
            tokenizer,
            model,
            manifest,
        })
    }

    /// Writes the folder as a whole: beside its final place first, then swapped in. A folder that stood there
    /// is kept under the same name with `.previous` appended.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Weights`]; the old folder then still stands.
    pub fn save(&self, folder: &Path) -> Result<()> {
        self.save_with_card(folder, &self.card())
    }

    /// As [`ModelFolder::save`], with a model card (`README.md`) of the caller's own.
    ///
    /// # Errors
    ///
    /// Those of [`ModelFolder::save`].
    pub fn save_with_card(&self, folder: &Path, card: &str) -> Result<()> {
        save_beside(folder, |temporary| self.write_files(temporary, card))
    }

    /// Writes the encoder and the tokenizer alone, as Transformers saves a model without a head: a folder to start
    /// fine-tuning from, which no program takes for a classifier.
    ///
    /// # Errors
    ///
    /// Those of [`ModelFolder::save`].
    pub fn save_encoder(&self, folder: &Path) -> Result<()> {
        save_plain(folder, &self.config.saved_for("Model"), &self.tokenizer, |path| {
            save_encoder_weights(&self.model, &self.config, path)
        })
    }

    /// What somebody who finds the folder must know.
    fn card(&self) -> String {
        let manifest = &self.manifest;
        let labels: Vec<&str> = self.config.id2label.values().map(String::as_str).collect();
        let transformers = manifest.note().unwrap_or(
            "Transformers' `AutoModelForSequenceClassification.from_pretrained` loads it unchanged.",
        );
        format!(
            "# Feedback classifier\n\nFine-tuned from `{}` (seed {}). Labels: {}.\n\nReads up to {} tokens of a text; {} \
             pooling; logits are divided by {} before softmax. {transformers}\n\nFigures on its test set, data and hashes are \
             in `feedback.json`.\n",
            manifest.base_model,
            manifest.seed,
            labels.join(", "),
            manifest.max_length,
            manifest.pooling,
            manifest.temperature,
        )
    }

    fn write_files(&self, folder: &Path, card: &str) -> Result<()> {
        let mut config = self.config.saved_for("ForSequenceClassification");
        config
            .other
            .insert("problem_type".into(), "single_label_classification".into());
        write_json(&folder.join(CONFIG), &config)?;
        save_weights(&self.model, &self.config, &folder.join(WEIGHTS))?;
        fs_err::write(folder.join(CARD), card)?;
        let mut files = self.tokenizer.save(folder)?;
        files.extend([folder.join(CONFIG), folder.join(WEIGHTS)]);
        let mut manifest = self.manifest.clone();
        manifest.files.clear();
        for file in files {
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            manifest.files.insert(name, sha256_of(&file)?);
            make_readable(&file, 0o644)?;
            fs_err::File::open(&file)?.sync_all()?;
        }
        manifest.note = manifest.note().map(str::to_owned);
        write_json(&folder.join(MANIFEST), &manifest)
    }
}

impl FeedbackManifest {
    /// A manifest with what every model has: no calibration, no metrics, no data yet.
    pub fn new(max_length: usize, pooling: Pooling, base_model: &str, seed: u64) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            max_length,
            pooling,
            temperature: 1.0,
            abstain_below: None,
            base_model: base_model.to_owned(),
            seed,
            metrics: Value::Null,
            data: Value::Null,
            fingerprints: BTreeMap::new(),
            versions: BTreeMap::new(),
            note: None,
            files: BTreeMap::new(),
        }
    }

    fn note(&self) -> Option<&'static str> {
        (self.pooling == Pooling::Mean).then_some(
            "The classifier stands on the mean of the tokens: Transformers would put a pooler of its own before it and \
             compute something else.",
        )
    }
}

/// An encoder to start fine-tuning from: any folder with `config.json`, weights and a tokenizer.
///
/// The result has the labels given and, where the folder has no classifier for just these labels, a new head
/// drawn from `seed`; the report says so.
///
/// # Errors
///
/// Those of [`ModelFolder::load`], and [`Error::Config`] if `max_length` exceeds the model's positions.
pub fn load_for_fine_tuning(
    folder: &Path,
    labels: &[String],
    pooling: Pooling,
    max_length: usize,
    seed: u64,
    device: &Device,
) -> Result<(
    BertConfig,
    BertTokenizer,
    BertForSequenceClassification,
    LoadReport,
)> {
    let weights = require_model_files(folder)?;
    let base = BertConfig::encoder_from_file(&folder.join(CONFIG))?;
    check_max_length(max_length, &base)?;
    let manifest = read_manifest(folder)?;
    if let Some(manifest) = &manifest {
        verify_hashes(folder, manifest)?;
    }
    let tokenizer = BertTokenizer::from_folder(folder, max_length)?;
    check_vocabulary(folder, &base, &tokenizer)?;
    // A head learnt on other labels, or on vectors that were made in another way, means nothing here.
    // That of a folder of Transformers stands on its pooler.
    let old_pooling = manifest.map_or(Pooling::Cls, |manifest| manifest.pooling);
    let same_pooling = old_pooling == pooling;
    let same_head = same_pooling && base.has_head_for(labels);
    let config = base.with_labels(labels);
    let head = if same_head {
        MissingHead::Initialise { seed }
    } else {
        MissingHead::Replace { seed }
    };
    let (model, report) = load_weights(&weights, &config, pooling, head, device)?;
    Ok((config, tokenizer, model, report))
}

/// Refuses a `max_length` beyond the positions that the model has.
///
/// # Errors
///
/// [`Error::Config`] naming both numbers.
pub fn check_max_length(max_length: usize, config: &BertConfig) -> Result<()> {
    if max_length > config.max_tokens() {
        return Err(Error::Config {
            field: "max_length",
            expected: format!("at most the model's {} positions", config.max_tokens()),
            found: format!("`{max_length}`"),
        });
    }
    Ok(())
}

/// Checks that the files are there that a model needs, and tells the one with the weights.
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
            "train a model first, or check the path given to --model",
        ));
    }
    let weights = checkpoint::weights_file(folder);
    let has = |name: &str| folder.join(name).is_file();
    let needed = [
        (CONFIG, has(CONFIG)),
        (WEIGHTS, weights.is_some()),
        (TOKENIZER, has(TOKENIZER) || has(VOCABULARY)),
    ];
    if let Some((name, _)) = needed.iter().find(|(_, there)| !there) {
        return Err(problem(
            format!("it has no `{name}`"),
            "a model folder holds config.json, model.safetensors (or pytorch_model.bin) and tokenizer.json (or vocab.txt)",
        ));
    }
    Ok(weights.unwrap_or_else(|| folder.join(WEIGHTS)))
}

/// Refuses a model with another head: its numbers would be read as what they are not.
pub(crate) fn require_head(folder: &Path, config: &BertConfig, class_suffix: &str, what: &str) -> Result<()> {
    match config.saved_as() {
        Some(class) if class.contains("For") && !class.ends_with(class_suffix) => {
            Err(Error::NotAModelFolder {
                path: folder.to_owned(),
                reason: format!("its config.json says that it is a `{class}`, not a {what}"),
                hint: "fine-tune it for that first; for texts with `train --model`".into(),
            })
        }
        _ => Ok(()),
    }
}

fn require_two_labels(config: &BertConfig) -> Result<()> {
    if config.num_labels() < 2 {
        return Err(Error::Config {
            field: "id2label",
            expected: "two labels or more; a model with one gives a number, not a label".into(),
            found: format!("{}", config.num_labels()),
        });
    }
    Ok(())
}

fn read_manifest(folder: &Path) -> Result<Option<FeedbackManifest>> {
    let path = folder.join(MANIFEST);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs_err::read_to_string(&path)?;
    let manifest: FeedbackManifest = serde_json::from_str(&text).map_err(|source| Error::Json {
        path: path.clone(),
        source,
    })?;
    let wrong = |field, expected: &str, found: String| Error::Config {
        field,
        expected: expected.to_owned(),
        found: format!("`{found}` in `{}`", path.display()),
    };
    if manifest.format_version > FORMAT_VERSION {
        return Err(wrong(
            "format_version",
            "1, the version this program knows",
            manifest.format_version.to_string(),
        ));
    }
    if !(manifest.temperature.is_finite() && manifest.temperature > 0.0) {
        return Err(wrong(
            "temperature",
            "a finite number above 0",
            manifest.temperature.to_string(),
        ));
    }
    Ok(Some(manifest))
}

fn verify_hashes(folder: &Path, manifest: &FeedbackManifest) -> Result<()> {
    for (name, expected) in &manifest.files {
        let path = folder.join(name);
        let found = sha256_of(&path)?;
        if *expected != found {
            return Err(Error::HashMismatch {
                path,
                expected: expected.clone(),
                found,
            });
        }
    }
    Ok(())
}

pub(crate) fn check_vocabulary(folder: &Path, config: &BertConfig, tokenizer: &BertTokenizer) -> Result<()> {
    let (tokens, greatest, room) = (tokenizer.vocab_size(), tokenizer.greatest_id(), config.vocab_size);
    if tokens > room || greatest as usize >= room {
        let file = if folder.join(TOKENIZER).is_file() {
            TOKENIZER
        } else {
            VOCABULARY
        };
        return Err(Error::NotAModelFolder {
            path: folder.to_owned(),
            reason: format!(
                "its {file} has {tokens} tokens, the last with the id {greatest}; its config.json has room for {room}"
            ),
            hint: "the two files belong to different models".into(),
        });
    }
    check_max_length(tokenizer.max_length(), config)
}

/// SHA-256 of a file, as 64 hex digits.
///
/// # Errors
///
/// [`Error::Io`] naming the path.
pub fn sha256_of(path: &Path) -> Result<String> {
    let mut file = fs_err::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string_pretty(value).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })?;
    Ok(fs_err::write(path, json + "\n")?)
}

/// Writes configuration, tokenizer and weights, and nothing of ours, as [`save_beside`] does.
pub(crate) fn save_plain(
    folder: &Path,
    config: &BertConfig,
    tokenizer: &BertTokenizer,
    save_weights: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    save_beside(folder, |temporary| {
        write_json(&temporary.join(CONFIG), config)?;
        tokenizer.save(temporary)?;
        save_weights(&temporary.join(WEIGHTS))
    })
}

/// Writes a folder by `write` beside its final place and swaps it in.
pub(crate) fn save_beside(folder: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let name = folder.file_name().ok_or_else(|| Error::NotAModelFolder {
        path: folder.to_owned(),
        reason: "the path has no last part".into(),
        hint: "give a folder's name, as in models/feedback_classifier".into(),
    })?;
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs_err::create_dir_all(parent)?;
    let temporary = tempfile::Builder::new()
        .prefix(&format!(".{}-", name.to_string_lossy()))
        .tempdir_in(parent)?;
    write(temporary.path())?;
    swap_in(temporary, folder)
}

fn swap_in(temporary: tempfile::TempDir, folder: &Path) -> Result<()> {
    let mut previous = folder.as_os_str().to_owned();
    previous.push(".previous");
    let previous = PathBuf::from(previous);
    make_readable(temporary.path(), 0o755)?;
    let replaces = folder.exists();
    if replaces {
        if previous.exists() {
            fs_err::remove_dir_all(&previous)?;
        }
        fs_err::rename(folder, &previous)?;
    }
    if let Err(error) = fs_err::rename(temporary.path(), folder) {
        if replaces {
            fs_err::rename(&previous, folder)?;
        }
        return Err(error.into());
    }
    // Renamed away, there is nothing left to clean up.
    let _ = temporary.keep();
    Ok(())
}

/// Temporary files and folders are private to their owner; a model folder is as readable as any other.
#[cfg(unix)]
pub(crate) fn make_readable(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs_err::set_permissions(
        path,
        std::fs::Permissions::from_mode(mode),
    )?)
}

#[cfg(not(unix))]
pub(crate) fn make_readable(_path: &Path, _mode: u32) -> Result<()> {
    Ok(())
}
