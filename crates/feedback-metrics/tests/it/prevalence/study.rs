//! Draws shifted samples and counts how often the intervals contain the true shares.

use std::collections::BTreeMap;

use feedback_metrics::calibration::fit_temperature;
use feedback_metrics::prevalence::{
    Audits, Calibration, Scope, ShareOptions, Shares, Target, adjusted_count, combined_count, count,
    expectation_maximization, prediction_powered,
};
use feedback_metrics::statistics::BootstrapOptions;
use feedback_metrics::{Logits, Probabilities};

use super::predicted::Predicted;
use crate::random::Random;

/// How the target rows differ from the labelled rows.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shift {
    /// Another mix of labels.
    Mix,
    /// Another mix, and of each label, texts that the model gets wrong are three times as likely.
    HarderTexts,
}

/// The sizes of a study.
#[derive(Clone, Copy)]
pub(super) struct Study {
    pub(super) n_labelled: usize,
    pub(super) n_rows: usize,
    pub(super) n_audits: usize,
    pub(super) n_samples: usize,
    /// A mix is not used if it needs a larger share of the rows of a label.
    pub(super) max_share_of_label: f64,
    pub(super) resamples: usize,
    pub(super) shift: Shift,
}

/// Labelled rows and target rows, disjoint, and the shares of the source of the target rows.
struct Sample {
    labelled: Vec<usize>,
    target: Vec<usize>,
    source: Vec<f64>,
}

impl Study {
    pub(super) fn run(&self, data: &Predicted) -> Summary {
        let mut summary = Summary::default();
        let mut random = Random::new(1);
        for seed in 0..self.n_samples as u64 {
            let sample = self.draw(data, &mut random);
            self.add(data, &sample, seed, &mut summary);
        }
        summary
    }

    /// Draws rows without replacement: first the labelled ones, then a mix of labels, then the target rows.
    fn draw(&self, data: &Predicted, random: &mut Random) -> Sample {
        let mut rows: Vec<usize> = (0..data.labels.len()).collect();
        random.shuffle(&mut rows);
        let rest = rows.split_off(self.n_labelled);
        let mut pools = vec![Vec::new(); data.n_classes];
        for row in rest {
            pools[data.labels[row]].push(row);
        }
        if self.shift == Shift::HarderTexts {
            for pool in &mut pools {
                pool.sort_by_cached_key(|&row| {
                    let weight = if data.predictions[row] == data.labels[row] {
                        1.0
                    } else {
                        3.0
                    };
                    // The k lowest of Exp(weight) are a draw without replacement with these weights. The rows are taken
                    // from the end.
                    let key = -random.unit().ln() / weight;
                    u64::MAX - key.to_bits()
                });
            }
        }
        let fits = |shares: &[f64]| {
            let needed = |(share, pool): (&f64, &Vec<usize>)| {
                share * self.n_rows as f64 <= self.max_share_of_label * pool.len() as f64
            };
            shares.iter().zip(&pools).all(needed)
        };
        let source = loop {
            let shares = random.shares(data.n_classes);
            if fits(&shares) {
                break shares;
            }
        };
        let mut target = Vec::with_capacity(self.n_rows);
        while target.len() < self.n_rows {
            target.extend(pools[random.class(&source)].pop());
        }
        random.shuffle(&mut target);
        Sample {
            labelled: rows,
            target,
            source,
        }
    }

    fn add(&self, data: &Predicted, sample: &Sample, seed: u64, summary: &mut Summary) {
        let pick =
            |values: &[usize], rows: &[usize]| rows.iter().map(|&row| values[row]).collect::<Vec<usize>>();
        let numbers: Vec<usize> = (0..self.n_rows.max(self.n_labelled)).collect();
        let truth = pick(&data.labels, &sample.target);
        let mut of_rows = vec![0.0; data.n_classes];
        truth
            .iter()
            .for_each(|&label| of_rows[label] += 1.0 / self.n_rows as f64);

        let predictions = pick(&data.predictions, &sample.target);
        let target = Target::new(&predictions, &numbers[..self.n_rows], data.n_classes).expect("valid");
        let labels = pick(&data.labels, &sample.labelled);
        let predictions = pick(&data.predictions, &sample.labelled);
        let groups = &numbers[..self.n_labelled];
        let calibration = Calibration::new(&labels, &predictions, groups, data.n_classes).expect("valid");
        let audited = &numbers[..self.n_audits];
        let audits = Audits::new(&target, audited, &truth[..self.n_audits]).expect("valid");

        summary.add("counting", Scope::Rows, &count(&target), &of_rows);
        for (name, found) in expectation_maximizations(data, sample, &labels) {
            summary.add(name, Scope::Rows, &found, &of_rows);
        }
        for (scope, truth) in [(Scope::Rows, &of_rows), (Scope::Source, &sample.source)] {
            let bootstrap = BootstrapOptions::default()
                .with_resamples(self.resamples)
                .with_seed(seed);
            let options = ShareOptions::default()
                .with_bootstrap(bootstrap)
                .with_scope(scope);
            let found = adjusted_count(&target, &calibration, &options).expect("valid");
            summary.add("adjusted", scope, &found, truth);
            let found = prediction_powered(&target, &audits, &options).expect("valid");
            summary.add("powered", scope, &found, truth);
            let found = combined_count(&target, &calibration, &audits, &options).expect("valid");
            summary.add("combined", scope, &found, truth);
        }
    }
}

/// Expectation maximization with the probabilities as they are, and with a temperature fitted on the labelled rows.
fn expectation_maximizations(
    data: &Predicted,
    sample: &Sample,
    labels: &[usize],
) -> [(&'static str, Shares); 2] {
    let table = |rows: &[usize]| {
        rows.iter()
            .flat_map(|&row| data.probabilities[row].clone())
            .collect::<Vec<f64>>()
    };
    let logits = |rows: &[usize]| {
        let values = table(rows)
            .into_iter()
            .map(|value| value.max(1e-300).ln())
            .collect();
        Logits::new(values, data.n_classes).expect("valid")
    };
    let temperature = fit_temperature(&logits(&sample.labelled), labels).expect("valid");
    let calibrated = logits(&sample.target).softmax(temperature).expect("valid");
    let plain = Probabilities::new(table(&sample.target), data.n_classes).expect("valid");
    let mut prior = vec![0.0; data.n_classes];
    data.labels
        .iter()
        .for_each(|&label| prior[label] += 1.0 / data.labels.len() as f64);
    let run = |probabilities| expectation_maximization(probabilities, &prior).expect("valid");
    [("em", run(&plain)), ("em, temperature", run(&calibrated))]
}

/// Sums over all samples and classes, by method and scope.
#[derive(Default)]
pub(super) struct Summary(BTreeMap<(&'static str, bool), Sums>);

#[derive(Default)]
struct Sums {
    n: f64,
    n_intervals: f64,
    covered: f64,
    error: f64,
    width: f64,
}

impl Summary {
    fn add(&mut self, method: &'static str, scope: Scope, found: &Shares, truth: &[f64]) {
        let sums = self.0.entry((method, scope == Scope::Source)).or_default();
        for (class, &truth) in found.classes.iter().zip(truth) {
            sums.n += 1.0;
            sums.error += (class.share - truth).abs();
            if let Some(interval) = class.interval {
                sums.n_intervals += 1.0;
                // A share is a sum of 1/n, so it may differ from an end in its last bits.
                let near = interval.low - 1e-12 <= truth && truth <= interval.high + 1e-12;
                sums.covered += f64::from(u8::from(near));
                sums.width += interval.width();
            }
        }
    }

    /// The share of intervals that contain the true share.
    pub(super) fn coverage(&self, method: &str, scope: Scope) -> f64 {
        let sums = self.sums(method, scope);
        sums.covered / sums.n_intervals
    }

    /// The mean distance between the estimated and the true share of the target rows.
    pub(super) fn error(&self, method: &str) -> f64 {
        let sums = self.sums(method, Scope::Rows);
        sums.error / sums.n
    }

    fn sums(&self, method: &str, scope: Scope) -> &Sums {
        let key =
            |(name, source): &(&'static str, bool)| *name == method && *source == (scope == Scope::Source);
        self.0
            .iter()
            .find(|(found, _)| key(found))
            .expect("a method of the study")
            .1
    }

    pub(super) fn print(&self, title: &str) {
        println!(
            "{title}\n| method | scope | mean error, points | of counting's | coverage | width, points |"
        );
        let counting = self.error("counting");
        for ((method, source), sums) in &self.0 {
            let scope = if *source { "source" } else { "rows" };
            let error = sums.error / sums.n;
            println!(
                "| {method} | {scope} | {:.2} | {:.2} | {:.1} % | {:.1} |",
                100.0 * error,
                error / counting,
                100.0 * sums.covered / sums.n_intervals,
                100.0 * sums.width / sums.n_intervals,
            );
        }
    }
}
