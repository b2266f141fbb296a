//! Each model reads texts as it was trained.

use feedback_clean::Cleaning;
use feedback_compare::ComparisonReport;
use feedback_testkit::recipes::{Place, as_read, lines};
use serde_json::{Value, json};

use crate::place::{compare_on_cpu, contender, options};

fn rows(numbers: std::ops::Range<usize>) -> String {
    let row = |n: usize| match n % 2 {
        0 => json!({"text": format!("<p>page {n} crashes</p> call +49 30 1234{n:02}"), "label": "bug"}),
        _ => json!({"text": format!("I love the look of page {n}"), "label": "praise"}),
    };
    lines(&numbers.map(row).collect::<Vec<Value>>())
}

#[test]
fn each_model_of_a_comparison_reads_texts_as_it_was_trained() {
    let place = Place::new();
    place.write("data.jsonl", rows(0..60));
    let train = "--data data.jsonl --model scratch:tiny --epochs 1";
    let switches = "--strip-html --decode-entities --mask-personal-data";
    for (name, switches) in [("model", switches), ("plain", "")] {
        let line = format!("{train} --output {name} --run-dir {name}-run {switches}");
        place.train(&line).unwrap();
    }
    place.write("base.jsonl", rows(60..100));
    place.write("raw.jsonl", rows(100..140));
    let mut cleaning = Cleaning::default();
    cleaning.strip_html = true;
    cleaning.decode_entities = true;
    cleaning.mask_personal_data = true;
    let compared = |cleaning: Cleaning| {
        let mut options = options(&place, "base.jsonl", "raw.jsonl");
        options.models = vec![place.path("model"), place.path("plain")];
        options.cleaning = cleaning;
        compare_on_cpu(&options).unwrap()
    };
    let evaluated = |model: &str, cleaning: Cleaning| {
        let classifier = place.classifier(model).unwrap().with_cleaning(cleaning);
        as_read(&place.measure(&classifier, model, "raw.jsonl").unwrap().found)
    };
    let figures =
        |found: &ComparisonReport, model: &str| as_read(&contender(&place, found, model).evaluation);
    let found = compared(Cleaning::default());
    assert_eq!(found.cleaned, 0);
    for model in ["model", "plain"] {
        assert_eq!(
            figures(&found, model),
            evaluated(model, Cleaning::default()),
            "{model}"
        );
    }
    let cleaned = compared(cleaning);
    assert_eq!(cleaned.cleaned, 40, "half of the rows of both files");
    for model in ["model", "plain"] {
        assert_eq!(figures(&cleaned, model), evaluated(model, cleaning), "{model}");
    }
    assert_eq!(figures(&cleaned, "model"), figures(&found, "model"));
}
