//! Texts that are longer than a model reads at once: cut, or read in windows.

use feedback_inference::LongTexts;
use feedback_testkit::recipes::{Place, Trained, as_read, lines, long_rows, long_text};
use serde_json::json;

const WINDOWS: &str = "--max-length 16 --long-texts windows";

fn place() -> Place {
    let place = Place::with_model();
    place.write("data.jsonl", lines(&long_rows()));
    place
}

fn trained(flags: &str) -> (Place, Trained) {
    let place = place();
    let trained = place.train(&format!(
        "--data data.jsonl --model tiny-bert --epochs 1 --output model --run-dir run {WINDOWS} {flags}"
    ));
    (place, trained.unwrap())
}

#[test]
fn a_model_reads_long_texts_as_in_its_training() {
    let (place, trained) = trained("--seed 3");
    let (texts, windows) = trained.notices.in_windows;
    assert!(0 < texts && texts < windows, "{texts} texts, {windows} windows");
    assert_eq!(trained.notices.truncated, 0);
    let manifest = place.json("model/feedback.json");
    assert_eq!(manifest["long_texts"], json!({"windows": {"overlap": 4}}));
    assert!(
        place
            .read("model/README.md")
            .contains("windows that have 4 tokens in common")
    );
    assert_eq!(place.json("run/arguments.json")["long_texts"], "windows");
    // The test rows give what the training gave, and cutting gives something else.
    let test = "run/data/test.jsonl";
    let expected = &place.json("run/report.json")["test"];
    assert_eq!(place.evaluate("model", test).unwrap(), *expected);
    let cutting = place.classifier("model").unwrap();
    let cutting = cutting.with_long_texts(LongTexts::Truncate).unwrap();
    let cut = place.measure(&cutting, "model", test).unwrap().found;
    assert_ne!(as_read(&cut), *expected);

    let reading = place.classifier("model").unwrap();
    let [found, short] = [long_text().as_str(), "short"].map(|text| reading.predict(text).unwrap());
    let windows = found.windows.as_ref().unwrap();
    assert!(
        windows.start < windows.end && windows.end <= long_text().len() && windows.count > 2,
        "{windows:?}"
    );
    assert!(!found.truncated && short.windows.is_none());
    let cut = cutting.predict(&long_text()).unwrap();
    assert!(cut.truncated && cut.windows.is_none());
    let [before, after] = [&short, &cutting.predict("short").unwrap()].map(as_read);
    assert_eq!(before, after, "a short text is not affected");
}

#[test]
fn a_linear_classifier_reads_windows_too() {
    let (place, _) = trained("--head-only");
    let manifest = place.json("model/feedback.json");
    assert_eq!(manifest["kind"], "head");
    assert_eq!(manifest["long_texts"], json!({"windows": {"overlap": 4}}));
    assert_eq!(
        place.evaluate("model", "run/data/test.jsonl").unwrap(),
        place.json("run/report.json")["test"]
    );
}

#[test]
fn two_runs_and_a_resumed_run_give_the_same_weights() {
    let train = format!(
        "--data data.jsonl --model scratch:tiny --epochs 2 --seed 7 --per-device-train-batch-size 4 {WINDOWS} \
         --save-strategy steps --save-steps 3 --output model --run-dir run"
    );
    let (first, second) = (place(), place());
    first.train(&train).unwrap();
    // The whole run, but as if it had been killed before its end.
    second.train(&train).unwrap();
    let newest = second
        .names("run")
        .into_iter()
        .filter(|name| name.starts_with("checkpoint-"));
    assert!(newest.count() > 0);
    fs_err::remove_file(second.path("run/report.json")).unwrap();
    second.remove("model");
    second.resume("run").unwrap();
    let weights = "model/model.safetensors";
    assert!(first.bytes(weights) == second.bytes(weights));
}

#[test]
fn what_does_not_fit_windows_is_refused() {
    let place = place();
    let train = "--data data.jsonl --output model --run-dir run --model tiny-bert --max-length 16";
    for (flags, parts) in [
        ("--long-texts window", &["window", "truncate"][..]),
        (
            "--long-texts windows --window-overlap 9",
            &["`window_overlap` is `9`", "at most 8"],
        ),
        ("--window-overlap 4", &["`window_overlap`", "`long_texts`"]),
        (
            "--long-texts windows --sampler balanced",
            &["`sampler`", "`class_weights`"],
        ),
    ] {
        let refusal = place.refusal(|| place.train(&format!("{train} {flags}")));
        place.check_message(&refusal, parts);
    }
}
