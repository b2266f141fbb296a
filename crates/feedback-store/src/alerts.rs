//! Alerts, and to whom they were sent.

use crate::error::Result;

/// A category that occurred unusually often on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// The category.
    pub label: String,
    /// Days since 1970-01-01.
    pub day: i64,
    /// How often it had occurred on that day when it was noticed.
    pub count: u64,
    /// The median of the days before.
    pub median: f64,
    /// Their median absolute deviation.
    pub mad: f64,
    /// How far the count lies above the median: the modified z-score.
    pub score: f64,
    /// When it was noticed; milliseconds since 1970.
    pub at: i64,
}

/// Alerts. What a method reports as done survives a power cut.
pub trait AlertStore: Send + Sync + 'static {
    /// Adds an alert; `false` if there already is one for this category and day.
    fn add_alert(&self, alert: Alert) -> Result<bool>;
    /// Alerts of the day `from` or later that were not sent to `receiver` yet, oldest first.
    fn unsent_alerts(&self, receiver: &str, from: i64) -> Result<Vec<Alert>>;
    /// Records that the alert for this category and day was sent to `receiver`.
    fn alert_sent(&self, receiver: &str, label: &str, day: i64) -> Result<()>;
}
