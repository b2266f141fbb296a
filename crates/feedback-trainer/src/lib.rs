//! A trainer for [Burn](https://burn.dev) models with the arguments and callbacks of Hugging Face's `Trainer`.
//!
//! A model implements [`Trainable`], and its data implement [`TrainData`]. [`TrainingArguments`] hold the settings;
//! [`check`](TrainingArguments::check) validates them. [`Trainer::train`] runs the loop and by default returns the *best* model by
//! the chosen metric, not the last one. [`Callback`]s observe and control training; the documentation of that trait shows the loop.
//!
//! ```
//! use burn::module::Module;
//! use burn::nn::{Linear, LinearConfig};
//! use burn::tensor::{Device, Int, Tensor};
//! use feedback_trainer::*;
//!
//! /// Separates positive from negative numbers.
//! #[derive(Module, Debug)]
//! struct Sign { linear: Linear }
//!
//! impl Trainable for Sign {
//!     type Batch = (Tensor<2>, Tensor<1, Int>);
//!     fn loss(&self, (inputs, labels): Self::Batch) -> Tensor<1> {
//!         cross_entropy_sum(self.linear.forward(inputs), labels)
//!     }
//! }
//!
//! struct Numbers(Vec<f32>);
//!
//! impl TrainData<Sign> for Numbers {
//!     fn len(&self) -> usize { self.0.len() }
//!     fn length(&self, _index: usize) -> usize { 1 }
//!     fn batch(&self, indices: &[usize], device: &Device) -> std::result::Result<<Sign as Trainable>::Batch, BoxError> {
//!         let inputs: Vec<f32> = indices.iter().map(|&index| self.0[index]).collect();
//!         let labels: Vec<i32> = inputs.iter().map(|&number| i32::from(number > 0.0)).collect();
//!         let inputs = Tensor::<1>::from_floats(inputs.as_slice(), device).reshape([indices.len(), 1]);
//!         Ok((inputs, Tensor::from_ints(labels.as_slice(), device)))
//!     }
//! }
//!
//! struct Accuracy<'a>(&'a Numbers);
//!
//! impl Evaluate<Sign> for Accuracy<'_> {
//!     fn evaluate(&mut self, model: &Sign) -> std::result::Result<Metrics, BoxError> {
//!         let all: Vec<usize> = (0..self.0.len()).collect();
//!         let (inputs, labels) = self.0.batch(&all, &Device::flex())?;
//!         let hits = model.linear.forward(inputs).argmax(1).reshape([all.len()]).equal(labels);
//!         let correct: f32 = hits.float().sum().into_scalar();
//!         Ok([("accuracy".to_string(), f64::from(correct) / all.len() as f64)].into())
//!     }
//! }
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let data = Numbers(vec![-3.0, -2.0, -1.0, 1.0, 2.0, 3.0]);
//! let device = Device::flex();
//! device.seed(1);
//! let arguments = TrainingArguments {
//!     num_train_epochs: 20,
//!     learning_rate: 0.1,
//!     metric_for_best_model: "accuracy".into(),
//!     ..Default::default()
//! };
//! let model = Sign { linear: LinearConfig::new(1, 2).init(&device) };
//! let trained = Trainer::new(arguments.check()?, &device)
//!     .with_callback(callbacks::EarlyStopping::new("accuracy", 5, 0.0, true)?)
//!     .train(model, &data, &mut Accuracy(&data))?;
//! assert_eq!(trained.metrics["accuracy"], 1.0);
//! # Ok(())
//! # }
//! ```
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

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
