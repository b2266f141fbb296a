//! Rows with any number of labels, and trainings on them.

use feedback_bert::DeviceChoice;
use feedback_dataset::LabelSet;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_inference::MultiLabelClassifier;
use feedback_multilabel::train::{MultiLabelNotice, MultiLabelSummary, train};
use feedback_multilabel::{
    Error, LabelLists, MultiLabelEvaluation, MultiLabelExamples, evaluate, read_label_lists,
};
use feedback_pipeline::data::{LabelLayout, clean_texts};
use feedback_testkit::recipes::{Place, Refusal};

/// 120 texts with all combinations of two words, each of which stands for a label; the labels are in one cell.
pub(crate) fn write_rows(place: &Place) {
    let words = [("crashes", "bug"), ("love it", "praise")];
    let mut rows = String::from("text,label\n");
    for row in 0..120 {
        let said = words.iter().enumerate().filter(|(bit, _)| row >> bit & 1 == 1);
        let (texts, labels): (Vec<&str>, Vec<&str>) = said.map(|(_, words)| *words).unzip();
        rows += &format!("page {row} {},{}\n", texts.join(" and "), labels.join("; "));
    }
    place.write("rows.csv", rows);
}

pub(crate) const TRAIN: &str = "--task multi-label --label-separator ; --data rows.csv --model tiny-bert --max-length 32 --head-only \
                     --output model --run-dir run";

/// Trains with these flags of `train`.
pub(crate) fn trained(place: &Place, line: &str) -> Result<MultiLabelSummary, Refusal> {
    trained_with(place, line, &mut |_| ())
}

pub(crate) fn trained_with(
    place: &Place,
    line: &str,
    notice: &mut dyn FnMut(MultiLabelNotice<'_>),
) -> Result<MultiLabelSummary, Refusal> {
    train(&place.options(line)?, Vec::new(), notice).map_err(refusal)
}

pub(crate) fn refusal(error: Error) -> Refusal {
    Refusal::new(&error, error.hint(), error.is_usage())
}

pub(crate) fn classifier(place: &Place, model: &str) -> MultiLabelClassifier {
    let (device, _) = DeviceChoice::Auto.open().unwrap();
    MultiLabelClassifier::load(&place.path(model), &device).unwrap()
}

pub(crate) fn separated() -> LabelLayout {
    let mut layout = LabelLayout::default();
    layout.label_separator = Some(";".to_owned());
    layout
}

pub(crate) fn lists(place: &Place, name: &str, layout: &LabelLayout) -> LabelLists {
    read_label_lists(&place.path(name), &ReadOptions::default(), layout, OnBadRow::Fail).unwrap()
}

/// Measures a model on a file. Also returns in how many rows the text was cleaned.
pub(crate) fn evaluated(
    classifier: &MultiLabelClassifier,
    mut lists: LabelLists,
) -> (MultiLabelEvaluation, usize) {
    let cleaned = clean_texts(&mut lists.dataset, classifier.cleaning());
    let labels = LabelSet::new(classifier.labels().to_vec()).unwrap();
    let examples = MultiLabelExamples::new(&lists, &labels).unwrap();
    (evaluate(classifier, &examples).unwrap(), cleaned)
}
