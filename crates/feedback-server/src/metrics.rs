//! Request counters and latencies, for Prometheus and for the page System.
//!
//! The labels of the metrics are routes, methods and statuses, all from short fixed lists. Nothing that a client sends, such as
//! a text, a name or an id, ever becomes a label.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use axum::http::Method;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::clock::locked;
use crate::drift::Check;
use crate::serving::{EngineStatus, PredictionCounts};

/// Upper bounds of the histogram's buckets, in seconds.
const BOUNDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// Number of latencies from which percentiles are computed.
const RECENT: usize = 2048;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// Counters since the server started.
#[derive(Debug)]
pub(crate) struct Metrics {
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    corrections: Counter,
    shown: Mutex<Shown>,
    /// The audits when they were counted last: they are still told while the database cannot be reached.
    audits: Mutex<(usize, usize)>,
}

/// The numbers for the page System.
#[derive(Debug, Default)]
struct Shown {
    by_status: BTreeMap<u16, u64>,
    recent: VecDeque<f64>,
}

/// What the rest of the server knows when the metrics are read.
#[derive(Debug)]
pub(crate) struct Snapshot<'a> {
    pub(crate) engine: EngineStatus,
    pub(crate) predictions: &'a PredictionCounts,
    /// The id of the serving model.
    pub(crate) model: &'a str,
    pub(crate) uptime: Duration,
    /// The size of the SQLite database; 0 with Postgres.
    pub(crate) store_bytes: u64,
    pub(crate) is_training: bool,
    /// The newest check for drift.
    pub(crate) drift: Option<Check>,
    /// Number of random texts that people labelled, and on how many of them the model is right.
    pub(crate) audits: (usize, usize),
}

/// Latency percentiles of the newest classification requests, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Latency {
    /// Number of requests from which the percentiles are computed.
    pub(crate) n: usize,
    /// Half of the requests took no longer than this.
    pub(crate) p50: f64,
    /// 95 % of the requests took no longer than this.
    pub(crate) p95: f64,
    /// 99 % of the requests took no longer than this.
    pub(crate) p99: f64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            corrections: Counter::default(),
            shown: Mutex::default(),
            audits: Mutex::default(),
        }
    }
}

impl Metrics {
    /// Counts a request. `route` is the pattern that matched, not the requested path.
    pub(crate) fn request(&self, method: &Method, route: &str, status: u16, taken: Duration) {
        let seconds = taken.as_secs_f64();
        let answered = Answered {
            method: method_name(method),
            route: route.to_owned(),
            status,
        };
        self.requests.get_or_create(&answered).inc();
        let route_label = Route {
            route: route.to_owned(),
        };
        self.durations.get_or_create(&route_label).observe(seconds);
        let mut shown = locked(&self.shown);
        *shown.by_status.entry(status).or_default() += 1;
        if matches!(route, "/api/v1/classify" | "/predict" | "/analyze") && status == 200 {
            if shown.recent.len() == RECENT {
                shown.recent.pop_front();
            }
            shown.recent.push_back(seconds);
        }
    }

    /// Keeps the number of audits if it could be counted; returns the last one that could.
    pub(crate) fn audits(&self, counted: Option<(usize, usize)>) -> (usize, usize) {
        let mut kept = locked(&self.audits);
        *kept = counted.unwrap_or(*kept);
        *kept
    }

    /// Counts a correction.
    pub(crate) fn correction(&self) {
        self.corrections.inc();
    }

    /// Returns the number of requests by HTTP status, ascending by status.
    pub(crate) fn by_status(&self) -> BTreeMap<u16, u64> {
        locked(&self.shown).by_status.clone()
    }

    /// Returns the latency percentiles of the newest classification requests.
    pub(crate) fn latency(&self) -> Latency {
        let mut sorted: Vec<f64> = locked(&self.shown).recent.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let rank = (share * sorted.len() as f64).ceil() as usize; // nearest rank
            sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
        };
        Latency {
            n: sorted.len(),
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
        }
    }

    /// Returns all metrics in the OpenMetrics text format, version 1.0.0.
    pub(crate) fn open_metrics(&self, now: &Snapshot<'_>) -> String {
        let mut registry = Registry::with_prefix("feedback");
        registry.register("requests", "Requests answered", self.requests.clone());
        registry.register_with_unit(
            "request",
            "Time until the response headers",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "corrections",
            "Labels that people corrected",
            self.corrections.clone(),
        );
        register_engine(&mut registry, now.engine, now.uptime);
        register_predictions(&mut registry, now.predictions);
        register_state(&mut registry, now);
        register_drift(&mut registry, now.drift.as_ref());
        let mut out = String::new();
        // Writing into a string cannot fail.
        let _ = text::encode(&mut out, &registry);
        out
    }
}

fn register_engine(registry: &mut Registry, engine: EngineStatus, uptime: Duration) {
    registry.register_with_unit(
        "uptime",
        "Seconds since the start",
        Unit::Seconds,
        ConstGauge::new(uptime.as_secs_f64()),
    );
    let gauges = [
        (
            "queued_texts_interactive",
            "Texts waiting in the interactive lane",
            engine.interactive as f64,
        ),
        (
            "queued_texts_bulk",
            "Texts waiting in the bulk lane",
            engine.bulk as f64,
        ),
        (
            "queued_tokens",
            "Tokens waiting or being computed",
            engine.tokens as f64,
        ),
        (
            "tokens_per_second",
            "Measured speed of the model",
            engine.tokens_per_second,
        ),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(value));
    }
    registry.register_with_unit(
        "queue_age",
        "Time that the text that waits longest has waited",
        Unit::Seconds,
        ConstGauge::new(engine.oldest_s),
    );
    register_counters(registry, engine);
}

fn register_counters(registry: &mut Registry, engine: EngineStatus) {
    let counters = [
        ("batches", "Batches computed", engine.batches),
        ("texts", "Texts classified", engine.texts),
        (
            "cache_hits",
            "Texts answered with a cached prediction",
            engine.cache_hits,
        ),
        (
            "cache_misses",
            "Texts without a cached prediction",
            engine.cache_misses,
        ),
        (
            "refused",
            "Texts refused because too many were waiting",
            engine.refused,
        ),
        (
            "cancelled",
            "Texts dropped because the caller had disconnected",
            engine.cancelled,
        ),
        (
            "expired",
            "Texts dropped because their deadline had passed",
            engine.expired,
        ),
        ("failed", "Texts on which the model failed", engine.failed),
    ];
    for (name, help, value) in counters {
        registry.register(name, help, ConstCounter::new(value));
    }
}

fn register_predictions(registry: &mut Registry, counts: &PredictionCounts) {
    registry.register(
        "predictions",
        "Predictions by label, with cached ones",
        counts.by_label.clone(),
    );
    registry.register(
        "confidence",
        "Confidence of the predictions",
        counts.confidence.clone(),
    );
    registry.register(
        "abstained",
        "Predictions with too low a confidence",
        counts.abstained.clone(),
    );
    registry.register(
        "truncated",
        "Predictions of texts that were cut",
        counts.truncated.clone(),
    );
    registry.register(
        "unfamiliar",
        "Predictions of texts unlike those that the model was trained on",
        counts.unfamiliar.clone(),
    );
}

fn register_state(registry: &mut Registry, now: &Snapshot<'_>) {
    let model = Info::new([("model", now.model.to_owned())]);
    registry.register("model", "The serving model", model);
    let gauges = [
        (
            "store_bytes",
            "Size of the SQLite database",
            now.store_bytes as f64,
        ),
        ("audits", "Random texts that people labelled", now.audits.0 as f64),
        (
            "audits_right",
            "Those of them on which the model is right",
            now.audits.1 as f64,
        ),
        (
            "training_running",
            "1 while a model is trained",
            f64::from(u8::from(now.is_training)),
        ),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(value));
    }
}

/// Registers what the newest check for drift found. Without a result, the p-value is 1 and there is no alarm.
fn register_drift(registry: &mut Registry, check: Option<&Check>) {
    let result = check.and_then(|check| check.result.as_ref());
    let gauges = [
        (
            "drift_alarm",
            "1 if the newest texts differ from those of the reference",
            f64::from(u8::from(result.is_some_and(|result| result.alarm))),
        ),
        (
            "drift_p_value",
            "The p-value of the newest check for drift",
            result.map_or(1.0, |result| result.p_value),
        ),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(value));
    }
    let checked = check.map_or(0.0, |check| check.checked_at as f64 / 1000.0);
    registry.register_with_unit(
        "drift_checked_timestamp",
        "When drift was last checked",
        Unit::Seconds,
        ConstGauge::new(checked),
    );
}

/// Returns the label of a method. Clients may send any method; unusual ones are counted as `other`.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up_and_methods_are_bounded() {
        let metrics = Metrics::default();
        let ms = Duration::from_millis;
        metrics.request(&Method::POST, "/api/v1/classify", 200, ms(3));
        metrics.request(&Method::POST, "/api/v1/classify", 200, ms(30));
        metrics.request(&Method::from_bytes(b"BREW").unwrap(), "unmatched", 404, ms(1));
        let engine = EngineStatus {
            texts: 7,
            bulk: 2,
            ..EngineStatus::default()
        };
        let predictions = PredictionCounts::new(&["bug".to_owned(), "praise".to_owned()]);
        let text = metrics.open_metrics(&Snapshot {
            engine,
            predictions: &predictions,
            model: "abc",
            uptime: ms(1500),
            store_bytes: 4096,
            is_training: false,
            drift: None,
            audits: metrics.audits(Some((60, 54))),
        });
        for line in [
            "# TYPE feedback_requests counter",
            "feedback_requests_total{method=\"POST\",route=\"/api/v1/classify\",status=\"200\"} 2",
            "feedback_requests_total{method=\"other\",route=\"unmatched\",status=\"404\"} 1",
            "feedback_request_seconds_bucket{le=\"0.005\",route=\"/api/v1/classify\"} 1",
            "feedback_request_seconds_bucket{le=\"0.05\",route=\"/api/v1/classify\"} 2",
            "feedback_request_seconds_bucket{le=\"+Inf\",route=\"/api/v1/classify\"} 2",
            "feedback_request_seconds_count{route=\"/api/v1/classify\"} 2",
            "feedback_uptime_seconds 1.5",
            "feedback_queued_texts_bulk 2.0",
            "feedback_tokens_per_second 0.0",
            "feedback_texts_total 7",
            // Everything is there from the start.
            "feedback_predictions_total{label=\"praise\"} 0",
            "feedback_confidence_bucket{le=\"0.5\"} 0",
            "feedback_abstained_total 0",
            "feedback_truncated_total 0",
            "feedback_unfamiliar_total 0",
            "feedback_corrections_total 0",
            "feedback_model_info{model=\"abc\"} 1",
            "feedback_queue_age_seconds 0.0",
            "feedback_store_bytes 4096.0",
            "feedback_training_running 0.0",
            "feedback_drift_alarm 0.0",
            "feedback_drift_p_value 1.0",
            "feedback_drift_checked_timestamp_seconds 0.0",
            "# EOF",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing:\n{text}"
            );
        }
        assert_eq!(metrics.by_status(), [(200, 2), (404, 1)].into());
    }

    #[test]
    fn percentiles_use_the_nearest_rank() {
        let metrics = Metrics::default();
        assert_eq!(metrics.latency(), Latency::default());
        for ms in 1..=100 {
            metrics.request(&Method::POST, "/predict", 200, Duration::from_millis(ms));
        }
        let latency = metrics.latency();
        assert_eq!(
            (latency.n, latency.p50, latency.p95, latency.p99),
            (100, 0.05, 0.095, 0.099)
        );
    }
}
