//! Checkpoints: everything a run needs to continue as if it had not been interrupted.
//!
//! A checkpoint is a folder `checkpoint-<global_step>` with these files:
//!
//! | file | content |
//! |---|---|
//! | `model.safetensors` | the current weights, in 32 bits, by their path in the model |
//! | `best_model.safetensors` | the best weights so far, if different |
//! | `optimizer.bpk` | both moments and the update count of every parameter (a Burn record) |
//! | `progress.cbor` | counts, schedule, running sums, log, state of callbacks, arguments; all numbers exact |
//! | `trainer_state.json` | the state of the run for people and scripts, with Hugging Face's field names |
//! | `manifest.json` | size and SHA-256 of each file above |
//! | `manifest.sha256` | SHA-256 of the manifest |
//!
//! A checkpoint is written under a temporary name, read back and compared, synced, and then renamed, so a
//! folder with the final name is always complete. The hashes detect later damage.

pub(crate) mod folder;
mod manifest;
pub(crate) mod restore;
pub(crate) mod snapshot;
