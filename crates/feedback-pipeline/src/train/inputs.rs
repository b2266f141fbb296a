//! The hashes of a run's inputs. A run can be resumed only if its inputs have not changed.

use serde_json::{Value, json};

use super::settings::BaseModel;
use crate::error::{Result, RunError};
use crate::run_folder::{RunFolder, differences};

const INPUTS: &str = "inputs.json";

/// Writes the hashes of a new run's inputs; `data` describes the data files. If the run was started before (`again`), compares them
/// with the saved hashes.
///
/// # Errors
///
/// [`RunError::InputsChanged`], or the file cannot be read or written.
pub fn keep_or_require_same(run: &RunFolder, again: bool, data: &Value, base: &BaseModel) -> Result<()> {
    let now = json!({"data": data, "base_model": base.fingerprint()?});
    if again {
        require_same(run, &now)
    } else {
        run.write_json(INPUTS, &now)
    }
}

/// Refuses different data or a different base model, which would mix two runs.
fn require_same(run: &RunFolder, now: &Value) -> Result<()> {
    if !run.path().join(INPUTS).exists() && !run.has_checkpoints() {
        return run.write_json(INPUTS, now); // the run was killed before it wrote the file, so before the first step
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
