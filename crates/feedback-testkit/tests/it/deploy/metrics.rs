//! The metrics of the dashboard and of the alert rules exist.

use std::collections::BTreeSet;

use super::files::{text, values_of, words, yaml};

/// Returns the metrics in the table of docs/server.md, each with its type.
fn documented() -> Vec<(String, String)> {
    let page = text("docs/server.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `feedback_"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (
            format!("feedback_{}", cells[0].trim_matches('`')),
            cells[1].to_owned(),
        )
    })
    .collect()
}

/// Returns the names of the series that Prometheus stores for the documented metrics.
fn series() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (name, kind) in documented() {
        match kind.as_str() {
            "histogram" => all.extend(["bucket", "count", "sum"].map(|end| format!("{name}_{end}"))),
            _ => {
                all.insert(name);
            }
        }
    }
    all
}

/// Returns the names of our metrics in PromQL expressions.
fn named<'a>(expressions: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    expressions
        .flat_map(|expression| {
            words(expression, "feedback_", |letter| {
                letter.is_alphanumeric() || letter == '_'
            })
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_dashboard_shows_every_documented_metric_and_no_other() {
    let dashboard: serde_json::Value = serde_json::from_str(&text("deploy/grafana/feedback.json")).unwrap();
    let expressions = values_of("expr", &dashboard);
    let used = named(expressions.iter().filter_map(|value| value.as_str()));
    let series = series();
    let unknown: Vec<&String> = used.difference(&series).collect();
    assert!(unknown.is_empty(), "not documented: {unknown:?}");
    let missing: Vec<&String> = series.difference(&used).collect();
    assert!(missing.is_empty(), "not shown: {missing:?}");
}

#[test]
fn the_alert_rules_use_documented_metrics_and_each_is_tested() {
    let rules = yaml("deploy/prometheus/alerts.yaml");
    let expressions = values_of("expr", &rules);
    let used = named(expressions.iter().filter_map(|value| value.as_str()));
    let series = series();
    let unknown: Vec<&String> = used.difference(&series).collect();
    assert!(unknown.is_empty(), "not documented: {unknown:?}");
    assert!(used.len() >= 6, "{used:?}");

    let tests = text("deploy/prometheus/alerts_test.yaml");
    for name in values_of("alert", &rules) {
        let name = name.as_str().unwrap();
        assert!(
            tests.contains(&format!("\"{name}\"")),
            "alerts_test.yaml has no test of {name}"
        );
    }
}
