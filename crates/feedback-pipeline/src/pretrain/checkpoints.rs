//! Checkpoints of a pretraining, and going on from them.

use std::path::Path;

use feedback_files::{JsonLayout, read_json, sha256_of_file, write_json};
use feedback_trainer::{Checkpoint, CheckpointFolder};
use serde_json::{Value, json};

use super::{PretrainNotice, PretrainObjective, PretrainOptions};
use crate::reproduce::differences;
use crate::train::folder_sha256;
use crate::{Error, Result};

/// What the checkpoints beside it were made with.
const SETTINGS: &str = "pretrain.json";

/// The folder of the checkpoints, and the newest that is whole. A folder that was begun with other settings is refused.
pub(super) fn open(
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
            return Err(Error::Files {
                reason: format!(
                    "the checkpoints in `{}` were made with other settings: {}",
                    folder.display(),
                    differences.join("; ")
                ),
                hint: "give the settings they were begun with, or another folder to --checkpoints".into(),
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

/// Everything that has a say in the weights, as it is once written and read back.
fn settings(options: &PretrainOptions) -> Result<Value> {
    let teacher = match &options.objective {
        PretrainObjective::Distillation { teacher, .. } => Some(folder_sha256(teacher)?),
        PretrainObjective::MaskedLm { .. } => None,
    };
    let value = json!({
        "input_sha256": sha256_of_file(&options.input)?,
        "text_field": options.read.text_field,
        "validation_rows": options.validation_rows,
        "model": options.base.fingerprint()?,
        "teacher": teacher,
        "objective": format!("{:?}", options.objective),
        "max_length": options.max_length,
        "arguments": options.arguments,
    });
    let text = serde_json::to_string(&value).map_err(std::io::Error::from)?;
    Ok(serde_json::from_str(&text).map_err(std::io::Error::from)?)
}
