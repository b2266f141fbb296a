//! The model card: `README.md` of a model folder, in Hugging Face's format.

use std::fmt::Write;

use feedback_bert::ModelFolder;
use feedback_bert::config::Pooling;
use feedback_bert::folder::ModelKind;

use crate::data::MultiLabelData;
use crate::evaluate::MultiLabelEvaluation;

/// Returns the text of the card. It contains no texts of the data.
pub(super) fn card(
    name: &str,
    folder: &ModelFolder,
    data: &MultiLabelData,
    test: Option<&MultiLabelEvaluation>,
) -> String {
    let manifest = &folder.manifest;
    let is_head = manifest.kind == ModelKind::Head;
    let for_transformers = !is_head && manifest.pooling == Pooling::Cls;
    let mut text = String::from("---\n");
    if for_transformers {
        text += "library_name: transformers\n";
    }
    text += "pipeline_tag: text-classification\ntags:\n- text-classification\n- multi-label-classification\n- feedback\n- bert\n---\n";
    let start = if is_head {
        "A linear classifier on the vectors of"
    } else {
        "Fine-tuned from"
    };
    let _ = write!(
        text,
        "# {}\n\nA BERT classifier that gives each text any number of {} labels. {start} `{}` (seed {}). It reads up to {} tokens of a \
         text and ignores the rest; {} pooling.\n\nThe probability of a label is the sigmoid of its logit divided by its temperature. A \
         text gets each label whose probability reaches the label's threshold; temperatures and thresholds were chosen on validation \
         texts.\n\n",
        escape(name),
        data.labels.len(),
        manifest.base_model,
        manifest.seed,
        manifest.max_length,
        manifest.pooling,
    );
    text += &labels(folder, data, test);
    text += &metrics(test);
    let _ = write!(
        text,
        "\n## Data\n\n{} training, {} validation and {} test texts.\n\n## Use\n\n",
        data.train.len(),
        data.validation.len(),
        data.test.as_ref().map_or(0, |test| test.len()),
    );
    text += if for_transformers {
        "Transformers' `AutoModelForSequenceClassification.from_pretrained` loads it and computes the same logits; \
         `config.json` has `problem_type: multi_label_classification`. Temperatures and thresholds are in `feedback.json`.\n"
    } else {
        "Transformers would compute other logits from this folder: it would apply a pooler instead of the mean of the token vectors, \
         and leave token n-grams out. Train with `pooling = \"cls\"` for a model that Transformers can use.\n"
    };
    text
}

fn labels(folder: &ModelFolder, data: &MultiLabelData, test: Option<&MultiLabelEvaluation>) -> String {
    let mut text = String::from(
        "## Labels\n\n| label | training texts | temperature | threshold | precision | recall | F1 | test texts | ECE | before |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    let counts = data.train.counts(data.labels.len());
    let Some(decisions) = &folder.manifest.multi_label else {
        return text;
    };
    for (label, name) in data.labels.names().iter().enumerate() {
        let row = test.and_then(|test| test.report.classes().get(label));
        let calibrated = test.and_then(|test| test.decisions.get(label));
        let score = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.4}"));
        let _ = writeln!(
            text,
            "| {} | {} | {:.3} | {:.3} | {} | {} | {} | {} | {} | {} |",
            escape(name),
            counts[label],
            decisions.temperatures[label],
            decisions.thresholds[label],
            score(row.map(|row| row.precision)),
            score(row.map(|row| row.recall)),
            score(row.map(|row| row.f1)),
            row.map_or("–".to_owned(), |row| row.support.to_string()),
            score(calibrated.map(|one| one.expected_calibration_error)),
            score(calibrated.map(|one| one.uncalibrated_error)),
        );
    }
    text += "\nECE is the expected calibration error of the label's probability on the test texts, with the temperature and before, without it.\n";
    text
}

fn metrics(test: Option<&MultiLabelEvaluation>) -> String {
    let Some(test) = test else {
        return "\n## Metrics\n\nThere was no test set.\n".to_owned();
    };
    let mut text = format!(
        "\n## Metrics\n\nOn {} test texts:\n\n| metric | value | 95 % interval |\n|---|---|---|\n",
        test.n
    );
    let range = |interval: Option<feedback_metrics::statistics::Interval>| match interval {
        Some(range) => format!("{:.4} to {:.4}", range.low, range.high),
        None => "–".to_owned(),
    };
    for (name, value) in test.metrics() {
        let interval = match name.as_str() {
            "micro_f1" => test.micro_f1_interval,
            "macro_f1" => test.macro_f1_interval,
            "subset_accuracy" => Some(test.subset_accuracy_interval),
            _ => None,
        };
        let _ = writeln!(text, "| {name} | {value:.4} | {} |", range(interval));
    }
    let leakage = &test.leakage;
    let _ = writeln!(
        text,
        "\nThe intervals of the F1 scores come from a bootstrap over distinct texts. Of the test texts, {} occur in the training data \
         and {} in the validation data.",
        leakage.in_train, leakage.in_validation
    );
    text
}

/// Escapes characters with a meaning in Markdown tables.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('\n', " ")
}
