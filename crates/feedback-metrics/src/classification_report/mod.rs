//! The classification report: scikit-learn's table as data and as text.

mod report;

pub use report::{ClassificationReport, ReportLabels, ReportOptions, ReportRow};
