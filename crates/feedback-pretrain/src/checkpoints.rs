//! The checkpoints of pretraining, to continue from them.

use std::path::Path;

use feedback_dataset::read::ReadOptions;
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
/// Writes the settings to a new folder. Call this immediately before training: if the command fails earlier, no settings file is
/// left in the folder.
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

/// Returns the settings to compare, converted to JSON text and back, so that they equal settings read from a file.
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
    // Only settings that differ from their defaults, so that the checkpoints of earlier versions are continued.
    if let (Ok(Value::Object(read)), Ok(Value::Object(usual))) = (
        serde_json::to_value(&options.read),
        serde_json::to_value(ReadOptions::default()),
    ) {
        for (name, set) in read
            .into_iter()
            .filter(|(name, set)| usual.get(name) != Some(set))
        {
            value[name] = set;
        }
    }
    let text = serde_json::to_string(&value).map_err(std::io::Error::from)?;
    Ok(serde_json::from_str(&text).map_err(std::io::Error::from)?)
}
