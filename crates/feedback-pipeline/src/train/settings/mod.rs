//! The settings of a training run, from the command line, the environment, a settings file or a saved run.
//!
//! Each setting is defined once, as a field of one of these structs. With the feature `clap` the fields are command
//! line arguments; `serde` writes them to a run's `arguments.json` and reads them from there.

mod adapters;
pub(crate) mod base_model;
mod early_stopping;
mod model;
mod options;
mod output;
pub(crate) mod tuning;

pub use adapters::Adapters;
pub use base_model::{BaseModel, folder_sha256};
pub use early_stopping::EarlyStoppingOptions;
pub use model::ModelOptions;
pub use options::TrainOptions;
pub use output::OutputOptions;
pub use tuning::Tuning;
