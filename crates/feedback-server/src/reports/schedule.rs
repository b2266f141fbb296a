//! Makes reports at set times, and sends what they found.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::{RwLock, watch};

use super::job::{COMPARISONS, Report, ReportJob, ReportState};
use super::manager::Reports;
use super::summary::Summary;
use super::when::ReportTime;
use crate::alerts::{AlertUrl, Message, Outcome, Receiver, receivers, slack_text};
use crate::auth::WebhookSecrets;
use crate::clock::{now_ms, rfc3339};
use crate::error::{Error, Result};
use crate::models::Models;
use crate::store::StoreHandle;
use feedback_store::{Filter, Store};

/// Who makes reports when, and who receives them.
#[derive(Debug, Clone)]
pub struct ReportConfig {
    /// When reports are made without being asked for; never by default.
    pub at: Option<ReportTime>,
    /// The address that receives the main findings as JSON, signed with the first webhook secret; none by default. A service behind
    /// it can send them as a mail: `subject` and `text` are ready for it.
    pub url: Option<AlertUrl>,
    /// The address that receives the main findings as a message of Slack's incoming webhooks; none by default.
    pub slack_url: Option<AlertUrl>,
    /// The time between two looks at whether a report is due or must be sent again; one minute by default.
    pub every: Duration,
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self {
            at: None,
            url: None,
            slack_url: None,
            every: Duration::from_secs(60),
        }
    }
}

/// Makes and sends reports until the server stops.
pub(crate) struct ReportSchedule {
    reports: Arc<Reports>,
    store: StoreHandle,
    models: Arc<Models>,
    /// Locked for writing while texts are erased.
    erasing: Arc<RwLock<()>>,
    receivers: Arc<Vec<Receiver>>,
    at: ReportTime,
    every: Duration,
    /// A report is due if its time is after this one: the last report's time, or the start of the server before the first report.
    made_until: i64,
}

impl ReportSchedule {
    /// Returns the schedule; `None` if no reports are made.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if there are receivers but no times, or if reports must be signed, but there is no webhook secret.
    pub(crate) fn new(
        config: &ReportConfig,
        secrets: Option<&WebhookSecrets>,
        reports: Arc<Reports>,
        store: StoreHandle,
        models: Arc<Models>,
        erasing: Arc<RwLock<()>>,
    ) -> Result<Option<Self>> {
        let receivers = Arc::new(receivers(
            config.url.as_ref(),
            config.slack_url.as_ref(),
            secrets,
            "reports",
        )?);
        let Some(at) = config.at else {
            return match receivers.is_empty() {
                true => Ok(None),
                false => Err(Error::Invalid(
                    "reports have an address but no time, such as `monday 07:00`".into(),
                )),
            };
        };
        let last = reports
            .list()?
            .iter()
            .filter_map(|report| report.job.due_at)
            .max();
        Ok(Some(Self {
            reports,
            store,
            models,
            erasing,
            receivers,
            at,
            every: config.every,
            made_until: last.unwrap_or_else(now_ms),
        }))
    }

    /// Looks again and again whether a report is due, and sends those that are done.
    pub(crate) fn begin(mut self, mut stopping: watch::Receiver<bool>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("no Tokio runtime; reports are made only on request");
            return;
        };
        runtime.spawn(async move {
            // `changed` returns when the server stops, or with an error if the server was dropped.
            while tokio::time::timeout(self.every, stopping.changed())
                .await
                .is_err()
            {
                if let Err(error) = self.make().await {
                    tracing::warn!(%error, hint = error.hint(), "cannot make the report that is due");
                }
                if let Err(error) = self.send().await {
                    tracing::warn!(%error, hint = error.hint(), "cannot read the report to send");
                }
            }
        });
    }

    async fn make(&mut self) -> Result<()> {
        let due = self.at.last(now_ms());
        if due <= self.made_until {
            return Ok(());
        }
        let _none_erased = self.erasing.read().await;
        let model = self.models.engine().current().id;
        let folder = self.models.folder(&model);
        let job = ReportJob {
            created_at: 0,
            filter: Vec::new(),
            period: Some(self.at.period().to_owned()),
            compare: COMPARISONS[0].to_owned(),
            model: model.to_string(),
            matching: 0,
            texts: 0,
            labels_left_out: 0,
            due_at: Some(due),
        };
        let reports = Arc::clone(&self.reports);
        let start = move |store: &dyn Store| -> Result<()> {
            if store.count(&Filter::default())? == 0 {
                tracing::info!("there are no texts; the report that is due is left out");
                return Ok(());
            }
            let id = reports.start(store, &Filter::default(), job, &folder)?;
            Ok(store.add_audit("schedule", "report.start", &id, "")?)
        };
        // While another report is being made, the next look tries again.
        if self.reports.is_making() {
            return Ok(());
        }
        // After an error, the report is still due.
        self.store.run(start).await?;
        self.made_until = due;
        Ok(())
    }

    /// Sends the newest scheduled report to those that have not received it. Older ones are no news any more.
    async fn send(&self) -> Result<()> {
        if self.receivers.is_empty() {
            return Ok(());
        }
        let (reports, receivers) = (Arc::clone(&self.reports), Arc::clone(&self.receivers));
        let send = move || -> Result<()> {
            let newest = reports
                .list()?
                .into_iter()
                .find(|report| report.job.due_at.is_some());
            match newest {
                Some(report) if report.state == ReportState::Done => send_to(&reports, &receivers, &report),
                _ => Ok(()),
            }
        };
        tokio::task::spawn_blocking(send)
            .await
            .map_err(std::io::Error::other)?
    }
}

fn send_to(reports: &Reports, receivers: &[Receiver], report: &Report) -> Result<()> {
    let mut sent = reports.receivers_of(&report.id)?;
    let waiting = receivers
        .iter()
        .filter(|receiver| !sent.iter().any(|name| name == receiver.name()))
        .collect::<Vec<_>>();
    if waiting.is_empty() {
        return Ok(());
    }
    let message = message(report, &reports.summary(&report.id)?);
    for receiver in waiting {
        let name = receiver.name();
        match receiver.send(&message) {
            Outcome::Sent => tracing::info!(receiver = name, report = report.id, "a report was sent"),
            Outcome::Refused(why) => tracing::error!(
                receiver = name,
                why,
                "a receiver refused a report; the report will not be sent again"
            ),
            Outcome::Trouble(why) => {
                tracing::warn!(
                    receiver = name,
                    why,
                    "cannot send a report now; trying again later"
                );
                continue;
            }
        }
        sent.push(name.to_owned());
        reports.set_receivers_of(&report.id, &sent)?;
    }
    Ok(())
}

/// Returns a finding without the text by which it names a theme that has no other name. The text can have quotation marks itself, so
/// everything up to the last one is left out.
fn without_text(finding: &str) -> String {
    let Some((before, text)) = finding.split_once("like “") else {
        return finding.to_owned();
    };
    let after = text.rsplit_once('”').map_or("", |(_, after)| after);
    format!("{before}of one kind{after}")
}

/// The message about a report: its findings in words with their numbers, but no feedback text.
fn message(report: &Report, summary: &Summary) -> Message {
    let path = format!("/report/{}", report.id);
    let mut text = format!("{}\n\n{}\n", summary.title, summary.summary);
    let findings: Vec<String> = summary
        .headlines
        .iter()
        .map(|finding| without_text(&finding.text))
        .collect();
    for finding in &findings {
        text += &format!("\n- {finding}");
    }
    text += &format!("\n\nThe report with its evidence: {path}\n");
    Message {
        id: format!("report_{}", report.id),
        json: json!({
            "type": "feedback.report",
            "timestamp": rfc3339(report.job.created_at),
            "data": {
                "report": report.id,
                "path": path,
                "subject": summary.title,
                "summary": summary.summary,
                "findings": findings,
                "text": text,
            },
        }),
        slack: json!({ "text": slack_text(&text) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_that_is_named_by_a_text_is_sent_without_it() {
        let text = "Texts like “Mail me at jane.doe …” (3 themes) rose from 2 % to 9 %";
        assert_eq!(
            without_text(text),
            "Texts of one kind (3 themes) rose from 2 % to 9 %"
        );
        let text = "Texts like “She said “call 555 0199” and …” rose from 2 % to 9 %";
        assert_eq!(without_text(text), "Texts of one kind rose from 2 % to 9 %");
        assert_eq!(without_text("bug rose"), "bug rose");
    }
}
