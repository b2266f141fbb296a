//! The command `drift`.

use std::path::{Path, PathBuf};

use clap::Parser;
use feedback_bert::{DeviceChoice, Dtype};
use feedback_dataset::read::{LabelRule, OnBadRow};
use feedback_drift::{Change, Drift, DriftOptions, MIN_TEXTS, Measure, MeasureKind, Profile, compare};
use feedback_inference::{Classifier, encoder_name, read_reference};
use feedback_start::Texts;
use serde::Serialize;

use crate::arguments::{ConfigArgs, OutputFormat, ReadArgs};
use crate::exit::{self, UsageError};
use crate::models::{self, ChosenModel, ModelArgs};
use crate::{output, show};

/// Says whether texts still resemble those that a model was trained on: labels, confidence, lengths, unknown words, subjects.
///
/// Compares the texts of a file with the test and validation texts of the training, whose profile is in the model folder, or with
/// another file. If nothing has changed, an alarm is raised in one of twenty comparisons (`--level`). An alarm says that the
/// texts differ, not that the model has become worse: label some of them and evaluate.
#[derive(Debug, Parser)]
#[command(
    name = "drift",
    version,
    after_help = "Examples:
  drift march.csv
  drift march.csv --reference february.csv
  drift march.csv --model models/feedback_classifier --fail-on-alarm --format json > drift.json"
)]
pub struct Arguments {
    /// The file with the texts to check: text, spreadsheet or Parquet, also compressed
    #[arg(value_name = "FILE", env = "FEEDBACK_INPUT")]
    input: PathBuf,
    /// A file with earlier texts to compare with [default: the profile in the model folder]
    #[arg(long, value_name = "FILE", env = "FEEDBACK_REFERENCE")]
    reference: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
    /// The rate of false alarms if nothing has changed, at least 0.006 and below 1
    #[arg(long, value_name = "X", default_value_t = 0.05, env = "FEEDBACK_LEVEL")]
    level: f64,
    /// Exit with code 1 if there is an alarm
    #[arg(long)]
    fail_on_alarm: bool,
    /// Maximum number of different texts of each file, at least 30; if there are more, a random sample is used
    #[arg(long, value_name = "N", default_value_t = 1000, env = "FEEDBACK_MAX_TEXTS")]
    max_texts: usize,
    /// Seed of the sample and of the permutations
    #[arg(long, default_value_t = 42, env = "FEEDBACK_SEED")]
    seed: u64,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// What to do with an unusable row
    #[arg(long, value_enum, default_value = "set-aside", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: OnBadRow,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

/// What was compared, and the result.
#[derive(Debug, Serialize)]
struct Report {
    /// The file.
    input: PathBuf,
    /// The file of the reference; `None` for the profile in the model folder.
    reference: Option<PathBuf>,
    /// The model.
    model: PathBuf,
    /// The number of different texts that were left out at random.
    left_out: usize,
    /// The number of rows that could not be used.
    set_aside: usize,
    #[serde(flatten)]
    drift: Drift,
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed.
pub fn run(mut arguments: Arguments) -> anyhow::Result<u8> {
    let options = DriftOptions::default()
        .with_level(arguments.level)
        .with_seed(arguments.seed);
    options.check().map_err(|error| UsageError(error.to_string()))?;
    let earlier_read = arguments.read.clone();
    arguments.read.look_at(&arguments.input, LabelRule::Optional)?;
    let texts = arguments.texts(&arguments.input, &arguments.read)?;
    let (device, choice) = arguments.device.open()?;
    let chosen = arguments.model.choose()?;
    let classifier = Classifier::load(&chosen.folder, &device)?;
    if let Some(fallback) = chosen.fallback() {
        output::message(fallback);
    }
    output::message(models::used(&chosen.name, choice, Dtype::F32));
    let encoder = encoder_name(&chosen.folder)?;
    let mut set_aside = texts.set_aside;
    let reference = match &arguments.reference {
        Some(path) => {
            let mut read = earlier_read;
            read.look_at(path, LabelRule::Optional)?;
            let earlier = arguments.texts(path, &read)?;
            set_aside += earlier.set_aside;
            classifier.profile(&earlier.texts, &encoder)?
        }
        None => kept(&chosen, &encoder)?,
    };
    let current = classifier.profile(&texts.texts, &encoder)?;
    let mut drift = compare(&reference, &current, &options)?;
    drift.n_repeated += texts.repeated;
    let report = Report {
        drift,
        input: arguments.input,
        reference: arguments.reference,
        model: chosen.name,
        left_out: texts.left_out,
        set_aside,
    };
    match arguments.format {
        OutputFormat::Json => output::print_json(&report)?,
        OutputFormat::Text => output::print(text(&report))?,
    }
    Ok(match report.drift.alarm && arguments.fail_on_alarm {
        true => exit::FAILED,
        false => exit::after_setting_aside(set_aside),
    })
}

impl Arguments {
    fn texts(&self, path: &Path, read: &ReadArgs) -> anyhow::Result<Texts> {
        let read = Texts::read(
            path,
            &read.options,
            self.on_bad_row,
            self.max_texts.max(MIN_TEXTS),
            self.seed,
        );
        let texts = read.map_err(|error| match error {
            feedback_start::Error::TooFewTexts { path, found, .. } => {
                let path = path.display();
                anyhow::anyhow!("`{path}` has {found} different texts, expected at least {MIN_TEXTS}")
            }
            other => other.into(),
        })?;
        for (rows, what) in [
            (texts.repeated, "repeat an earlier text and count once"),
            (texts.set_aside, "could not be used"),
        ] {
            if rows > 0 {
                output::message(format_args!("`{}`: {rows} rows {what}", path.display()));
            }
        }
        if texts.left_out > 0 {
            let (n, all) = (texts.texts.len(), texts.texts.len() + texts.left_out);
            output::message(format_args!(
                "`{}`: {n} of {all} different texts, drawn with seed {} (`--max-texts`)",
                path.display(),
                self.seed
            ));
        }
        Ok(texts)
    }
}

/// Returns the profile in the model folder.
fn kept(model: &ChosenModel, encoder: &str) -> anyhow::Result<Profile> {
    read_reference(&model.folder, encoder)?.ok_or_else(|| {
        UsageError(format!(
            "the model `{}` has no profile of the texts of its training\nhint: name a file with earlier texts as --reference, or train the \
             model again, with at least 30 different test and validation texts",
            model.name.display()
        ))
        .into()
    })
}

fn text(report: &Report) -> String {
    let drift = &report.drift;
    let against = match &report.reference {
        Some(path) => format!("of `{}`", path.display()),
        None => "of the model's training".to_owned(),
    };
    let verdict = match drift.alarm {
        true => "the texts differ",
        false => "no difference was found",
    };
    let mut lines = vec![format!(
        "{verdict} (p = {:.3}; false alarms: {} of comparisons): {} texts against {} held-out texts {against}",
        drift.p_value,
        show::percent(drift.level),
        drift.n_current,
        drift.n_reference
    )];
    if report.reference.is_some() {
        lines[0] = lines[0].replace("held-out texts", "texts");
    }
    lines.push(String::new());
    lines.extend(drift.measures.iter().map(measure));
    let labels = drift.labels.iter().filter(|label| label.moved);
    lines.extend(section("labels that are more or less frequent", labels));
    lines.extend(section(
        "words that are in more or fewer texts",
        drift.words.iter(),
    ));
    lines.join("\n") + "\n"
}

fn measure(measure: &Measure) -> String {
    let mark = if measure.moved { "moved" } else { "" };
    let (before, now) = (
        measure.reference.unwrap_or_default(),
        measure.current.unwrap_or_default(),
    );
    let change = measure.change;
    let size = match measure.kind {
        MeasureKind::Labels | MeasureKind::Groups => {
            format!("shares differ by {:.1} points in all", 100.0 * change)
        }
        MeasureKind::Meaning => format!("mean vectors {change:.3} apart"),
        MeasureKind::Length => format!("{before:.1} → {now:.1} tokens"),
        MeasureKind::Confidence | MeasureKind::UnknownTokens => {
            format!("{} → {}", show::percent(before), show::percent(now))
        }
        _ => format!("{change}"),
    };
    let name = measure.kind.name().replace('_', " ");
    format!("{name:<15}p = {:.3}  {mark:<6} {size}", measure.adjusted_p_value)
}

fn section<'a>(title: &str, changes: impl Iterator<Item = &'a Change>) -> Vec<String> {
    let mut lines: Vec<String> = changes
        .map(|change| {
            let interval = &change.interval;
            format!(
                "  {}: {} → {} ({:+.1} points, {:+.1} to {:+.1})",
                change.name,
                show::percent(change.reference),
                show::percent(change.current),
                100.0 * change.change,
                100.0 * interval.low,
                100.0 * interval.high
            )
        })
        .collect();
    if !lines.is_empty() {
        lines.insert(0, format!("\n{title}:"));
    }
    lines
}
