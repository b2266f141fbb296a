//! Counts of predictions, for the metrics.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use super::error::ServingError;
use super::prediction::Prediction;

/// Upper bounds of the buckets of the confidence.
const BOUNDS: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

/// A label of the serving model.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfLabel {
    label: String,
}

/// Predictions since the start of the server or the last change of the model, with cached ones.
#[derive(Debug, Clone)]
pub(crate) struct PredictionCounts {
    pub(crate) by_label: Family<OfLabel, Counter>,
    pub(crate) confidence: Histogram,
    pub(crate) abstained: Counter,
    pub(crate) truncated: Counter,
    pub(crate) unfamiliar: Counter,
}

impl PredictionCounts {
    pub(crate) fn new(labels: &[String]) -> Self {
        let counts = Self {
            by_label: Family::default(),
            confidence: Histogram::new(BOUNDS),
            abstained: Counter::default(),
            truncated: Counter::default(),
            unfamiliar: Counter::default(),
        };
        counts.begin(labels);
        counts
    }

    /// Counts from zero for the labels of another model. All labels appear at once, also those that are never predicted.
    pub(crate) fn begin(&self, labels: &[String]) {
        self.by_label.clear();
        for label in labels {
            drop(self.by_label.get_or_create(&OfLabel { label: label.clone() }));
        }
    }

    pub(crate) fn add(&self, results: &[Result<Prediction, ServingError>]) {
        for prediction in results.iter().flatten() {
            self.add_one(prediction);
        }
    }

    pub(crate) fn add_one(&self, prediction: &Prediction) {
        for label in &prediction.labels {
            // Texts that were waiting when the model was changed may have a label of the earlier one.
            if let Some(counter) = self.by_label.get(&OfLabel { label: label.clone() }) {
                counter.inc();
            }
        }
        self.confidence.observe(prediction.confidence);
        self.abstained.inc_by((prediction.abstained == Some(true)).into());
        self.truncated.inc_by(prediction.truncated.into());
        self.unfamiliar
            .inc_by((prediction.unfamiliar == Some(true)).into());
    }
}
