//! Ready-made callbacks.

mod early_stopping;
mod event_log;
mod gradual_unfreezing;
mod progress;

pub use early_stopping::{EarlyStopping, PatienceTracker};
pub use event_log::EventLog;
pub use gradual_unfreezing::GradualUnfreezing;
pub use progress::Progress;
