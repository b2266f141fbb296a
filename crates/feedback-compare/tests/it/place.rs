//! Comparisons in a temporary folder.

use feedback_bert::DeviceChoice;
use feedback_compare::{CompareOptions, ComparisonReport, Contender, compare};
use feedback_testkit::recipes::{Place, Refusal};

/// Compares `tiny-bert` with baselines.
pub(crate) fn compared(place: &Place, train: &str, test: &str) -> Result<ComparisonReport, Refusal> {
    compare_on_cpu(&options(place, train, test))
}

pub(crate) fn options(place: &Place, train: &str, test: &str) -> CompareOptions {
    let mut options = CompareOptions::new(place.path(train), place.path(test));
    options.models = vec![place.path("tiny-bert")];
    options
}

pub(crate) fn compare_on_cpu(options: &CompareOptions) -> Result<ComparisonReport, Refusal> {
    let (device, _) = DeviceChoice::Auto.open().unwrap();
    Ok(compare(options, &device)?)
}

/// Returns the model or baseline of this name; models have the name of their folder.
pub(crate) fn contender<'a>(place: &Place, report: &'a ComparisonReport, name: &str) -> &'a Contender {
    let path = place.path(name).display().to_string();
    let is = |found: &&Contender| found.name == name || found.name == path;
    report.contenders.iter().find(is).unwrap()
}
