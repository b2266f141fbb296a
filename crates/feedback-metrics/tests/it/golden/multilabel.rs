//! Multi-label metrics, compared with scikit-learn.

use feedback_metrics::{Average, ClassificationReport, MultiLabel, ReportLabels, ReportOptions};

use super::classes::check_scores;
use super::draws::{BETAS, Case, ZERO_DIVISIONS, draw_subset, names_of};
use super::file::{expected, fnv, fnv_numbers, reports};

const FAMILY: u64 = 3;

/// One case, drawn in the same way as in the script.
struct Drawn {
    data: MultiLabel,
    jaccard_zero_division: feedback_metrics::ZeroDivision,
    beta: f64,
    subset: Vec<usize>,
    options: ReportOptions,
}

impl Drawn {
    fn new(number: u64) -> Self {
        let mut case = Case::new(FAMILY, number);
        let n_labels = 2 + case.parameter(29);
        let n = case.n();
        let percent_true = case.parameter(101);
        let percent_flipped = case.parameter(101);
        let zero_division = ZERO_DIVISIONS[case.parameter(3)];
        let jaccard_zero_division = ZERO_DIVISIONS[case.parameter(2)];
        let digits = case.parameter(7);
        let target_names = names_of(case.parameter(3), n_labels);
        let beta = BETAS[case.parameter(BETAS.len())];
        let mut table = |percent: usize| -> Vec<bool> {
            let cells = 0..n * n_labels;
            let drawn = |cell| case.draw_below(100 * (1 + cell % n_labels)) < percent;
            cells.map(drawn).collect()
        };
        let labels = table(percent_true);
        let flipped = table(percent_flipped);
        let predictions: Vec<bool> = labels
            .iter()
            .zip(&flipped)
            .map(|(label, flip)| label ^ flip)
            .collect();
        let subset = draw_subset(&mut case, n_labels);
        let mut options = ReportOptions::default()
            .with_digits(digits)
            .with_zero_division(zero_division);
        options.target_names = target_names;
        Self {
            data: MultiLabel::new(&labels, &predictions, n_labels).expect("valid"),
            jaccard_zero_division,
            beta,
            subset,
            options,
        }
    }

    fn reports(&self) -> [(&'static str, String); 2] {
        let kinds = [
            ("all", ReportLabels::All),
            ("subset", ReportLabels::Only(self.subset.clone())),
        ];
        kinds.map(|(name, labels)| {
            let options = self.options.clone().with_labels(labels);
            let report = ClassificationReport::from_multilabel(&self.data, &options);
            (name, report.expect("valid").to_string())
        })
    }
}

#[test]
fn two_thousand_cases_agree_with_scikit_learn() {
    let lines = expected("multilabel.tsv");
    let n_lines = lines.len();
    let averages = [
        ("micro", Average::Micro),
        ("macro", Average::Macro),
        ("weighted", Average::Weighted),
    ];
    for mut line in lines {
        let drawn = Drawn::new(line.case);
        let (data, zero_division) = (&drawn.data, drawn.options.zero_division);
        let for_jaccard = drawn.jaccard_zero_division;
        line.number("hamming_loss", data.hamming_loss());
        line.number("subset_accuracy", data.subset_accuracy());
        for (name, average) in averages {
            check_scores(&mut line, name, data.average(average, zero_division));
            line.number(&format!("jaccard_{name}"), data.jaccard(average, for_jaccard));
            let f_beta = data.f_beta(drawn.beta, average, zero_division).expect("valid");
            line.number(&format!("f_beta_{name}"), f_beta);
        }
        check_scores(&mut line, "samples", data.samples_average(zero_division));
        line.number("jaccard_samples", data.samples_jaccard(for_jaccard));

        let scores = data.per_label(zero_division);
        let mut numbers: Vec<f64> = Vec::new();
        numbers.extend(scores.iter().map(|label| label.precision));
        numbers.extend(scores.iter().map(|label| label.recall));
        numbers.extend(scores.iter().map(|label| label.f1));
        numbers.extend(scores.iter().map(|label| label.support as f64));
        line.hash("hash_per_label", fnv_numbers(numbers), "the scores of each label");
        for (name, text) in drawn.reports() {
            line.hash(&format!("hash_report_{name}"), fnv(text.bytes()), &text);
        }
        line.finish();
    }
    assert_eq!(n_lines, 2_000);
}

#[test]
fn stored_reports_are_identical() {
    let stored = reports();
    for number in 0..10 {
        let found = Drawn::new(number).reports();
        for (part, (_, text)) in found.into_iter().enumerate() {
            assert_eq!(text, stored[&format!("multilabel {number} {part}")]);
        }
    }
}
