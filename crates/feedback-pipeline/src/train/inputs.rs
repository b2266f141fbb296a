//! The hashes of a run's inputs; they must not change until the run is resumed.

use serde_json::{Value, json};

use super::settings::BaseModel;
use crate::data::PreparedData;
use crate::error::{Result, RunError};
use crate::run_folder::{RunFolder, differences};

const INPUTS: &str = "inputs.json";

/// Writes the hashes of a new run's inputs, or compares them with those at the start of the run.
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

/// Refuses other data or another tokenizer, which would mix two different runs.
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
