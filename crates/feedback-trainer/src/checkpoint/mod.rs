//! Checkpoints: what a run needs to go on as if nothing had happened.
//!
//! A checkpoint is a folder `checkpoint-<global_step>` with these files:
//!
//! | file | holds |
//! |---|---|
//! | `model.safetensors` | the weights that training is at, in 32 bits, by their path in the model |
//! | `best_model.safetensors` | the best weights so far, where they are not those |
//! | `optimizer.bpk` | both moments and the count of every parameter (Burn's record) |
//! | `progress.cbor` | counts, schedule, running sums, log, state of callbacks, arguments: every bit of every number |
//! | `trainer_state.json` | the same for people and scripts, in Hugging Face's field names |
//! | `manifest.json` | size and SHA-256 of each of these |
//! | `manifest.sha256` | SHA-256 of the manifest |
//!
//! It is written beside its place, read back and compared, synced, and then renamed, so a folder of that name is
//! whole. What time and disks do to it later is found by the hashes.

pub(crate) mod folder;
mod manifest;
pub(crate) mod restore;
pub(crate) mod snapshot;
