//! The recipe behind `train`: data in, a model folder and a run folder out.

mod arguments;
mod card;
mod output;
mod reproduce;
mod run;
mod saved_options;
mod top_losses;
mod tuning;

pub use reproduce::{Reproduction, reproduce};
pub use run::{
    BaseModel, MAXIMUM_RISK, TrainNotice, TrainOptions, TrainSummary, find_learning_rate, recipe_of_run,
    resume, train,
};
pub use tuning::Tuning;

pub(crate) use card::{Card, CardProgress};
pub(crate) use output::check_output;
pub(crate) use run::{check_settings, folder_sha256, test_evaluation};
