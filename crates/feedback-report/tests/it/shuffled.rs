//! How often a report finds what is not there.
//!
//!     RUN_SLOW_TESTS=1 cargo test --release -p feedback-report --test it shuffled -- --nocapture
//!
//! runs 400 samples; without the variable, 40.

use feedback_report::{Report, ReportOptions};
use feedback_testkit::slow_tests;

use crate::random::Random;
use crate::sheet::Sheet;

/// Dates are shuffled among the rows, so that nothing depends on them. At a false discovery rate of 5 %, 5 % of the samples should
/// have a headline, and the mix of themes should move in 1 %.
#[test]
fn shuffled_dates_seldom_make_a_headline() {
    let mut sheet = Sheet::read("reviews.csv");
    let themes = sheet.with(|input| Report::find_themes(input, &ReportOptions::default()).unwrap());
    let n_samples = if slow_tests() { 400 } else { 40 };
    let mut random = Random::new(5);
    let (mut found, mut mixes) = (0, 0);
    for _ in 0..n_samples {
        random.shuffle(&mut sheet.dates);
        let options = ReportOptions::default().with_resamples(100);
        let report = sheet.with(|input| Report::from_themes(input, &themes, &options).unwrap());
        let mix_moved = report.mix.is_some_and(|mix| mix.moved);
        found += usize::from(!report.headlines.is_empty() || mix_moved);
        mixes += usize::from(mix_moved);
    }
    println!("{found} of {n_samples} samples say that something moved; the mix of themes in {mixes}");
    // At a rate of 5 %, more than 30 of 400 occur in 1 % of the runs, and more than 6 of 40 in 0.3 %.
    let limit = if slow_tests() { 30 } else { 6 };
    assert!(found <= limit, "{found} of {n_samples}");
}
