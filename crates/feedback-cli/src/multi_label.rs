//! What the commands say about texts with several labels.

use std::collections::BTreeMap;

use feedback_dataset::read::LabelRule;
use feedback_inference::MultiLabelPrediction;
use feedback_metrics::AverageScores;
use feedback_metrics::statistics::Interval;
use feedback_multilabel::{
    LabelLists, MultiLabelComparison, MultiLabelData, MultiLabelEvaluation, RareLabelLists,
};
use feedback_pipeline::data::LabelLayout;

use crate::output::message;
use crate::{notices, show};

/// Whether the label field is looked for: not if the labels are in columns of their own.
pub(crate) fn label_rule(layout: &LabelLayout) -> LabelRule {
    match layout.label_columns.is_empty() {
        true => LabelRule::Required,
        false => LabelRule::Optional,
    }
}

/// Reports what reading the labels found: texts without labels, joined rows, and cells that look like several labels.
pub(crate) fn layout_notes(lists: &[LabelLists], joined: usize, layout: &LabelLayout) {
    let without = lists.iter().map(LabelLists::without_labels).sum();
    let texts = lists.iter().map(|lists| lists.names.len()).sum();
    let found = lists.iter().find_map(LabelLists::unseparated);
    let cell = found.and_then(|found| Some((found.cells.first()?.0.clone(), found.separator)));
    notes(texts, without, joined, cell.as_ref());
    let repeated: usize = lists.iter().map(LabelLists::repeated_with_other_labels).sum();
    if repeated > 0 {
        let hint = match &layout.id_field {
            None => "`--id-field` joins the rows of one text",
            Some(_) => "rows of one text are joined where they have the same `--id-field`",
        };
        message(format_args!(
            "warning: {repeated} texts occur in several rows with different labels\nhint: {hint}"
        ));
    }
}

/// The texts that a label needs to be in training, validation and test.
const ENOUGH_TEXTS: usize = 3;

/// Names the labels that cannot be in all three parts, because they have too few texts.
pub(crate) fn few_texts(parts: &[LabelLists]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in parts.iter().flat_map(|lists| lists.names.iter().flatten()) {
        *counts.entry(name).or_insert(0) += 1;
    }
    let few: Vec<String> = counts
        .into_iter()
        .filter(|(_, texts)| *texts < ENOUGH_TEXTS)
        .map(|(name, texts)| format!("`{name}` ({texts})"))
        .collect();
    if !few.is_empty() {
        message(format_args!(
            "warning: {} labels have fewer than {ENOUGH_TEXTS} texts, too few for training, validation and test: {}\nhint: `--min-label-count` leaves \
             rare labels out",
            few.len(),
            few.join(", ")
        ));
    }
}

fn notes(texts: usize, without: usize, joined: usize, unseparated: Option<&(String, &'static str)>) {
    if joined > 0 {
        message(format_args!(
            "{joined} rows joined with an earlier row of the same text: {texts} texts"
        ));
    }
    if without > 0 {
        message(format_args!("{without} of {texts} texts have no label"));
    }
    if let Some((cell, separator)) = unseparated {
        message(format_args!(
            "the label `{}` looks like several labels\nhint: `--label-separator \"{}\"` separates them",
            show::shortened(cell, 60),
            separator.escape_default()
        ));
    }
}

/// Shows the data of a training.
pub(crate) fn data(data: &MultiLabelData) {
    let test = data.test.as_ref().map_or(0, |test| test.len());
    let (train, validation) = (data.train.len(), data.validation.len());
    let counts = data.train.counts(data.labels.len());
    let labels = data.labels.names().iter().zip(counts);
    let labels: Vec<String> = labels.map(|(name, count)| format!("{name} ({count})")).collect();
    message(format_args!(
        "{train} train, {validation} validation, {test} test texts; labels (training texts) {}",
        labels.join(", ")
    ));
    let unseparated = data.unseparated.as_ref();
    notes(
        train + validation + test,
        data.without_labels,
        data.joined,
        unseparated,
    );
    notices::label_variants_in_cells(data.labels.names().iter().map(String::as_str));
    notices::unused_rows(&data.unused_rows);
    notices::cleaned(data.cleaned);
    notices::undated(data.undated);
    notices::overlapping(data.overlapping);
    if let Some(line) = rare_line(&data.rare) {
        message(line);
    }
    notices::leaks(data.dropped, data.near_leaked, data.leaked);
}

/// Returns the line that names the labels with too few texts; `None` if there are none.
pub(crate) fn rare_line(found: &RareLabelLists) -> Option<String> {
    let names: Vec<String> = found
        .labels
        .iter()
        .map(|(label, texts)| format!("`{label}` ({texts})"))
        .collect();
    let left_out = match found.left_out {
        0 => String::new(),
        texts => format!("; {texts} texts without another label were left out"),
    };
    (!names.is_empty()).then(|| {
        format!(
            "{} rare labels were taken from their texts or replaced by that of `--rare-label`: {}{left_out}",
            names.len(),
            names.join(", ")
        )
    })
}

/// Formats an evaluation: headline, scikit-learn's report, thresholds, leakage.
pub(crate) fn evaluation(found: &MultiLabelEvaluation) -> String {
    let f1 = |scores: AverageScores, range: Option<Interval>| {
        let range = range.map(|range| format!(" ({})", show::interval(range)));
        format!("{}{}", show::percent(scores.f1), range.unwrap_or_default())
    };
    let micro = found
        .report
        .micro()
        .map(|micro| f1(micro, found.micro_f1_interval));
    let mut text = format!(
        "{} texts: micro F1 {}, macro F1 {}\nall labels right {} ({}), Hamming loss {:.4}\n\n{}\n",
        found.n,
        micro.unwrap_or_default(),
        f1(found.report.macro_average(), found.macro_f1_interval),
        show::percent(found.subset_accuracy),
        show::interval(found.subset_accuracy_interval),
        found.hamming_loss,
        found.report,
    );
    let width = found.decisions.iter().map(|one| one.label.chars().count()).max();
    let width = width.unwrap_or(0).max("label".len());
    text += &format!(
        "{:<width$}  threshold  temperature  calibration error (before)\n",
        "label"
    );
    for one in &found.decisions {
        text += &format!(
            "{:<width$}  {:>9.3}  {:>11.3}  {:>17.3}  ({:.3})\n",
            one.label, one.threshold, one.temperature, one.expected_calibration_error, one.uncalibrated_error
        );
    }
    text + "\n" + &show::leakage(&found.leakage, found.n as u64)
}

/// Formats a comparison: the models, the leakage, and each pair in words.
pub(crate) fn comparison(found: &MultiLabelComparison, leaked: usize) -> String {
    let names = found.contenders.iter().map(|one| one.name.chars().count());
    let width = names.max().unwrap_or(0).max("model".len());
    let columns = [
        ("micro_f1", "micro F1"),
        ("macro_f1", "macro F1"),
        ("weighted_f1", "weighted F1"),
        ("samples_f1", "samples F1"),
        ("subset_accuracy", "all labels right"),
    ];
    let mut text = format!("{} test texts\n\n{:<width$}", found.n, "model");
    for (_, name) in columns {
        text += &format!("  {name:>11}");
    }
    text += "  Hamming loss\n";
    for one in &found.contenders {
        let metrics = one.evaluation.metrics();
        text += &format!("{:<width$}", one.name);
        for (key, name) in columns {
            let wide = name.len().max(11);
            text += &format!("  {:>wide$}", show::percent(metrics[key]));
        }
        text += &format!("  {:>12.4}\n", metrics["hamming_loss"]);
    }
    text.push('\n');
    text += &match leaked {
        0 => "leakage: no test text occurs in the training file\n".to_owned(),
        leaked => {
            format!("leakage: {leaked} test texts also occur in the training file; scores are too high\n")
        }
    };
    for one in &found.contenders {
        let leakage = show::leakage(&one.evaluation.leakage, found.n as u64);
        text += &format!("{}: {leakage}", one.name);
    }
    text += "\n";
    for pair in &found.pairs {
        text += &format!("{}\n", pair.sentence);
    }
    text
}

/// Formats a prediction: the labels, then all scores.
pub(crate) fn prediction(text: &str, found: &MultiLabelPrediction) -> String {
    let labels = match found.predicted_labels.is_empty() {
        true => "no label".to_owned(),
        false => found.predicted_labels.join(", "),
    };
    let mut lines = format!("{}\n  {labels}", show::shortened(text, 80));
    if found.abstain_reason.is_some() {
        lines += ", but the model knows no token of the text";
    }
    if found.truncated {
        lines += ", text was cut to the model's maximum length";
    }
    lines.push('\n');
    for score in &found.scores {
        lines += &format!("    {:<20} {:>7}\n", score.label, show::percent(score.score));
    }
    lines
}
