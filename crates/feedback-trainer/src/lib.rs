#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! A model implements [`Trainable`], and its data implement [`TrainData`]. [`TrainingArguments`] hold the settings;
//! [`check`](TrainingArguments::check) validates them. [`Trainer::train`] runs the loop. [`Callback`]s observe and control training; the
//! documentation of that trait shows the loop.
//!
//! # Writing a callback
//!
//! The module [`callbacks`] has ready-made callbacks. To write your own, implement the hooks that you need. This callback stops
//! training once a score is good enough:
//!
//! ```
//! use feedback_trainer::*;
//!
//! struct GoodEnough { metric: &'static str, target: f64 }
//!
//! impl Callback for GoodEnough {
//!     fn name(&self) -> &str {
//!         "good_enough"
//!     }
//!
//!     fn on_evaluate(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
//!         let reached = metrics.get(self.metric).is_some_and(|&value| value >= self.target);
//!         Ok(if reached && state.global_step > 0 { Control::STOP } else { Control::CONTINUE })
//!     }
//! }
//!
//! // `Trainer::new(…).with_callback(GoodEnough { metric: "accuracy", target: 0.9 })`
//! let mut callback = GoodEnough { metric: "accuracy", target: 0.9 };
//! let mut state = TrainState::default();
//! state.global_step = 20;
//! assert_eq!(callback.on_evaluate(&state, &[("accuracy".to_string(), 0.8)].into())?, Control::CONTINUE);
//! assert_eq!(callback.on_evaluate(&state, &[("accuracy".to_string(), 0.9)].into())?, Control::STOP);
//! # Ok::<(), BoxError>(())
//! ```

mod adamw;
mod arguments;
mod callback;
pub mod callbacks;
mod checkpoint;
mod error;
mod gradients;
mod layerwise;
mod learning_rate_finder;
pub mod losses;
mod model;
mod optimizer;
mod output;
mod parameters;
mod parts;
mod progress;
mod run;
mod sampler;
mod schedule;
mod seeded;
mod state;
mod trainer;
mod weights;

pub use arguments::{
    CheckedArguments, IntervalStrategy, LrSchedulerKwargs, LrSchedulerType, OptimizerName, TrainingArguments,
    parse_exact_json,
};
pub use callback::{Callback, CallbackResult};
pub use checkpoint::folder::{Checkpoint, CheckpointFolder, Damaged, Newest};
pub use error::{BoxError, CallbackError, Error, Result};
pub use learning_rate_finder::{LearningRateCurve, LearningRatePoint, LearningRateRange, find_learning_rate};
pub use losses::cross_entropy_sum;
pub use model::{Evaluate, Metrics, TrainData, Trainable};
pub use output::{Callbacks, StopReason, TrainOutput};
pub use parts::{Parts, trainable_parameters};
pub use sampler::epoch_batches;
pub use schedule::Schedule;
pub use state::{Control, LogEntry, LogKind, TrainState};
pub use trainer::Trainer;
pub use weights::burn_version;
