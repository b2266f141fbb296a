//! Alerts, and the receivers that they were sent to.

use crate::error::Result;

/// A category that occurred unusually often on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// The category.
    pub label: String,
    /// Days since 1970-01-01.
    pub day: i64,
    /// How often the category had occurred on that day when the alert was raised.
    pub count: u64,
    /// The median count of the previous days.
    pub median: f64,
    /// The median absolute deviation of the counts of the previous days.
    pub mad: f64,
    /// The modified z-score of the count: how far it is above the median.
    pub score: f64,
    /// When the alert was raised; milliseconds since 1970.
    pub at: i64,
}

/// The alerts of a store. A change survives a power failure once the method has returned.
pub trait AlertStore: Send + Sync + 'static {
    /// Adds an alert. Returns `false` if there already is an alert for this category and day.
    fn add_alert(&self, alert: Alert) -> Result<bool>;
    /// Returns the alerts for the day `from` or later that have not been sent to `receiver`, oldest first.
    fn unsent_alerts(&self, receiver: &str, from: i64) -> Result<Vec<Alert>>;
    /// Records that the alert for this category and day was sent to `receiver`.
    fn alert_sent(&self, receiver: &str, label: &str, day: i64) -> Result<()>;
}
