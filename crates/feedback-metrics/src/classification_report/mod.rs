//! The classification report: scikit-learn's table as data and as text.

mod options;
mod report;
mod text;

pub use options::{ReportLabels, ReportOptions};
pub use report::{ClassificationReport, ReportRow};
