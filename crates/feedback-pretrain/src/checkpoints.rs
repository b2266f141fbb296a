//! The checkpoints of pretraining, to continue from them.

use std::path::Path;

use feedback_files::{JsonLayout, read_json, sha256_of_file, write_json};
use feedback_pipeline::run_folder::differences;
use feedback_pipeline::train::settings::folder_sha256;
use feedback_trainer::{Checkpoint, CheckpointFolder};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::options::{PretrainObjective, PretrainOptions};
use crate::progress::PretrainNotice;

/// The file with the settings that the checkpoints were made with.
const SETTINGS: &str = "pretrain.json";

/// Opens a folder for checkpoints. Returns it with the newest complete checkpoint, if there is one. Refuses checkpoints that
/// were made with different settings.
///
/// Writes the settings to a new folder. Call this immediately before training, so that a command that fails for another
/// reason leaves no settings there.
pub(crate) fn open(
    folder: &Path,
    options: &PretrainOptions,
    notice: &mut dyn FnMut(PretrainNotice<'_>),
) -> Result<(CheckpointFolder, Option<Checkpoint>)> {
    fs_err::create_dir_all(folder)?;
    let (path, now) = (folder.join(SETTINGS), settings(options)?);
    if path.exists() {
        let before: Value = read_json(&path)?;
        let differences = differences(&before, &now);
        if !differences.is_empty() {
            return Err(Error::Checkpoints {
                folder: folder.to_owned(),
                differences,
            });
        }
    } else {
        write_json(&path, &now, JsonLayout::Pretty)?;
    }
    let checkpoints = CheckpointFolder::new(folder);
    let newest = checkpoints.newest()?;
    for damaged in &newest.damaged {
        notice(PretrainNotice::Damaged(damaged));
    }
    if let Some(checkpoint) = &newest.checkpoint {
        notice(PretrainNotice::Resumed(checkpoint.global_step()));
    }
    Ok((checkpoints, newest.checkpoint))
}

/// Returns everything that influences the weights, exactly as it would be read from a file.
fn settings(options: &PretrainOptions) -> Result<Value> {
    let teacher = match &options.objective {
        PretrainObjective::Distillation { teacher, .. } => Some(folder_sha256(teacher)?),
        PretrainObjective::MaskedLm { .. } => None,
    };
    let mut value = json!({
        "input_sha256": sha256_of_file(&options.input)?,
        "text_field": options.read.text_field,
        "validation_rows": options.validation_rows,
        "model": options.base.fingerprint()?,
        "teacher": teacher,
        "objective": format!("{:?}", options.objective),
        "max_length": options.max_length,
        "arguments": options.arguments,
    });
    if let Some(sheet) = &options.read.sheet {
        value["sheet"] = sheet.as_str().into();
    }
    let text = serde_json::to_string(&value).map_err(std::io::Error::from)?;
    Ok(serde_json::from_str(&text).map_err(std::io::Error::from)?)
}
