//! The JSON types of reports.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use crate::clock::rfc3339;
use crate::openapi::one_of;
use crate::reports::{COMPARISONS, PERIODS, Report};

fn periods() -> Object {
    one_of(&PERIODS)
}

fn comparisons() -> Object {
    one_of(&COMPARISONS)
}

fn states() -> Object {
    one_of(&["running", "done", "failed"])
}

/// The body of `POST /api/v1/reports`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportRequest {
    /// The length of a period. Default: the longest that fits twice into the dates.
    #[serde(default)]
    #[schema(schema_with = periods, required = false)]
    pub(crate) period: Option<String>,
    /// The period to compare with; `previous` by default.
    #[serde(default)]
    #[schema(schema_with = comparisons, required = false)]
    pub(crate) compare: Option<String>,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub(crate) struct ReportDto {
    id: String,
    #[schema(schema_with = states)]
    state: &'static str,
    /// When it was asked for (RFC 3339).
    created_at: String,
    /// The length of a period; `null` for the longest that fits twice into the dates.
    #[schema(required)]
    period: Option<String>,
    /// The period to compare with.
    compare: String,
    /// The id of the model. It predicted the categories, and its vectors show which texts are
    /// similar.
    model: String,
    /// Number of texts in the report: the newest 50,000 of those that match the filter.
    texts: u64,
    /// Number of texts that match the filter.
    matching: u64,
    /// Number of texts whose labels from people are not used: the report counts the model's labels of all texts, so that both periods are
    /// counted in the same way. Only if people labelled all texts, their labels are counted.
    labels_left_out: u64,
    /// Why it failed.
    #[schema(required)]
    message: Option<String>,
}

impl From<Report> for ReportDto {
    fn from(report: Report) -> Self {
        Self {
            id: report.id,
            state: report.state.name(),
            created_at: rfc3339(report.job.created_at),
            period: report.job.period,
            compare: report.job.compare,
            model: report.job.model,
            texts: report.job.texts,
            matching: report.job.matching,
            labels_left_out: report.job.labels_left_out,
            message: report.message,
        }
    }
}
