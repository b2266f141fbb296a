//! Counters of requests, for Prometheus and for the page about the system.
//!
//! The labels are routes, methods and statuses, all of them from short fixed lists: no text, name or number of a client
//! ever becomes one.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

use crate::clock::locked;
use crate::serving::EngineStatus;

/// Upper bounds of the histogram's buckets, in seconds.
const BOUNDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// Latencies that percentiles are taken of.
const RECENT: usize = 2048;

/// Counters since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    counters: Mutex<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    requests: BTreeMap<(&'static str, String, u16), u64>,
    durations: BTreeMap<String, Histogram>,
    recent: VecDeque<f64>,
}

#[derive(Debug, Default, Clone)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

/// Percentiles of the newest requests that classified something, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Latency {
    /// Requests they are taken of.
    pub(crate) n: usize,
    /// Half took no longer.
    pub(crate) p50: f64,
    /// 95 of 100 took no longer.
    pub(crate) p95: f64,
    /// 99 of 100 took no longer.
    pub(crate) p99: f64,
}

impl Metrics {
    /// Counts a request. `route` is the pattern that matched, not the path that was asked for.
    pub(crate) fn request(&self, method: &axum::http::Method, route: &str, status: u16, taken: Duration) {
        let seconds = taken.as_secs_f64();
        let mut counters = locked(&self.counters);
        *counters
            .requests
            .entry((method_name(method), route.to_owned(), status))
            .or_default() += 1;
        let histogram = counters.durations.entry(route.to_owned()).or_default();
        histogram.count += 1;
        histogram.sum += seconds;
        for (bucket, bound) in histogram.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        if matches!(route, "/api/v1/classify" | "/predict" | "/analyze") && status == 200 {
            if counters.recent.len() == RECENT {
                counters.recent.pop_front();
            }
            counters.recent.push_back(seconds);
        }
    }

    /// Requests by status, ascending.
    pub(crate) fn by_status(&self) -> BTreeMap<u16, u64> {
        let mut sums = BTreeMap::new();
        for ((_, _, status), count) in &locked(&self.counters).requests {
            *sums.entry(*status).or_default() += count;
        }
        sums
    }

    /// How long the newest requests took that classified something.
    pub(crate) fn latency(&self) -> Latency {
        let mut sorted: Vec<f64> = locked(&self.counters).recent.iter().copied().collect();
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

    /// Everything in the text format of Prometheus, version 0.0.4.
    pub(crate) fn prometheus(&self, engine: EngineStatus, uptime: Duration) -> String {
        let mut out = String::new();
        self.write_requests(&mut out);
        let gauges: [(&str, &str, f64); 5] = [
            (
                "feedback_uptime_seconds",
                "Seconds since the start",
                uptime.as_secs_f64(),
            ),
            (
                "feedback_queued_texts_interactive",
                "Texts that wait in the interactive lane",
                engine.interactive as f64,
            ),
            (
                "feedback_queued_texts_bulk",
                "Texts that wait in the bulk lane",
                engine.bulk as f64,
            ),
            (
                "feedback_queued_tokens",
                "Tokens that wait or are computed",
                engine.tokens as f64,
            ),
            (
                "feedback_tokens_per_second",
                "Measured speed of the model",
                engine.tokens_per_second,
            ),
        ];
        for (name, help, value) in gauges {
            family(&mut out, name, help, "gauge", value);
        }
        let counters: [(&str, &str, u64); 6] = [
            ("feedback_batches_total", "Batches computed", engine.batches),
            ("feedback_texts_total", "Texts classified", engine.texts),
            (
                "feedback_refused_total",
                "Texts refused because too much waited",
                engine.refused,
            ),
            (
                "feedback_cancelled_total",
                "Texts whose caller had gone",
                engine.cancelled,
            ),
            (
                "feedback_expired_total",
                "Texts whose deadline had passed",
                engine.expired,
            ),
            (
                "feedback_failed_total",
                "Texts on which the model failed",
                engine.failed,
            ),
        ];
        for (name, help, value) in counters {
            family(&mut out, name, help, "counter", value as f64);
        }
        out
    }

    fn write_requests(&self, out: &mut String) {
        let counters = locked(&self.counters);
        // Writing into a string cannot fail.
        let _ = writeln!(
            out,
            "# HELP feedback_requests_total Requests answered\n# TYPE feedback_requests_total counter"
        );
        for ((method, route, status), count) in &counters.requests {
            let _ = writeln!(
                out,
                "feedback_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
        let name = "feedback_request_seconds";
        let _ = writeln!(
            out,
            "# HELP {name} Time to the head of the answer\n# TYPE {name} histogram"
        );
        for (route, histogram) in &counters.durations {
            for (bound, count) in BOUNDS.iter().zip(histogram.buckets) {
                let _ = writeln!(out, "{name}_bucket{{route=\"{route}\",le=\"{bound}\"}} {count}");
            }
            let Histogram { count, sum, .. } = histogram;
            let _ = writeln!(
                out,
                "{name}_bucket{{route=\"{route}\",le=\"+Inf\"}} {count}\n{name}_sum{{route=\"{route}\"}} {sum}\n\
                 {name}_count{{route=\"{route}\"}} {count}"
            );
        }
    }
}

fn family(out: &mut String, name: &str, help: &str, kind: &str, value: f64) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
}

/// Methods are the client's to invent; only the usual ones are counted by name.
fn method_name(method: &axum::http::Method) -> &'static str {
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
    use axum::http::Method;

    #[test]
    fn buckets_add_up_and_methods_are_bounded() {
        let metrics = Metrics::default();
        let ms = Duration::from_millis;
        metrics.request(&Method::POST, "/api/v1/classify", 200, ms(3));
        metrics.request(&Method::POST, "/api/v1/classify", 200, ms(30));
        metrics.request(&Method::from_bytes(b"BREW").unwrap(), "unmatched", 404, ms(1));
        let text = metrics.prometheus(EngineStatus::default(), ms(1500));
        for line in [
            "feedback_requests_total{method=\"POST\",route=\"/api/v1/classify\",status=\"200\"} 2",
            "feedback_requests_total{method=\"other\",route=\"unmatched\",status=\"404\"} 1",
            "feedback_request_seconds_bucket{route=\"/api/v1/classify\",le=\"0.005\"} 1",
            "feedback_request_seconds_bucket{route=\"/api/v1/classify\",le=\"0.05\"} 2",
            "feedback_request_seconds_count{route=\"/api/v1/classify\"} 2",
            "feedback_uptime_seconds 1.5",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing:\n{text}"
            );
        }
        assert_eq!(metrics.by_status(), [(200, 2), (404, 1)].into());
    }

    #[test]
    fn percentiles_are_of_nearest_rank() {
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
