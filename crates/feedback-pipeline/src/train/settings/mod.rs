//! The settings of a training: what the command line, the environment, a settings file and a saved run say.
//!
//! Each is a field of one of these structs and stands nowhere else. With the feature `clap` the fields are command line
//! arguments; `serde` writes them into a run's `arguments.json` and reads them from there.

mod adapters;
pub(crate) mod base_model;
mod early_stopping;
mod exact_json;
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
