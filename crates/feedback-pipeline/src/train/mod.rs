//! The recipe behind `train`: turns data into a model folder and a run folder.
//!
//! ```text
//! settings ─ check ─ prepare ─── fit ─── calibrate ─── publish
//!                    data,       best    temperature,  model folder,
//!                    model       model   threshold     card, report
//! ```

mod alike;
mod arguments;
mod baselines;
mod calibrate;
mod card;
mod check;
mod chosen;
mod encoded;
mod first_model;
mod fit;
mod head;
mod inputs;
mod learning_rate;
mod location;
mod notice;
pub mod output;
mod prepare;
mod publish;
mod questions;
mod recipe;
mod reference;
mod reproduce;
pub mod settings;
mod start_model;
mod summary;
mod top_losses;
mod tuning;

pub use alike::{AlikePair, AlikeTexts};
pub use calibrate::{MAX_RISK, note_base};
pub use check::{check_common, check_settings};
pub use chosen::{ChosenModel, publish_chosen};
pub use first_model::head_stays;
pub use fit::{Loop, newest_checkpoint};
pub use inputs::keep_or_require_same;
pub use learning_rate::find_learning_rate;
pub use location::{OpenRun, RunLocation};
pub use notice::TrainNotice;
pub use recipe::{recipe_of_run, resume, task_of_run, train};
pub use reproduce::{Reproduction, reproduce};
pub use settings::{BaseModel, TrainOptions, Tuning};
pub use start_model::{StartModel, start_model};
pub use summary::TrainSummary;
pub use tuning::Merged;
