//! The base model, which training starts from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use feedback_bert::config::{Pooling, ScratchPreset};
use feedback_bert::folder::saved_pooling;
use feedback_files::sha256_of_file;
use feedback_hub::{DownloadProgress, HubOptions, resolve_model};
use feedback_trainer::TrainingArguments;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Result;

/// The base model, which training starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BaseModel {
    /// The encoder that comes with the project, if it was built with the feature `builtin`.
    Builtin,
    /// A folder with a pretrained encoder.
    Folder(PathBuf),
    /// A pretrained encoder from the Hugging Face Hub, in the local cache.
    Hub {
        /// The model's name on the Hub.
        id: String,
        /// The folder of the snapshot.
        folder: PathBuf,
    },
    /// A new model of this size with random weights and a vocabulary learned from the training texts.
    Scratch(ScratchPreset),
}

impl BaseModel {
    /// Returns the built-in encoder, or a new model if the project was built without it.
    pub fn standard() -> Self {
        if cfg!(feature = "builtin") {
            Self::Builtin
        } else {
            Self::Scratch(ScratchPreset::default())
        }
    }

    /// Parses `builtin`, `scratch`, `scratch:tiny`, `scratch:mini`, `scratch:small`, or a folder.
    ///
    /// # Errors
    ///
    /// The preset is unknown.
    pub fn parse(name: &str) -> Result<Self> {
        Ok(match name.split_once(':') {
            None if name == "builtin" => Self::Builtin,
            None if name == "scratch" => Self::Scratch(ScratchPreset::default()),
            Some(("scratch", preset)) => Self::Scratch(preset.parse()?),
            _ => Self::Folder(PathBuf::from(name)),
        })
    }

    /// Replaces a folder that does not exist by the model with this name on the Hugging Face Hub, in the local cache: see
    /// [`resolve_model`]. Other base models stay unchanged.
    ///
    /// # Errors
    ///
    /// The errors of [`resolve_model`].
    pub fn resolve(self, hub: &HubOptions, progress: &mut dyn FnMut(DownloadProgress<'_>)) -> Result<Self> {
        match self {
            Self::Folder(path) if !path.exists() => {
                let id = path.to_string_lossy().into_owned();
                let folder = resolve_model(&id, hub, progress)?;
                Ok(Self::Hub { id, folder })
            }
            other => Ok(other),
        }
    }

    /// Returns the folder of the pretrained encoder; `None` for a new model. Writes the built-in encoder to disk if it is not
    /// there.
    ///
    /// # Errors
    ///
    /// The built-in encoder cannot be written, or is not part of this build.
    pub fn folder(&self) -> Result<Option<&Path>> {
        match self {
            Self::Builtin => builtin_folder().map(Some),
            Self::Folder(folder) | Self::Hub { folder, .. } => Ok(Some(folder)),
            Self::Scratch(_) => Ok(None),
        }
    }

    /// Returns the name for a model card: the name of the folder, the name on the Hub, or `scratch:…`.
    pub fn name(&self) -> String {
        match self {
            Self::Builtin => "builtin".to_owned(),
            Self::Hub { id, .. } => id.clone(),
            Self::Folder(path) => path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
            Self::Scratch(preset) => format!("scratch:{preset}"),
        }
    }

    /// Returns how this base model pools unless a setting says otherwise: as its `feedback.json` says, else `cls`.
    pub fn default_pooling(&self) -> Pooling {
        let saved = match self {
            Self::Builtin => Some(Pooling::Mean),
            Self::Folder(folder) | Self::Hub { folder, .. } => saved_pooling(folder),
            Self::Scratch(_) => None,
        };
        saved.unwrap_or(Pooling::Cls)
    }

    /// Returns the name of the base model and the SHA-256 of each of its files, as JSON.
    ///
    /// # Errors
    ///
    /// The errors of [`folder_sha256`].
    pub fn fingerprint(&self) -> Result<Value> {
        let files = self.folder()?.map(folder_sha256).transpose()?.unwrap_or_default();
        Ok(json!({"name": self.name(), "files": files}))
    }

    /// Returns the default training arguments for this base model: a new model needs many more epochs and a higher learning
    /// rate than a pretrained encoder. The values were chosen on the validation split of the fixtures.
    pub fn default_arguments(&self) -> TrainingArguments {
        let mut arguments = TrainingArguments::default();
        (arguments.num_train_epochs, arguments.learning_rate) = match self {
            Self::Builtin | Self::Folder(_) | Self::Hub { .. } => (4, 1e-4),
            Self::Scratch(_) => (30, 1e-3),
        };
        arguments
    }
}

/// Returns the folder of the built-in encoder.
#[cfg(feature = "builtin")]
fn builtin_folder() -> Result<&'static Path> {
    Ok(feedback_builtin::folder()?)
}

#[cfg(not(feature = "builtin"))]
fn builtin_folder() -> Result<&'static Path> {
    Err(crate::error::Error::NoBuiltin)
}

/// Returns the SHA-256 of each file in a model folder. If the path is not a folder, the result is empty; loading the model
/// then fails.
///
/// # Errors
///
/// A file cannot be read.
pub fn folder_sha256(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    if folder.is_dir() {
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                files.insert(name.into_owned(), sha256_of_file(&path)?);
            }
        }
    }
    Ok(files)
}
