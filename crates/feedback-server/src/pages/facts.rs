//! Facts about a model, read from its manifest.

use feedback_corrections::Figures;
use serde::Deserialize;
use serde_json::Value;

/// The facts of a manifest that the pages show; a missing fact is `None`.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct ModelFacts {
    pub(super) base_model: Option<String>,
    pub(super) max_length: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) abstain_below: Option<f64>,
}

/// Returns the facts of a manifest; all are `None` if the manifest has an unexpected form.
pub(super) fn facts(manifest: &Value) -> ModelFacts {
    ModelFacts::deserialize(manifest).unwrap_or_default()
}

/// Returns the metrics on the test set; `None` if the manifest has no valid metrics.
pub(super) fn figures(manifest: &Value) -> Option<Figures> {
    Figures::deserialize(manifest.get("metrics")?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_and_metrics_are_read_and_may_be_missing() {
        let manifest = json!({
            "base_model": "scratch:tiny", "max_length": 128, "temperature": 1.25, "abstain_below": null, "seed": 42,
            "metrics": {
                "n": 10, "accuracy": 0.5, "accuracy_interval": { "low": 0.2, "high": 0.8, "confidence": 0.95 },
                "macro": { "precision": 0.1, "recall": 0.2, "f1": 0.3 },
                "weighted": { "precision": 0.4, "recall": 0.5, "f1": 0.6 },
                "labels": { "bug": { "precision": 1.0, "recall": 0.5, "f1": 0.7, "support": 10 } },
                "calibration": {}, "leakage": { "known": true, "in_train": 0, "in_validation": 0 },
            },
        });
        let found = facts(&manifest);
        assert_eq!(
            (found.base_model.as_deref(), found.max_length, found.abstain_below),
            (Some("scratch:tiny"), Some(128), None)
        );
        let measured = figures(&manifest).unwrap();
        assert_eq!(
            (measured.n, measured.macro_average.f1, measured.weighted.f1),
            (10, 0.3, 0.6)
        );
        assert_eq!(facts(&json!(null)), ModelFacts::default());
        assert_eq!(figures(&json!({ "metrics": null })), None);
        assert_eq!(figures(&json!(null)), None);
    }
}
