//! The exact weights of any module as a SafeTensors file.

use burn::module::Module;
use burn_store::{ModuleSnapshot, SafetensorsStore};

/// Returns a SafeTensors file with all tensors of a module, named by their path in the module.
///
/// # Errors
///
/// A message, if the tensors cannot be read from the device.
pub(crate) fn to_bytes<M: Module>(model: &M) -> Result<Vec<u8>, String> {
    let mut store = SafetensorsStore::from_bytes(None)
        .clear_metadata()
        .metadata("format", "burn");
    model.save_into(&mut store).map_err(|error| error.to_string())?;
    store.get_bytes().map_err(|error| error.to_string())
}

/// Replaces the tensors of a module with those in a file that [`to_bytes`] returned.
///
/// # Errors
///
/// A message with the names of the tensors that are missing or unused, or have the wrong shape.
pub(crate) fn from_bytes<M: Module>(mut model: M, bytes: Vec<u8>) -> Result<M, String> {
    let mut store = SafetensorsStore::from_bytes(Some(bytes));
    let result = model.load_from(&mut store).map_err(|error| error.to_string())?;
    if !result.errors.is_empty() {
        let errors: Vec<String> = result.errors.iter().map(ToString::to_string).collect();
        return Err(errors.join("; "));
    }
    if !result.unused.is_empty() {
        return Err(format!("the model does not have {}", result.unused.join(", ")));
    }
    Ok(model)
}

/// Returns the version of Burn that this crate was built with.
pub fn burn_version() -> String {
    // All of Burn's crates share one version, and `burn-store` exposes it.
    SafetensorsStore::default_metadata()
        .remove("version")
        .unwrap_or_default()
}
