//! Metrics of a confusion matrix, compared with scikit-learn.

use feedback_metrics::{
    Average, AverageScores, ClassificationReport, ConfusionMatrix, KappaWeights, Normalization, ReportLabels,
    ReportOptions,
};

use super::draws::{BETAS, Case, ZERO_DIVISIONS, draw_classes, draw_subset, names_of};
use super::file::{Expected, expected, fnv, fnv_numbers, reports};

const FAMILY: u64 = 1;
const AVERAGES: [(&str, Average); 3] = [
    ("micro", Average::Micro),
    ("macro", Average::Macro),
    ("weighted", Average::Weighted),
];

/// One case, drawn in the same way as in the script.
struct Drawn {
    matrix: ConfusionMatrix,
    subset: Vec<usize>,
    beta: f64,
    options: ReportOptions,
}

impl Drawn {
    fn new(number: u64) -> Self {
        let mut case = Case::new(FAMILY, number);
        let drawn = draw_classes(&mut case);
        let zero_division = ZERO_DIVISIONS[case.parameter(3)];
        let digits = case.parameter(7);
        let target_names = names_of(case.parameter(3), drawn.n_classes);
        let beta = BETAS[case.parameter(BETAS.len())];
        let subset = draw_subset(&mut case, drawn.n_classes);
        let mut options = ReportOptions::default()
            .with_digits(digits)
            .with_zero_division(zero_division);
        options.target_names = target_names;
        let matrix = ConfusionMatrix::new(&drawn.labels, &drawn.predictions, drawn.n_classes);
        Self {
            matrix: matrix.expect("valid"),
            subset,
            beta,
            options,
        }
    }

    fn reports(&self) -> [(&'static str, String); 3] {
        let kinds = [
            ("all", ReportLabels::All),
            ("present", ReportLabels::Present),
            ("subset", ReportLabels::Only(self.subset.clone())),
        ];
        kinds.map(|(name, labels)| {
            let options = self.options.clone().with_labels(labels);
            let report = ClassificationReport::new(&self.matrix, &options).expect("valid");
            (name, report.to_string())
        })
    }
}

#[test]
fn two_thousand_cases_agree_with_scikit_learn() {
    let lines = expected("classes.tsv");
    let n_lines = lines.len();
    for mut line in lines {
        let drawn = Drawn::new(line.case);
        check_whole_matrix(&mut line, &drawn.matrix);
        check_averages(&mut line, &drawn);
        check_per_class(&mut line, &drawn);
        for (name, text) in drawn.reports() {
            line.hash(&format!("hash_report_{name}"), fnv(text.bytes()), &text);
        }
        line.finish();
    }
    assert_eq!(n_lines, 2_000);
}

fn check_whole_matrix(line: &mut Expected, matrix: &ConfusionMatrix) {
    line.number("accuracy", matrix.accuracy());
    line.number("balanced_accuracy", matrix.balanced_accuracy());
    line.number("balanced_accuracy_adjusted", matrix.balanced_accuracy_adjusted());
    line.number("matthews_correlation", matrix.matthews_corrcoef());
    line.number("kappa", matrix.cohen_kappa(KappaWeights::Unweighted));
    line.number("kappa_linear", matrix.cohen_kappa(KappaWeights::Linear));
    line.number("kappa_quadratic", matrix.cohen_kappa(KappaWeights::Quadratic));
}

fn check_averages(line: &mut Expected, drawn: &Drawn) {
    let (matrix, zero_division) = (&drawn.matrix, drawn.options.zero_division);
    for (name, average) in AVERAGES {
        let all = matrix.average(average, zero_division);
        check_scores(line, &format!("all_{name}"), all);
        let subset = matrix
            .average_over(&drawn.subset, average, zero_division)
            .expect("valid");
        check_scores(line, &format!("subset_{name}"), subset);
        let f_beta = matrix.f_beta(drawn.beta, average, zero_division).expect("valid");
        line.number(&format!("f_beta_{name}"), f_beta);
    }
}

pub(super) fn check_scores(line: &mut Expected, prefix: &str, scores: AverageScores) {
    line.number(&format!("{prefix}_precision"), scores.precision);
    line.number(&format!("{prefix}_recall"), scores.recall);
    line.number(&format!("{prefix}_f1"), scores.f1);
}

fn check_per_class(line: &mut Expected, drawn: &Drawn) {
    let (matrix, zero_division) = (&drawn.matrix, drawn.options.zero_division);
    let scores = matrix.per_class(zero_division);
    let mut numbers: Vec<f64> = Vec::new();
    numbers.extend(scores.iter().map(|class| class.precision));
    numbers.extend(scores.iter().map(|class| class.recall));
    numbers.extend(scores.iter().map(|class| class.f1));
    numbers.extend(scores.iter().map(|class| class.support as f64));
    numbers.extend(matrix.f_beta_per_class(drawn.beta, zero_division).expect("valid"));
    line.hash("hash_per_class", fnv_numbers(numbers), "the scores of each class");

    let kinds = [Normalization::True, Normalization::Predicted, Normalization::All];
    let cells = kinds
        .into_iter()
        .flat_map(|kind| matrix.normalized(kind).concat());
    line.hash("hash_normalized", fnv_numbers(cells), "the normalised matrices");
}

#[test]
fn stored_reports_are_identical() {
    let stored = reports();
    for number in 0..40 {
        let found = Drawn::new(number).reports();
        for (part, (_, text)) in found.into_iter().enumerate() {
            assert_eq!(text, stored[&format!("classes {number} {part}")]);
        }
    }
}
