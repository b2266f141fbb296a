//! Finds models by name: folders, and models of the Hugging Face Hub.

use std::path::{Path, PathBuf};

use feedback_bert::{DeviceChoice, Dtype};

/// Returns the folder of a model: the path itself, or the cached snapshot of a model on the Hugging Face Hub.
///
/// Any other name is returned unchanged; loading it then reports what is missing.
pub fn model_folder(name: &Path) -> PathBuf {
    let mut cache = feedback_hub::HubOptions::from_env(None);
    cache.offline = true;
    let found = feedback_hub::resolve_model(&name.to_string_lossy(), &cache, &mut |_| ());
    found.unwrap_or_else(|_| name.to_owned())
}

/// The line that names a model and what it computes on and with.
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
