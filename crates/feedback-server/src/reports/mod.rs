//! Reports on stored texts: what people write about, what changed, for whom. Each report is made in a separate process, so that
//! serving continues, and has its own folder.
//!
//! The server itself does not analyse. The program passes an [`Analyst`], which creates the command to run. The command reads the
//! texts from a file and writes the report. Reports quote texts, so an erasure removes all of them.

mod job;
mod manager;
mod schedule;
mod summary;
mod texts;
mod when;

/// With fewer texts, a report can hardly tell a change from chance.
pub(crate) const FEW: u64 = 20;

pub use job::{Analyst, DriftFiles, ReportFields, ReportFiles};
pub(crate) use job::{COMPARISONS, PERIODS, Report, ReportJob, ReportState};
pub(crate) use manager::{Reports, remove_reports};
pub use schedule::ReportConfig;
pub(crate) use schedule::ReportSchedule;
pub(crate) use summary::{Finding, Summary};
pub use when::ReportTime;
