//! Properties that hold for every input.

use feedback_metrics::calibration::{
    Binning, brier_score, expected_calibration_error, fit_temperature, log_loss, maximum_calibration_error,
    propose_abstain_threshold, reliability_table, risk_coverage,
};
use feedback_metrics::ranking::{average_precision, roc_auc, top_k_accuracy};
use feedback_metrics::statistics::{
    BootstrapOptions, Score, bootstrap_interval, holm, mcnemar_exact, paired_bootstrap, wilson_interval,
};
use feedback_metrics::{
    Average, ClassificationReport, ConfusionMatrix, KappaWeights, Logits, MultiLabel, Normalization,
    Probabilities, ReportOptions, ZeroDivision, slice_by,
};
use proptest::collection::vec;
use proptest::prelude::*;

const AVERAGES: [Average; 3] = [Average::Micro, Average::Macro, Average::Weighted];

/// Draws a number of classes, labels and predictions; some classes are usually absent.
fn outcomes() -> impl Strategy<Value = (usize, Vec<usize>, Vec<usize>)> {
    (1usize..9, 1usize..60)
        .prop_flat_map(|(n_classes, n)| (Just(n_classes), vec(0..n_classes, n), vec(0..n_classes, n)))
}

/// Draws a number of classes, labels and a table of scores. The scores are small integers, so that ties are common.
fn tables() -> impl Strategy<Value = (usize, Vec<usize>, Vec<u32>)> {
    (2usize..6, 1usize..40)
        .prop_flat_map(|(n_classes, n)| (Just(n_classes), vec(0..n_classes, n), vec(0u32..6, n * n_classes)))
}

/// Returns probabilities from integers: 1 is added to each, and each row is divided by its sum.
fn probabilities(raw: &[u32], n_classes: usize) -> Probabilities {
    let normalised = |row: &[u32]| {
        let row: Vec<f64> = row.iter().map(|&value| f64::from(value + 1)).collect();
        let sum: f64 = row.iter().sum();
        row.into_iter()
            .map(move |value| value / sum)
            .collect::<Vec<f64>>()
    };
    let values = raw.chunks(n_classes).flat_map(normalised).collect();
    Probabilities::new(values, n_classes).expect("rows add up to 1")
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12 || (a.is_nan() && b.is_nan())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scores_are_fractions((n_classes, labels, predictions) in outcomes()) {
        let matrix = ConfusionMatrix::new(&labels, &predictions, n_classes).expect("valid");
        let fraction = |value: f64| (0.0..=1.0).contains(&value);
        prop_assert!(fraction(matrix.accuracy()));
        prop_assert!(fraction(matrix.balanced_accuracy()));
        prop_assert!((-1.0..=1.0).contains(&matrix.matthews_corrcoef()));
        for choice in [ZeroDivision::Zero, ZeroDivision::One] {
            for scores in matrix.per_class(choice) {
                prop_assert!(fraction(scores.precision) && fraction(scores.recall) && fraction(scores.f1));
            }
            for average in AVERAGES {
                let scores = matrix.average(average, choice);
                prop_assert!(fraction(scores.precision) && fraction(scores.recall) && fraction(scores.f1));
            }
        }
    }

    #[test]
    fn weighted_recall_and_all_micro_scores_are_the_accuracy((n_classes, labels, predictions) in outcomes()) {
        let matrix = ConfusionMatrix::new(&labels, &predictions, n_classes).expect("valid");
        let weighted = matrix.average(Average::Weighted, ZeroDivision::Zero);
        prop_assert!(close(weighted.recall, matrix.accuracy()));
        let micro = matrix.average(Average::Micro, ZeroDivision::Zero);
        prop_assert_eq!(micro.precision, matrix.accuracy());
        prop_assert_eq!(micro.recall, matrix.accuracy());
        prop_assert_eq!(micro.f1, matrix.accuracy());
    }

    #[test]
    fn scores_agree_with_their_definition_row_by_row((n_classes, labels, predictions) in outcomes()) {
        let matrix = ConfusionMatrix::new(&labels, &predictions, n_classes).expect("valid");
        let pairs: Vec<(usize, usize)> = labels.iter().copied().zip(predictions.iter().copied()).collect();
        for (class, scores) in matrix.per_class(ZeroDivision::Zero).into_iter().enumerate() {
            let of_class = pairs.iter().filter(|pair| pair.0 == class).count();
            let as_class = pairs.iter().filter(|pair| pair.1 == class).count();
            let both = pairs.iter().filter(|pair| **pair == (class, class)).count() as f64;
            let precision = if as_class == 0 { 0.0 } else { both / as_class as f64 };
            let recall = if of_class == 0 { 0.0 } else { both / of_class as f64 };
            let sum = precision + recall;
            let harmonic = if sum == 0.0 { 0.0 } else { 2.0 * precision * recall / sum };
            prop_assert!(close(scores.precision, precision));
            prop_assert!(close(scores.recall, recall));
            prop_assert!(close(scores.f1, harmonic));
            prop_assert_eq!(scores.support, of_class as u64);
        }
        let right = pairs.iter().filter(|pair| pair.0 == pair.1).count();
        prop_assert_eq!(matrix.accuracy(), right as f64 / pairs.len() as f64);
    }

    #[test]
    fn correlation_and_kappa_agree_with_a_second_formulation((n_classes, labels, predictions) in outcomes()) {
        let matrix = ConfusionMatrix::new(&labels, &predictions, n_classes).expect("valid");
        let n = labels.len() as f64;
        // Pearson's correlation of the one-hot rows, summed over classes.
        let share = |ids: &[usize], class| ids.iter().filter(|id| **id == class).count() as f64 / n;
        let (mut both, mut of_labels, mut of_predictions, mut chance) = (0.0, 0.0, 0.0, 0.0);
        for class in 0..n_classes {
            let (t, p) = (share(&labels, class), share(&predictions, class));
            let joint = labels.iter().zip(&predictions).filter(|(a, b)| **a == class && **b == class);
            both += joint.count() as f64 / n - t * p;
            of_labels += t - t * t;
            of_predictions += p - p * p;
            chance += t * p;
        }
        let found = matrix.matthews_corrcoef();
        if of_labels > 1e-12 && of_predictions > 1e-12 {
            prop_assert!((found - both / (of_labels * of_predictions).sqrt()).abs() < 1e-9);
        } else {
            prop_assert_eq!(found, 0.0);
        }
        let kappa = matrix.cohen_kappa(KappaWeights::Unweighted);
        if 1.0 - chance > 1e-12 {
            prop_assert!((kappa - (matrix.accuracy() - chance) / (1.0 - chance)).abs() < 1e-9);
        } else {
            prop_assert!(kappa.is_nan());
        }
    }

    #[test]
    fn swapping_labels_and_predictions_swaps_precision_and_recall((n_classes, labels, predictions) in outcomes()) {
        let matrix = ConfusionMatrix::new(&labels, &predictions, n_classes).expect("valid");
        let swapped = ConfusionMatrix::new(&predictions, &labels, n_classes).expect("valid");
        for (a, b) in matrix.per_class(ZeroDivision::One).iter().zip(swapped.per_class(ZeroDivision::One)) {
            prop_assert_eq!(a.precision, b.recall);
            prop_assert_eq!(a.recall, b.precision);
            prop_assert_eq!(a.f1, b.f1);
        }
        let (rows, columns) = (Normalization::True, Normalization::Predicted);
        let transposed = swapped.normalized(columns);
        for (label, row) in matrix.normalized(rows).iter().enumerate() {
            for (prediction, share) in row.iter().enumerate() {
                prop_assert_eq!(*share, transposed[prediction][label]);
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        (n_classes, labels, raw) in tables(),
        shift in 0usize..40,
    ) {
        let n = labels.len();
        let order: Vec<usize> = (0..n).map(|row| (n - 1 - row + shift) % n).collect();
        let moved_labels: Vec<usize> = order.iter().map(|&row| labels[row]).collect();
        let rows: Vec<&[u32]> = raw.chunks(n_classes).collect();
        let moved_raw: Vec<u32> = order.iter().flat_map(|&row| rows[row].to_vec()).collect();
        let (table, moved) = (probabilities(&raw, n_classes), probabilities(&moved_raw, n_classes));

        let matrix = ConfusionMatrix::new(&labels, &table.predictions(), n_classes);
        prop_assert_eq!(matrix, ConfusionMatrix::new(&moved_labels, &moved.predictions(), n_classes));
        for binning in [Binning::EqualWidth, Binning::EqualMass] {
            let before = expected_calibration_error(&table, &labels, binning, 7);
            let after = expected_calibration_error(&moved, &moved_labels, binning, 7);
            prop_assert_eq!(before, after);
        }
        prop_assert_eq!(risk_coverage(&table, &labels), risk_coverage(&moved, &moved_labels));
        prop_assert_eq!(top_k_accuracy(&table, &labels, 2), top_k_accuracy(&moved, &moved_labels, 2));
        let losses = |table, labels: &[usize]| log_loss(table, labels).expect("valid");
        prop_assert!(close(losses(&table, &labels), losses(&moved, &moved_labels)));
    }

    #[test]
    fn renaming_classes_changes_no_average((n_classes, labels, predictions) in outcomes(), shift in 0usize..9) {
        let rename = |ids: &[usize]| ids.iter().map(|id| (id + shift) % n_classes).collect::<Vec<usize>>();
        let matrix = ConfusionMatrix::new(&labels, &predictions, n_classes).expect("valid");
        let renamed = ConfusionMatrix::new(&rename(&labels), &rename(&predictions), n_classes).expect("valid");
        for average in AVERAGES {
            for choice in [ZeroDivision::Zero, ZeroDivision::One, ZeroDivision::Nan] {
                let (a, b) = (matrix.average(average, choice), renamed.average(average, choice));
                prop_assert!(close(a.precision, b.precision) && close(a.recall, b.recall) && close(a.f1, b.f1));
            }
        }
        prop_assert!(close(matrix.balanced_accuracy(), renamed.balanced_accuracy()));
        prop_assert_eq!(matrix.matthews_corrcoef(), renamed.matthews_corrcoef());
        let kappa = |m: &ConfusionMatrix| m.cohen_kappa(KappaWeights::Unweighted);
        prop_assert!(close(kappa(&matrix), kappa(&renamed)));
    }

    #[test]
    fn parts_add_up_to_the_whole((n_classes, labels, predictions) in outcomes(), cut in 0usize..60) {
        let cut = cut % labels.len();
        let whole = ConfusionMatrix::new(&labels, &predictions, n_classes).expect("valid");
        let mut sum = ConfusionMatrix::empty(n_classes).expect("valid");
        for (&label, &prediction) in labels[..cut].iter().zip(&predictions[..cut]) {
            sum.add(label, prediction).expect("valid");
        }
        sum.merge(&ConfusionMatrix::new(&labels[cut..], &predictions[cut..], n_classes).expect("valid")).expect("same classes");
        prop_assert_eq!(&sum, &whole);

        let keys: Vec<bool> = (0..labels.len()).map(|row| row < cut).collect();
        let slices = slice_by(&keys, &labels, &predictions, n_classes, 0.95).expect("valid");
        let right: f64 = slices.iter().map(|slice| slice.accuracy * slice.n as f64).sum();
        prop_assert!(close(right / labels.len() as f64, whole.accuracy()));
        for slice in slices {
            prop_assert!(slice.interval.contains(slice.accuracy));
        }
    }

    #[test]
    fn the_report_has_the_scores_of_the_matrix((n_classes, labels, predictions) in outcomes()) {
        let matrix = ConfusionMatrix::new(&labels, &predictions, n_classes).expect("valid");
        let report = ClassificationReport::new(&matrix, &ReportOptions::default()).expect("valid");
        prop_assert_eq!(report.accuracy(), Some(matrix.accuracy()));
        prop_assert_eq!(report.macro_average(), matrix.average(Average::Macro, ZeroDivision::Zero));
        prop_assert_eq!(report.weighted(), matrix.average(Average::Weighted, ZeroDivision::Zero));
        prop_assert_eq!(report.support(), matrix.n());
        prop_assert_eq!(report.to_string().lines().count(), n_classes + 6);
        prop_assert_eq!(report.to_dict().as_object().map(serde_json::Map::len), Some(n_classes + 3));
    }

    #[test]
    fn multi_label_metrics_of_rows_with_one_label_equal_class_metrics((n_classes, labels, predictions) in outcomes()) {
        let one_hot = |ids: &[usize]| -> Vec<bool> {
            ids.iter().flat_map(|&id| (0..n_classes).map(move |class| class == id)).collect()
        };
        let matrix = ConfusionMatrix::new(&labels, &predictions, n_classes).expect("valid");
        let data = MultiLabel::new(&one_hot(&labels), &one_hot(&predictions), n_classes).expect("valid");
        prop_assert_eq!(data.label_counts(), matrix.label_counts());
        prop_assert_eq!(data.subset_accuracy(), matrix.accuracy());
        let wrong = 1.0 - matrix.accuracy();
        prop_assert!(close(data.hamming_loss(), 2.0 * wrong / n_classes as f64));
        prop_assert!(close(data.samples_average(ZeroDivision::Zero).f1, matrix.accuracy()));
        prop_assert!(close(data.samples_jaccard(ZeroDivision::Zero), matrix.accuracy()));
    }

    #[test]
    fn areas_agree_with_counting_pairs(rows in vec((any::<bool>(), 0u8..6), 1..50)) {
        let positive: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
        let (mut halves, mut pairs) = (0u32, 0u32);
        for a in rows.iter().filter(|row| row.0) {
            for b in rows.iter().filter(|row| !row.0) {
                halves += match a.1.cmp(&b.1) {
                    std::cmp::Ordering::Greater => 2,
                    std::cmp::Ordering::Equal => 1,
                    std::cmp::Ordering::Less => 0,
                };
                pairs += 2;
            }
        }
        let area = roc_auc(&positive, &scores).expect("valid");
        prop_assert!(close(area, f64::from(halves) / f64::from(pairs)));
        // The mean, over positive rows, of the precision at their score.
        let precision_at = |score: u8| {
            let answered = rows.iter().filter(|row| row.1 >= score);
            let (right, all) = answered.fold((0.0, 0.0), |sum, row| (sum.0 + f64::from(u8::from(row.0)), sum.1 + 1.0));
            right / all
        };
        let precisions: Vec<f64> = rows.iter().filter(|row| row.0).map(|row| precision_at(row.1)).collect();
        let expected = if precisions.is_empty() { 0.0 } else { precisions.iter().sum::<f64>() / precisions.len() as f64 };
        prop_assert!(close(average_precision(&positive, &scores).expect("valid"), expected));
        // Only the order of the scores matters, not their values.
        let stretched: Vec<f64> = scores.iter().map(|score| score.exp() - 3.0).collect();
        prop_assert!(close(roc_auc(&positive, &stretched).expect("valid"), area));
    }

    #[test]
    fn calibration_is_bounded_and_covers_every_row((n_classes, labels, raw) in tables(), n_bins in 1usize..12) {
        let table = probabilities(&raw, n_classes);
        for binning in [Binning::EqualWidth, Binning::EqualMass] {
            let bins = reliability_table(&table, &labels, binning, n_bins).expect("valid");
            prop_assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), labels.len() as u64);
            prop_assert!(bins.len() <= n_bins);
            for bin in bins.iter().filter(|bin| bin.count > 0) {
                prop_assert!(bin.mean_confidence >= bin.low - 1e-12 && bin.mean_confidence <= bin.high + 1e-12);
            }
            let error = expected_calibration_error(&table, &labels, binning, n_bins).expect("valid");
            let worst = maximum_calibration_error(&table, &labels, binning, n_bins).expect("valid");
            prop_assert!(error >= 0.0 && error <= worst + 1e-12 && worst <= 1.0);
        }
        let brier = brier_score(&table, &labels).expect("valid");
        prop_assert!((0.0..=2.0).contains(&brier));
        prop_assert!(log_loss(&table, &labels).expect("valid") >= 0.0);
        prop_assert_eq!(top_k_accuracy(&table, &labels, n_classes), Ok(1.0));
    }

    #[test]
    fn the_curve_ends_at_the_error_rate_and_the_threshold_is_the_best_one((n_classes, labels, raw) in tables(), risk in 0.0f64..1.0) {
        let table = probabilities(&raw, n_classes);
        let matrix = ConfusionMatrix::new(&labels, &table.predictions(), n_classes).expect("valid");
        let curve = risk_coverage(&table, &labels).expect("valid");
        let last = curve.points.last().expect("a point");
        prop_assert_eq!(last.coverage, 1.0);
        prop_assert!(close(last.risk, 1.0 - matrix.accuracy()));
        prop_assert!((0.0..=1.0).contains(&curve.area));
        let mut answered_before = 0.0;
        if let Some(found) = propose_abstain_threshold(&table, &labels, risk).expect("valid") {
            prop_assert!(found.risk <= risk);
            let answered: Vec<bool> = table.confidences().iter().map(|c| *c >= found.abstain_below).collect();
            answered_before = answered.iter().filter(|answered| **answered).count() as f64 / labels.len() as f64;
            prop_assert!(close(answered_before, found.coverage));
        }
        // No other point of the curve within the risk limit answers more rows.
        for point in curve.points.iter().filter(|point| point.risk <= risk) {
            prop_assert!(point.coverage <= answered_before + 1e-12);
        }
    }

    #[test]
    fn the_temperature_is_the_best_one_and_changes_no_prediction((n_classes, labels, raw) in tables(), other in 0.05f64..20.0) {
        let logits = Logits::new(raw.iter().map(|&value| f64::from(value)).collect(), n_classes).expect("valid");
        let temperature = fit_temperature(&logits, &labels).expect("valid");
        let loss = |temperature| log_loss(&logits.softmax(temperature).expect("valid"), &labels).expect("valid");
        prop_assert!(loss(temperature) <= loss(other) + 1e-9);
        let predictions = |temperature| logits.softmax(temperature).expect("valid").predictions();
        prop_assert_eq!(predictions(temperature), predictions(1.0));
    }

    #[test]
    fn wilson_intervals_contain_the_share_and_grow_with_the_confidence((n, part) in (1u64..2_000, 0.0f64..=1.0), confidence in 0.01f64..0.98) {
        let successes = (n as f64 * part).floor() as u64;
        let narrow = wilson_interval(successes, n, confidence).expect("valid");
        let wide = wilson_interval(successes, n, confidence + 0.01).expect("valid");
        prop_assert!(narrow.contains(successes as f64 / n as f64));
        prop_assert!(0.0 <= wide.low && wide.low <= narrow.low && narrow.high <= wide.high && wide.high <= 1.0);
        let mirrored = wilson_interval(n - successes, n, confidence).expect("valid");
        prop_assert!(close(mirrored.low, 1.0 - narrow.high));
    }

    #[test]
    fn holm_never_lowers_a_p_value_and_keeps_the_order(p_values in vec(0.0f64..=1.0, 0..12)) {
        let adjusted = holm(&p_values).expect("valid");
        for (i, &p) in p_values.iter().enumerate() {
            prop_assert!(adjusted[i] >= p && adjusted[i] <= 1.0);
            prop_assert!(adjusted[i] <= (p * p_values.len() as f64).max(adjusted.iter().copied().filter(|a| *a <= adjusted[i]).fold(0.0, f64::max)));
            for (j, &q) in p_values.iter().enumerate() {
                prop_assert!(p > q || adjusted[i] <= adjusted[j]);
            }
        }
    }

    #[test]
    fn mcnemar_is_symmetric((n_classes, labels, a) in outcomes(), salt in 0usize..9) {
        let b: Vec<usize> = a.iter().enumerate().map(|(row, id)| (id + (row + salt) % 2) % n_classes).collect();
        let (one, other) = (mcnemar_exact(&labels, &a, &b).expect("valid"), mcnemar_exact(&labels, &b, &a).expect("valid"));
        prop_assert_eq!((one.only_a_right, one.only_b_right), (other.only_b_right, other.only_a_right));
        prop_assert_eq!(one.p_value, other.p_value);
        prop_assert!(one.p_value > 0.0 && one.p_value <= 1.0);
        let right = |ids: &[usize]| ids.iter().zip(&labels).filter(|(id, label)| id == label).count() as i64;
        prop_assert_eq!(right(&a) - right(&b), one.only_a_right as i64 - one.only_b_right as i64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bootstraps_are_ordered_and_repeatable((n_classes, labels, predictions) in outcomes(), n_groups in 2usize..20, seed in any::<u64>()) {
        let groups: Vec<usize> = (0..labels.len()).map(|row| row % n_groups).collect();
        let options = BootstrapOptions::default().with_resamples(60).with_confidence(0.9).with_seed(seed);
        let statistic = |matrix: &ConfusionMatrix| matrix.average(Average::Weighted, ZeroDivision::Zero).f1;
        let draw = || bootstrap_interval(&groups, &labels, &predictions, n_classes, statistic, options);
        if labels.len() < 2 {
            prop_assert!(draw().is_err());
            return Ok(());
        }
        let found = draw().expect("valid");
        prop_assert_eq!(Ok(found), draw());
        prop_assert!(0.0 <= found.interval.low && found.interval.low <= found.interval.high);
        prop_assert!(found.interval.high <= 1.0 + 1e-12);
        prop_assert_eq!(found.n_groups, n_groups.min(labels.len()));

        let score = Score::Accuracy;
        let paired = paired_bootstrap(&groups, &labels, &labels, &predictions, n_classes, score, options);
        let paired = paired.expect("valid");
        // The first model predicts the labels themselves, so the second model cannot be better.
        prop_assert!(paired.interval.low >= 0.0 && paired.difference >= 0.0);
    }

    #[test]
    fn wrong_input_is_an_error_and_never_a_panic(
        labels in vec(0usize..5, 0..6),
        predictions in vec(0usize..5, 0..6),
        values in vec(prop_oneof![-1.0f64..2.0, Just(f64::NAN), Just(f64::INFINITY), Just(0.5)], 0..12),
        n in 0usize..7,
        x in prop_oneof![-1.0f64..2.0, Just(f64::NAN), Just(f64::INFINITY)],
    ) {
        if let Ok(matrix) = ConfusionMatrix::new(&labels, &predictions, n) {
            prop_assert!(labels.len() == predictions.len() && !labels.is_empty());
            let _ = matrix.f_beta(x, Average::Macro, ZeroDivision::Nan);
            let _ = matrix.average_over(&predictions, Average::Weighted, ZeroDivision::Nan);
        }
        if let Ok(logits) = Logits::new(values.clone(), n) {
            let _ = fit_temperature(&logits, &labels);
            if let Ok(table) = logits.softmax(x) {
                let _ = risk_coverage(&table, &labels);
                let _ = reliability_table(&table, &labels, Binning::EqualMass, n);
                let _ = propose_abstain_threshold(&table, &labels, x);
            }
        }
        if let Ok(table) = Probabilities::new(values.clone(), n) {
            let _ = top_k_accuracy(&table, &labels, n);
            let _ = log_loss(&table, &labels);
        }
        let bits: Vec<bool> = labels.iter().map(|label| label % 2 == 0).collect();
        let _ = roc_auc(&bits, &values);
        let _ = average_precision(&bits, &values);
        let _ = holm(&values);
        let _ = wilson_interval(labels.len() as u64, n as u64, x);
        let _ = slice_by(&labels, &labels, &predictions, n, x);
        let _ = mcnemar_exact(&labels, &predictions, &predictions);
        let options = BootstrapOptions::default().with_resamples(n).with_confidence(x).with_seed(0);
        let _ = bootstrap_interval(&labels, &labels, &predictions, n, ConfusionMatrix::accuracy, options);
    }
}
