//! Ready-made callbacks.

mod early_stopping;
mod event_log;
mod progress;

pub use early_stopping::{EarlyStopping, PatienceTracker};
pub use event_log::EventLog;
pub use progress::Progress;
