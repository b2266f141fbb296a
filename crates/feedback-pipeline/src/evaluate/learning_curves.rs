//! Reads the learning curves from a run's event log.

use std::io::BufRead;
use std::path::Path;

use feedback_metrics::reports::{CurvePoint, LearningCurves};
use serde_json::Value;

use crate::error::Result;

/// Reads the learning curves from `events.jsonl` in a run folder: training losses, evaluation metrics, and the epoch of
/// the best model. Returns empty curves if the folder has no log.
///
/// Lines that are not events, such as a partial line after a power failure, are skipped.
///
/// # Errors
///
/// The log cannot be read.
pub fn learning_curves(run: &Path) -> Result<LearningCurves> {
    let path = run.join("events.jsonl");
    let mut curves = LearningCurves::default();
    if !path.is_file() {
        return Ok(curves);
    }
    for line in std::io::BufReader::new(fs_err::File::open(path)?).lines() {
        if let Ok(event) = serde_json::from_str(&line?) {
            add(&mut curves, &event);
        }
    }
    Ok(curves)
}

fn add(curves: &mut LearningCurves, event: &Value) {
    let Some(epoch) = event["epoch"].as_f64() else {
        return;
    };
    match (event["event"].as_str(), event["kind"].as_str()) {
        (Some("best"), _) => curves.best_epoch = Some(epoch),
        (Some("log"), Some("train")) => {
            let value = event["loss"].as_f64();
            curves
                .train_loss
                .extend(value.map(|value| CurvePoint { epoch, value }));
        }
        (Some("log"), Some("eval")) => {
            let figures = ["loss", "accuracy", "macro_f1", "weighted_f1"];
            for (name, value) in figures
                .iter()
                .filter_map(|&name| Some((name, event[name].as_f64()?)))
            {
                let curve = curves.validation.entry(name.to_owned()).or_default();
                curve.push(CurvePoint { epoch, value });
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_read_from_the_event_log() {
        let folder = tempfile::tempdir().unwrap();
        assert!(learning_curves(folder.path()).unwrap().is_empty());
        let log = r#"{"event":"train_begin","global_step":0,"epoch":0.0}
{"event":"log","global_step":10,"epoch":0.5,"kind":"train","loss":2.0,"learning_rate":0.1}
{"event":"log","global_step":20,"epoch":1.0,"kind":"eval","loss":1.5,"accuracy":0.4,"seconds":3.0}
{"event":"best","global_step":20,"epoch":1.0}
{"event":"lo"#;
        fs_err::write(folder.path().join("events.jsonl"), log).unwrap();
        let curves = learning_curves(folder.path()).unwrap();
        assert_eq!(
            curves.train_loss,
            [CurvePoint {
                epoch: 0.5,
                value: 2.0
            }]
        );
        assert_eq!(
            curves.validation["loss"],
            [CurvePoint {
                epoch: 1.0,
                value: 1.5
            }]
        );
        assert_eq!(curves.validation.keys().collect::<Vec<_>>(), ["accuracy", "loss"]);
        assert_eq!(curves.best_epoch, Some(1.0));
    }
}
