//! Schedules and early stopping compared with Transformers (`fixtures/generate/trainer_golden.py`).

use feedback_testkit::fixture;
use feedback_trainer::callbacks::EarlyStopping;
use feedback_trainer::{Callback, Control, Schedule, TrainState, TrainingArguments};
use serde_json::{Map, Value, json};

fn golden(name: &str) -> Value {
    let text = fs_err::read_to_string(fixture(&format!("golden/trainer/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn numbers(values: &Value) -> Vec<f64> {
    let values = values.as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Returns the schedule of a golden entry over 200 updates.
fn schedule(kind: &str, entry: &Value) -> Schedule {
    let fields: Map<String, Value> = [
        ("lr_scheduler_type", json!(kind)),
        ("lr_scheduler_kwargs", entry["kwargs"].clone()),
        ("learning_rate", entry["learning_rate"].clone()),
        ("warmup_steps", entry["warmup_steps"].clone()),
        (
            "greater_is_better",
            json!(entry["greater_is_better"].as_bool().unwrap_or(true)),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    let arguments: TrainingArguments = serde_json::from_value(fields.into()).unwrap();
    Schedule::new(&arguments.check().unwrap(), 200)
}

#[test]
fn learning_rates_match_transformers() {
    let golden = golden("schedules");
    for entry in golden["schedules"].as_array().unwrap() {
        let kind = entry["type"].as_str().unwrap();
        let schedule = schedule(kind, entry);
        let rates = numbers(&entry["rates"]);
        assert_eq!(rates.len(), 201);
        for (done, expected) in rates.iter().enumerate() {
            let rate = schedule.learning_rate(done);
            assert!(
                (rate - expected).abs() < 1e-9,
                "{kind} {} after {done}: {rate}, expected {expected}",
                entry["kwargs"]
            );
        }
    }
}

#[test]
fn plateaus_match_transformers_also_across_a_resume() {
    let golden = golden("schedules");
    for entry in golden["plateaus"].as_array().unwrap() {
        let mut schedule = schedule("reduce_lr_on_plateau", entry);
        let (metrics, rates) = (numbers(&entry["metrics"]), numbers(&entry["rates"]));
        assert_eq!(rates.len(), 200);
        for (done, (metric, expected)) in metrics.iter().zip(&rates).enumerate() {
            schedule.observe(*metric);
            let mut saved = Vec::new();
            ciborium::into_writer(&schedule, &mut saved).unwrap();
            schedule = ciborium::from_reader(saved.as_slice()).unwrap();
            let rate = schedule.learning_rate(done);
            assert!(
                (rate - expected).abs() < 1e-9,
                "after {done}: {rate}, expected {expected}"
            );
        }
    }
}

#[test]
fn early_stopping_matches_transformers_also_across_a_resume() {
    let golden = golden("early_stopping");
    let tables = golden["tables"].as_array().unwrap();
    assert!(tables.len() > 60);
    for table in tables {
        let new = || {
            EarlyStopping::new(
                "score",
                table["patience"].as_u64().unwrap() as usize,
                table["threshold"].as_f64().unwrap(),
                table["greater_is_better"].as_bool().unwrap(),
            )
            .unwrap()
        };
        let values = numbers(&table["values"]);
        // Resumes before the value at each index; with the last index the run is never resumed.
        for resumed_at in 0..=values.len() {
            let mut callback = new();
            let mut stops = Vec::new();
            for (index, value) in values.iter().enumerate() {
                if index == resumed_at {
                    let state = callback.state().unwrap();
                    callback = new();
                    callback.load_state(state).unwrap();
                }
                let metrics = [("score".to_owned(), *value)].into();
                let control = callback.on_evaluate(&TrainState::default(), &metrics).unwrap();
                stops.push(control == Control::STOP);
            }
            assert_eq!(json!(stops), table["stops"], "{table}, resumed at {resumed_at}");
        }
    }
}
