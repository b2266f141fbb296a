//! Finds models by name: folders, and models of the Hugging Face Hub.

use std::path::{Path, PathBuf};

use clap::Args;
use feedback_bert::{DeviceChoice, Dtype};
use feedback_inference::Classifier;
use feedback_pipeline::data::LongTextOptions;
use feedback_pipeline::train::BaseModel;

use crate::arguments::DEFAULT_MODEL;

/// The name of the built-in model.
pub(crate) const BUILTIN: &str = "builtin";

/// The model that a command uses.
#[derive(Debug, Clone, Args)]
pub struct ModelArgs {
    /// The model: a folder, the name of a cached model of the Hugging Face Hub, or builtin [default: models/feedback_classifier
    /// if it exists, else builtin]
    #[arg(long, value_name = "DIR", env = "FEEDBACK_MODEL")]
    model: Option<PathBuf>,
}

/// Returns a classifier that does with long texts what these options say or, if they say nothing, what its training did.
///
/// # Errors
///
/// The overlap of windows is more than half of the maximum length of the model, or it is set although texts are cut.
pub fn with_long_texts(
    classifier: Classifier,
    options: &LongTextOptions,
) -> feedback_inference::Result<Classifier> {
    let manifest = classifier.manifest();
    let chosen = options.choose(manifest.max_length, manifest.long_texts)?;
    classifier.with_long_texts(chosen)
}

/// Returns the error for settings of long texts if a model gives each text any number of labels.
pub fn no_windows() -> feedback_inference::Error {
    feedback_inference::Error::MultiLabel {
        what: "a setting of long texts (`long_texts`, `window_overlap`)",
    }
}

/// A chosen model.
#[derive(Debug, Clone)]
pub struct ChosenModel {
    /// Its name as it was given, for messages.
    pub name: PathBuf,
    /// Its folder.
    pub folder: PathBuf,
    is_fallback: bool,
}

impl ChosenModel {
    /// Returns a message if the built-in model is used because no other was named or found.
    pub fn fallback(&self) -> Option<&'static str> {
        self.is_fallback.then_some(
            "no model was named, and models/feedback_classifier does not exist: using the built-in classifier, which knows \
             English feedback in general; `train` makes a model from your own data",
        )
    }
}

impl ModelArgs {
    /// Returns the model that was named; else the default folder, if it exists; else the built-in model.
    ///
    /// # Errors
    ///
    /// The built-in model cannot be written to disk, or is not part of this build.
    pub fn choose(&self) -> feedback_pipeline::Result<ChosenModel> {
        let name = match &self.model {
            Some(name) => name.clone(),
            None if Path::new(DEFAULT_MODEL).exists() => DEFAULT_MODEL.into(),
            None => BUILTIN.into(),
        };
        let builtin = if name == Path::new(BUILTIN) {
            BaseModel::Builtin.folder()?.map(Path::to_owned)
        } else {
            None
        };
        let folder = builtin.unwrap_or_else(|| model_folder(&name));
        Ok(ChosenModel {
            is_fallback: self.model.is_none() && name == Path::new(BUILTIN),
            name,
            folder,
        })
    }
}

/// Returns the folder of a model: the built-in one, the path itself, or the cached snapshot of a model on the Hugging Face Hub.
///
/// Any other name is returned unchanged; loading it then reports what is missing.
pub fn model_folder(name: &Path) -> PathBuf {
    if name == Path::new(BUILTIN)
        && let Ok(Some(folder)) = BaseModel::Builtin.folder()
    {
        return folder.to_owned();
    }
    let mut cache = feedback_hub::HubOptions::from_env(None);
    cache.offline = true;
    let found = feedback_hub::resolve_model(&name.to_string_lossy(), &cache, &mut |_| ());
    found.unwrap_or_else(|_| name.to_owned())
}

/// Returns the message that names the model, its device and, unless it is f32, its number type.
pub(crate) fn used(model: &Path, device: DeviceChoice, dtype: Dtype) -> String {
    let model = model.display();
    match dtype {
        Dtype::F32 => format!("model {model} on {device}"),
        dtype => format!("model {model} on {device}, {dtype}"),
    }
}

/// Shows the download of each file as a progress bar, if standard error is a terminal.
pub fn download_bar() -> impl FnMut(feedback_hub::DownloadProgress<'_>) {
    let bar = indicatif::ProgressBar::new(0); // draws on standard error, and only on a terminal
    move |progress| {
        bar.set_length(progress.total.unwrap_or(progress.received));
        bar.set_position(progress.received);
        bar.set_message(progress.file.to_owned());
        if progress.total == Some(progress.received) {
            bar.finish_and_clear();
            bar.reset();
        }
    }
}
