//! Training, reports and checks for drift by processes that only write what the page shows.

use std::path::{Path, PathBuf};
use std::process::Command;

use feedback_server::{Analyst, DriftFiles, ReportFiles, Trainer};

/// Waits until its standard input is closed, and then exits as a training that can be resumed.
pub(super) struct Waiting;

impl Trainer for Waiting {
    fn data(&self) -> Vec<PathBuf> {
        vec!["/data/feedback.csv".into()]
    }

    fn bases(&self) -> Vec<String> {
        vec!["builtin".into()]
    }

    fn command(&self, _folder: &Path) -> std::io::Result<Command> {
        let mut command = Command::new("sh");
        command.args(["-c", "cat; exit 143"]);
        Ok(command)
    }
}

pub(super) struct Scripted;

const REPORT: &str = r#"
printf '{"title": "Reviews", "summary": "1 change", "headlines": [{"text": "Bugs rose", "quotes": [{"text": "It crashes", "line": 1}]}], "unknown": []}' > "$1/insight.json"
printf '# Reviews\n\nBugs rose.\n' > "$1/insight.md"
echo '<!DOCTYPE html>' > "$1/insight.html"
"#;

const DRIFT: &str = r#"
printf '{"alarm": true, "level": 0.05, "p_value": 0.002, "n_reference": 40, "n_current": 40, "repeated": 0, "measures": [
  {"kind": "length", "reference": 7.5, "current": 9.0, "change": 1.5, "adjusted_p_value": 0.002, "moved": true}], "labels": [],
  "words": [{"name": "refund", "reference": 0.01, "current": 0.2, "change": 0.19, "interval": {"low": 0.1, "high": 0.3}, "moved": true}]}'
"#;

impl Analyst for Scripted {
    fn command(&self, files: &ReportFiles<'_>) -> std::io::Result<Command> {
        let mut command = Command::new("sh");
        command.args(["-c", REPORT, "sh"]).arg(files.folder);
        Ok(command)
    }

    fn drift(&self, _files: &DriftFiles<'_>) -> std::io::Result<Command> {
        let mut command = Command::new("sh");
        command.args(["-c", DRIFT]);
        Ok(command)
    }
}
