//! Counts of predictions, for Prometheus.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use super::error::ServingError;
use super::prediction::Prediction;

/// Upper bounds of the buckets of the confidence histogram.
const BOUNDS: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

/// The Prometheus label of `by_label`: a label of the serving model.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct PredictedLabel {
    label: String,
}

/// Counts of predictions, including those from the cache. `by_label` starts again from zero when
/// the model changes; the others count since the start of the server.
#[derive(Debug, Clone)]
pub(crate) struct PredictionCounts {
    pub(crate) by_label: Family<PredictedLabel, Counter>,
    pub(crate) confidence: Histogram,
    pub(crate) abstained: Counter,
    pub(crate) truncated: Counter,
}

impl PredictionCounts {
    pub(crate) fn new(labels: &[String]) -> Self {
        let counts = Self {
            by_label: Family::default(),
            confidence: Histogram::new(BOUNDS),
            abstained: Counter::default(),
            truncated: Counter::default(),
        };
        counts.begin(labels);
        counts
    }

    /// Starts to count by the labels of a new model, each from zero. A label that is never
    /// predicted is shown with a count of 0.
    pub(crate) fn begin(&self, labels: &[String]) {
        self.by_label.clear();
        for label in labels {
            drop(
                self.by_label
                    .get_or_create(&PredictedLabel { label: label.clone() }),
            );
        }
    }

    pub(crate) fn add(&self, results: &[Result<Prediction, ServingError>]) {
        for prediction in results.iter().flatten() {
            self.add_one(prediction);
        }
    }

    pub(crate) fn add_one(&self, prediction: &Prediction) {
        for label in &prediction.labels {
            // The previous model still classifies the texts that were waiting when the model
            // changed, so their label may be unknown here.
            if let Some(counter) = self.by_label.get(&PredictedLabel { label: label.clone() }) {
                counter.inc();
            }
        }
        self.confidence.observe(prediction.confidence);
        self.abstained.inc_by((prediction.abstained == Some(true)).into());
        self.truncated.inc_by(prediction.truncated.into());
    }
}
