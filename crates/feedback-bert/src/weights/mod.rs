//! Reads weights from SafeTensors and PyTorch files and their shards, and writes SafeTensors, with Hugging
//! Face's names.

mod checkpoint;
mod compact;
mod file_bytes;
mod fill;
mod load;
mod pickle;
mod pickle_values;
mod plan;
mod pytorch;
mod report;
mod safe_tensors;
mod save;
mod sizes;

pub(crate) use checkpoint::weights_file;
pub use compact::{Storage, save_compact};
pub(crate) use load::load;
pub use load::load_weights;
pub use report::{LoadReport, MissingHead};
pub(crate) use save::{save, save_encoder};
