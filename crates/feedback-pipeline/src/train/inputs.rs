//! What a run was made from, by hashes: a run that is resumed must find the same.

use serde_json::{Value, json};

use super::settings::BaseModel;
use crate::data::PreparedData;
use crate::error::{Result, RunError};
use crate::run_folder::{RunFolder, differences};

const INPUTS: &str = "inputs.json";

/// Writes the hashes of a new run's inputs, or compares them with those that the run began with.
pub(super) fn keep_or_require_same(
    run: &RunFolder,
    again: bool,
    data: &PreparedData,
    base: &BaseModel,
) -> Result<()> {
    let now = json!({"data": data.description, "base_model": base.fingerprint()?});
    if again {
        require_same(run, &now)
    } else {
        run.write_json(INPUTS, &now)
    }
}

/// A run that goes on with other data or another tokenizer would be neither the one nor the other.
fn require_same(run: &RunFolder, now: &Value) -> Result<()> {
    if !run.path().join(INPUTS).exists() && !run.has_checkpoints() {
        return run.write_json(INPUTS, now); // killed before it was written, so before the first step
    }
    let differences = differences(&run.read_json(INPUTS)?, now);
    if differences.is_empty() {
        return Ok(());
    }
    Err(RunError::InputsChanged {
        path: run.path().to_owned(),
        differences,
    }
    .into())
}
