//! Ready-made callbacks.

mod csv_log;
mod early_stopping;
mod event_log;
mod gradual_unfreezing;
mod log_output;
#[cfg(feature = "mlflow")]
mod mlflow;
mod nan_guard;
mod progress;
mod tensorboard;
mod time_budget;
mod top_losses;

pub use csv_log::CsvLog;
pub use early_stopping::{EarlyStopping, PatienceTracker};
pub use event_log::EventLog;
pub use gradual_unfreezing::GradualUnfreezing;
#[cfg(feature = "mlflow")]
pub use mlflow::Mlflow;
pub use nan_guard::NanGuard;
pub use progress::Progress;
pub use tensorboard::TensorBoard;
pub use time_budget::TimeBudget;
pub use top_losses::{TopLosses, WithTopLosses};
