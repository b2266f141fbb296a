//! The flags of `train` for studies, which train several times, and the reports of these studies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use feedback_pipeline::data::PreparedData;
use feedback_pipeline::train::{TrainNotice, TrainOptions};
use feedback_studies::{
    FoldsReport, ReplicasReport, Search, Spread, StudyNotice, SweepReport, Watch, cross_validate, replicate,
    sweep,
};
use feedback_trainer::Callback;
use feedback_trainer::callbacks::Progress;

use crate::arguments::OutputFormat;
use crate::{exit, notices, output, show};

/// Several trainings instead of one.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Several trainings")]
pub(crate) struct StudyArgs {
    /// Cross-validate: split the file into K folds, and predict each fold with a model trained on the other folds
    #[arg(
        long,
        hide_short_help = true,
        value_name = "K",
        value_parser = clap::value_parser!(u16).range(2..=1000),
        conflicts_with_all = ["validation", "test", "sweep", "seeds", "corrections"]
    )]
    folds: Option<u16>,
    /// Search for the best training arguments: a TOML file with a grid, or with ranges to sample from
    #[arg(
        long,
        hide_short_help = true,
        value_name = "FILE",
        conflicts_with = "corrections"
    )]
    sweep: Option<PathBuf>,
    /// Train with each of these seeds on the same rows; with --sweep, train each trial with each seed
    #[arg(
        long,
        hide_short_help = true,
        value_name = "A,B,…",
        value_delimiter = ',',
        conflicts_with = "corrections"
    )]
    seeds: Option<Vec<u64>>,
}

/// The metrics that the tables show, with their headings.
const COLUMNS: [(&str, &str); 3] = [
    ("accuracy", "accuracy"),
    ("weighted_f1", "weighted F1"),
    ("macro_f1", "macro F1"),
];

impl StudyArgs {
    /// Returns whether a study was requested.
    pub(super) fn is_requested(&self) -> bool {
        self.folds.is_some() || self.sweep.is_some() || self.seeds.is_some()
    }

    /// Runs the study, prints its report and returns the exit code; `None` if no study was requested.
    ///
    /// # Errors
    ///
    /// The study failed.
    pub(super) fn run(&self, options: &TrainOptions, format: OutputFormat) -> anyhow::Result<Option<u8>> {
        let folder = |kind: &str| {
            let name = options
                .output
                .model
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            let default = || Path::new("runs").join(format!("{name}-{kind}"));
            options.run_dir.clone().unwrap_or_else(default)
        };
        let json = format == OutputFormat::Json;
        let mut progress = StudyProgress::default();
        match (self.folds, &self.sweep, &self.seeds) {
            (Some(folds), ..) => {
                let report = cross_validate(options, folds.into(), &folder("folds"), &mut progress)?;
                if json {
                    output::print_json(&report)?
                } else {
                    output::print(folds_text(&report)?)?
                }
            }
            (_, Some(file), seeds) => {
                let search = Search::read(file)?;
                let seeds = seeds.clone().unwrap_or_else(|| vec![options.arguments.seed]);
                let report = sweep(options, &search, &seeds, &folder("sweep"), &mut progress)?;
                if json {
                    output::print_json(&report)?
                } else {
                    output::print(sweep_text(&report)?)?
                }
            }
            (.., Some(seeds)) => {
                let report = replicate(options, seeds, &folder("seeds"), &mut progress)?;
                if json {
                    output::print_json(&report)?
                } else {
                    output::print(replicas_text(&report))?
                }
            }
            _ => return Ok(None),
        }
        Ok(Some(exit::after_setting_aside(progress.set_aside)))
    }
}

/// Prints a line for each training, and shows a progress bar while it runs.
#[derive(Default)]
struct StudyProgress {
    /// Whether the data warnings were shown, so that later trainings do not repeat them.
    data_shown: bool,
    set_aside: usize,
}

impl StudyProgress {
    fn show_data(&mut self, data: &PreparedData) {
        // Trials read the data prepared by the study, which no longer contain bad rows.
        if !self.data_shown {
            notices::data_warnings(data);
            self.set_aside = self.set_aside.max(data.set_aside);
            self.data_shown = true;
        }
    }
}

impl Watch for StudyProgress {
    fn callbacks(&mut self) -> Vec<Box<dyn Callback>> {
        vec![Box::new(Progress::new())]
    }

    fn notice(&mut self, notice: StudyNotice<'_>) {
        match notice {
            StudyNotice::Begin { folder, n } => {
                output::message(format_args!("{n} trainings in {}", folder.display()));
            }
            StudyNotice::Member { name, what: "" } => output::message(name),
            StudyNotice::Member { name, what } => output::message(format_args!("{name}: {what}")),
            StudyNotice::Kept { name } => output::message(format_args!("{name}: already finished, kept")),
            StudyNotice::SetAside { rows } => {
                self.set_aside = rows;
                notices::set_aside(rows);
            }
            StudyNotice::Rare { labels } => notices::rare_labels(labels),
            StudyNotice::Cleaned { rows } => notices::cleaned(rows),
            StudyNotice::Train(TrainNotice::Data(data)) => self.show_data(data),
            StudyNotice::Train(TrainNotice::Damaged(damaged)) => notices::damaged(damaged),
            _ => {}
        }
    }
}

fn cells(metrics: &BTreeMap<String, f64>) -> String {
    let cell = |(name, heading): &(&str, &str)| {
        let value = metrics
            .get(*name)
            .map_or_else(|| "–".into(), |&value| show::percent(value));
        format!("  {value:>width$}", width = heading.len())
    };
    COLUMNS.iter().map(cell).collect()
}

fn headings() -> String {
    COLUMNS
        .iter()
        .map(|(_, heading)| format!("  {heading}"))
        .collect()
}

/// Returns the lines below a table: mean, standard deviation and interval. The first column has the width `width`.
fn spread_lines(spreads: &BTreeMap<String, Spread>, width: usize) -> String {
    let line = |name: &str, value: &dyn Fn(&Spread) -> Option<f64>| {
        let found = spreads
            .iter()
            .filter_map(|(name, spread)| Some((name.clone(), value(spread)?)));
        let values: BTreeMap<String, f64> = found.collect();
        format!("{name:<width$}{}\n", cells(&values))
    };
    line("mean", &|spread| Some(spread.mean))
        + &line("standard deviation", &|spread| Some(spread.standard_deviation))
        + &line("95 % interval from", &|spread| Some(spread.interval?.low))
        + &line("to", &|spread| Some(spread.interval?.high))
}

fn folds_text(report: &FoldsReport) -> anyhow::Result<String> {
    const WIDTH: usize = 22;
    let mut text = format!(
        "{:<WIDTH$}{}\n",
        format!("{} folds", report.folds.len()),
        headings()
    );
    for fold in &report.folds {
        let name = format!("fold {}, {} rows", fold.fold, fold.n);
        text += &format!("{name:<WIDTH$}{}\n", cells(&fold.figures.test));
    }
    text += &spread_lines(&report.mean, WIDTH);
    text += &format!(
        "\nall rows, each predicted by the model that did not see it in training\n{}\nprobabilities {}\nreport        {}\n",
        show::evaluation(&report.out_of_fold)?,
        report.probabilities.display(),
        report.folder.join("report.json").display()
    );
    Ok(text)
}

fn replicas_text(report: &ReplicasReport) -> String {
    const WIDTH: usize = 22;
    let on_test = report
        .replicas
        .iter()
        .all(|replica| !replica.figures.test.is_empty());
    let (name, spreads) = if on_test {
        ("test", &report.test)
    } else {
        ("validation", &report.validation)
    };
    let mut text = format!("{:<WIDTH$}{}\n", format!("{name} set"), headings());
    for replica in &report.replicas {
        let figures = &replica.figures;
        let metrics = if on_test {
            &figures.test
        } else {
            &figures.validation
        };
        text += &format!("{:<WIDTH$}{}\n", format!("seed {}", replica.seed), cells(metrics));
    }
    text += &spread_lines(spreads, WIDTH);
    text + &format!("\nreport {}\n", report.folder.join("report.json").display())
}

fn sweep_text(report: &SweepReport) -> anyhow::Result<String> {
    let metric = &report.metric;
    let mut text = format!(
        "{:>5}  {metric:>11}  {:>17}  parameters (on validation, best first)\n",
        "trial", "95 % interval"
    );
    for trial in &report.trials {
        let value = |value: f64| format!("{value:.4}");
        let score = trial
            .score
            .map_or_else(|| "failed".into(), |score| value(score.mean));
        let interval = trial.score.and_then(|score| score.interval);
        let interval = interval.map_or_else(
            || "–".into(),
            |range| format!("{} – {}", value(range.low), value(range.high)),
        );
        let parameters: Vec<String> = trial
            .parameters
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        text += &format!(
            "{:>5}  {score:>width$}  {interval:>17}  {}\n",
            trial.trial,
            parameters.join(", "),
            width = metric.chars().count().max(11)
        );
    }
    if let Some(test) = &report.test {
        text += &format!(
            "\nthe best trial on the test set, which no trial has used\n{}",
            show::evaluation(test)?
        );
    }
    Ok(text
        + &format!(
            "\nmodel  {}\nreport {}\n",
            report.model.display(),
            report.folder.join("report.json").display()
        ))
}
