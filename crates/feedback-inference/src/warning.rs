//! A warning if a model is worse than a simple baseline.

use serde::Deserialize;
use serde_json::Value;

/// The fields of `feedback.json` that the comparison needs.
#[derive(Deserialize)]
struct Measured {
    metrics: Metrics,
    baselines: Baselines,
}

#[derive(Deserialize)]
struct Metrics {
    n: u64,
    accuracy: f64,
    weighted: Average,
}

#[derive(Deserialize)]
struct Average {
    f1: f64,
}

#[derive(Deserialize)]
struct Baselines {
    majority: Baseline,
    tfidf: Baseline,
}

#[derive(Deserialize)]
struct Baseline {
    accuracy: f64,
    weighted_f1: f64,
}

/// Returns a warning if a model is worse on its test rows than a simple baseline: always predicting
/// the most frequent label (compared by accuracy), or TF-IDF with logistic regression (compared by
/// weighted F1). `manifest` is the model's `feedback.json`. Returns `None` if the model is not
/// worse, or if the manifest has no test metrics or no baselines.
///
/// ```
/// # use serde_json::json;
/// let manifest = json!({
///     "metrics": { "n": 339, "accuracy": 0.41, "weighted": { "f1": 0.42 } },
///     "baselines": {
///         "majority": { "accuracy": 0.15, "weighted_f1": 0.04 },
///         "tfidf": { "accuracy": 0.60, "weighted_f1": 0.59 },
///     },
/// });
/// let warning = feedback_inference::warning(&manifest).unwrap();
/// assert!(warning.contains("42.0 %") && warning.contains("59.0 %"));
/// ```
pub fn warning(manifest: &Value) -> Option<String> {
    let Measured { metrics, baselines } = Measured::deserialize(manifest).ok()?;
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let n = metrics.n;
    if metrics.accuracy < baselines.majority.accuracy {
        return Some(format!(
            "this model is worse than always predicting the most frequent label: its accuracy on {n} test rows is {}, compared \
             with {} for the most frequent label",
            percent(metrics.accuracy),
            percent(baselines.majority.accuracy)
        ));
    }
    if metrics.weighted.f1 < baselines.tfidf.weighted_f1 {
        return Some(format!(
            "this model is worse than TF-IDF with logistic regression: its weighted F1 on {n} test rows is {}, compared \
             with {} for TF-IDF",
            percent(metrics.weighted.f1),
            percent(baselines.tfidf.weighted_f1)
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest(accuracy: f64, f1: f64) -> Value {
        json!({
            "metrics": { "n": 100, "accuracy": accuracy, "weighted": { "f1": f1 } },
            "baselines": {
                "majority": { "accuracy": 0.5, "weighted_f1": 0.3 },
                "tfidf": { "accuracy": 0.7, "weighted_f1": 0.6 },
            },
        })
    }

    #[test]
    fn a_model_gives_a_warning_only_if_it_is_worse_than_a_baseline() {
        assert!(
            warning(&manifest(0.49, 0.9))
                .unwrap()
                .contains("most frequent label")
        );
        assert!(
            warning(&manifest(0.5, 0.59))
                .unwrap()
                .contains("worse than TF-IDF")
        );
        assert_eq!(warning(&manifest(0.5, 0.6)), None);
    }

    #[test]
    fn manifests_without_metrics_or_baselines_give_no_warning() {
        for part in ["metrics", "baselines"] {
            let mut manifest = manifest(0.1, 0.1);
            manifest[part] = Value::Null;
            assert_eq!(warning(&manifest), None);
        }
    }
}
