//! Requirements on the first model.

use feedback_compare::{ComparisonReport, Gate};
use feedback_testkit::recipes::Place;

use crate::place::{compare_on_cpu, contender, options};

fn with_gates(place: &Place, gates: &[String]) -> ComparisonReport {
    let mut options = options(place, "train.jsonl", "test.jsonl");
    options.gates = gates.iter().map(|gate| gate.parse::<Gate>().unwrap()).collect();
    compare_on_cpu(&options).unwrap()
}

#[test]
fn a_gate_passes_if_the_lower_bound_reaches_it() {
    let place = Place::with_model_and_data();
    let found = with_gates(&place, &["accuracy>=0", "weighted_f1>=0.0"].map(str::to_owned));
    assert!(found.gates.iter().all(|gate| gate.passed), "{:?}", found.gates);
    let said: Vec<String> = found.gates.iter().map(ToString::to_string).collect();
    assert!(
        said[0].contains("gate accuracy>=0 passed: accuracy of `"),
        "{said:?}"
    );
    assert!(said[1].contains("gate weighted_f1>=0 passed"), "{said:?}");

    // The score itself reaches this value; the lower bound of its interval does not.
    let figures = &contender(&place, &found, "tiny-bert").evaluation.figures;
    let (accuracy, low) = (figures.accuracy, figures.accuracy_interval.low);
    assert!(low < accuracy);
    let gates = [accuracy, low].map(|value| format!("accuracy>={value}"));
    let found = with_gates(&place, &gates);
    assert_eq!([found.gates[0].passed, found.gates[1].passed], [false, true]);
    let said = found.gates[0].to_string();
    assert!(
        said.contains("failed: accuracy of `") && said.contains("the lower end of its 95 % interval"),
        "{said}"
    );
}

#[test]
fn a_malformed_gate_is_refused() {
    for (gate, part) in [
        ("weighted_f1>0.9", "there is no >="),
        ("f1>=0.9", "the score is unknown"),
        ("accuracy>=90", "0 to 1"),
        ("accuracy>=x", "expected a number"),
    ] {
        let said = gate.parse::<Gate>().unwrap_err().to_string();
        assert!(
            said.contains(part) && said.contains("such as weighted_f1>=0.9"),
            "{said}"
        );
    }
}
