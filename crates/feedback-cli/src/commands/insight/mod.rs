//! The command `insight`.

mod classify;
mod each;
mod measures;
mod numbers;
mod rows;
mod sheet;

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use feedback_bert::{DeviceChoice, Dtype};
use feedback_clean::Cleaning;
use feedback_dataset::language;
use feedback_dataset::read::OnBadRow;
use feedback_formats::Resolved;
use feedback_inference::AnyClassifier;
use feedback_insight::Vectors;
use feedback_report::{Audits, Comparison, Measure, MeasureKind, PeriodLength, ReportOptions};

use self::classify::Classified;
use self::measures::{MeasureArgs, guess_rating};
use self::rows::{Chosen, Rows};
use self::sheet::Sheet;
use crate::arguments::{ConfigArgs, OutputFormat, ReadArgs};
use crate::models::{self, ModelArgs};
use crate::{exit, notices, output};

/// What a report says of a model that gives each text any number of labels.
const MULTI_LABEL_NOTE: &str = "the model gives each text any number of labels; the report counts a text under the one with the highest score";

/// Says what people write about, what changed since the period before, for whom, and which texts show it.
///
/// Finds the columns, classifies texts that have no category, groups all texts into themes, and compares the last period with the one
/// before. Writes insight.md, insight.html, insight.xlsx and insight.json, in which every number names the lines behind
/// it.
#[derive(Debug, Parser)]
#[command(
    name = "insight",
    version,
    after_help = "Examples:
  insight reviews.csv
  insight reviews.xlsx --report reports/march --period month --by Plan,Country
  insight tickets.csv --label-field team --compare year-before
  insight tickets.csv --measure 'First reply (hours)<=24' --each Team"
)]
pub struct Arguments {
    /// The file: text, spreadsheet or Parquet, also compressed
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// The folder for the report
    #[arg(long, value_name = "DIR", default_value = "insight", env = "FEEDBACK_REPORT")]
    report: PathBuf,
    /// The length of a period [default: the longest of which the dates cover two]
    #[arg(long, value_enum, env = "FEEDBACK_PERIOD")]
    period: Option<Period>,
    /// The period to compare with
    #[arg(long, value_enum, default_value = "previous", env = "FEEDBACK_COMPARE")]
    compare: Compare,
    /// The last day of the last period [default: the day of the last date]
    #[arg(long, value_name = "YYYY-MM-DD", env = "FEEDBACK_UNTIL")]
    until: Option<String>,
    /// Also a report for each value of this field, in folders within the report's
    #[arg(long, value_name = "NAME")]
    each: Option<String>,
    /// The fields to break changes down by [default: all fields with 2 to 20 different values]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    by: Option<Vec<String>>,
    /// The field with the date [default: found by name and values]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_DATE_FIELD")]
    date_field: Option<String>,
    /// The field with a rating, such as stars [default: found by name and values]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_RATING_FIELD")]
    rating_field: Option<String>,
    /// The field with the model's confidence in the category, 0 to 1, as `predict` writes it; a category without one was chosen by a person
    #[arg(long, value_name = "NAME", env = "FEEDBACK_CONFIDENCE_FIELD")]
    confidence_field: Option<String>,
    /// The field with a number for each text, in ascending order; the report names texts by it [default: its line in the file]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_NUMBER_FIELD")]
    number_field: Option<String>,
    #[command(flatten)]
    measures: MeasureArgs,
    /// What people found in a random sample of the model's categories: right ones / checked ones
    #[arg(long, value_name = "RIGHT/N", value_parser = audits)]
    audits: Option<Audits>,
    #[command(flatten)]
    model: ModelArgs,
    /// Number of quotes of a headline, theme or category, 0 to 20
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(..=20), env = "FEEDBACK_QUOTES")]
    quotes: u8,
    /// Seed of everything random
    #[arg(long, default_value_t = 42, env = "FEEDBACK_SEED")]
    seed: u64,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// What to do with an unusable row
    #[arg(long, value_enum, default_value = "set-aside", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: OnBadRow,
    /// How to print the result: the report in Markdown, or as JSON
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    cleaning: Cleaning,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Period {
    Day,
    Week,
    Month,
    Quarter,
}

impl From<Period> for PeriodLength {
    fn from(period: Period) -> Self {
        match period {
            Period::Day => Self::Day,
            Period::Week => Self::Week,
            Period::Month => Self::Month,
            Period::Quarter => Self::Quarter,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Compare {
    /// The period before
    Previous,
    /// The same period a year before
    YearBefore,
}

impl From<Compare> for Comparison {
    fn from(compare: Compare) -> Self {
        match compare {
            Compare::Previous => Self::Previous,
            Compare::YearBefore => Self::YearBefore,
        }
    }
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed.
pub fn run(mut arguments: Arguments) -> anyhow::Result<u8> {
    let found = notices::look(&arguments.input, &arguments.read.options)?;
    arguments.read.options = found.options.clone();
    let chosen = columns(&arguments, found);
    let mut rows = Rows::read(
        &arguments.input,
        &arguments.read.options,
        arguments.on_bad_row,
        chosen,
        arguments.cleaning,
    )?;
    notices::cleaned(rows.n_cleaned);
    let measures = numbers(&arguments, &mut rows)?;
    if let Some(field) = &mut arguments.each {
        *field = rows.name_of_field(field);
        each::check(&rows, field)?;
    }
    let (device, choice) = arguments.device.open()?;
    let model = arguments.model.choose()?;
    if let Some(fallback) = model.fallback() {
        output::message(fallback);
    }
    output::message(models::used(&model.name, choice, Dtype::F32));
    if let Some(note) = other_language(&rows, &model.name) {
        output::message(note);
    }
    let classifier = AnyClassifier::load(&model.folder, &device)?;
    let width = match &classifier {
        AnyClassifier::SingleLabel(model) => model.width(),
        AnyClassifier::MultiLabel(model) => {
            output::message(MULTI_LABEL_NOTE);
            model.width()
        }
    };
    let found = Classified::new(&classifier, &rows)?;
    let mut options = options(&rows, &arguments);
    options.measures = measures;
    let sheet = Sheet::new(&rows, &found, Vectors::new(width, &found.vectors)?);
    let report = sheet.report(&options)?;
    fs_err::create_dir_all(&arguments.report)?;
    if options.audits.is_some() && report.coverage.labels_of_model.n == 0 {
        output::message("--audits is not used: the categories are those of the file, and no model chose any");
    }
    report.write(&arguments.report)?;
    if let Some(field) = &arguments.each {
        each::write((&rows, &sheet), field, &report, &options, &arguments.report)?;
    }
    match arguments.format {
        OutputFormat::Text => output::print(report.to_markdown())?,
        OutputFormat::Json => output::print(report.to_json()?)?,
    }
    output::message(format_args!(
        "report {}",
        arguments.report.join("insight.html").display()
    ));
    Ok(exit::after_setting_aside(rows.n_set_aside()))
}

/// Finds the rating and the further numbers, and says which fields they are.
fn numbers(arguments: &Arguments, rows: &mut Rows) -> anyhow::Result<Vec<Measure>> {
    let (measures, notes) = arguments.measures.read(rows)?;
    let is_score = |rating: &String| {
        let mut scores = measures
            .iter()
            .filter(|measure| measure.kind == MeasureKind::NetPromoterScore);
        scores.any(|measure| measure.field == *rating)
    };
    if arguments.rating_field.is_none() && rows.chosen.rating.as_ref().is_none_or(is_score) {
        // A field of answers from 0 to 10 has a better use than as a rating.
        rows.chosen.rating = guess_rating(rows, &measures);
        if let Some(rating) = rows.chosen.rating.clone() {
            rows.read_rating(&rating)?;
        }
    }
    match &rows.chosen.rating {
        Some(rating) => output::message(format_args!("the rating is in the field `{rating}`")),
        None => output::message("no field holds a rating"),
    }
    rows.notes().iter().chain(&notes).for_each(output::message);
    Ok(measures)
}

/// A note if most texts are in a language that the built-in model does not know.
fn other_language(rows: &Rows, model: &Path) -> Option<String> {
    if model != Path::new(models::BUILTIN) {
        return None;
    }
    let texts = rows.texts();
    let counts = language::count(&texts);
    let (code, n) = counts.into_iter().max_by_key(|(_, n)| *n)?;
    let is_known = ["en", "unknown"].contains(&code);
    (!is_known && 2 * n > texts.len()).then(|| {
        format!(
            "warning: {n} of {} texts seem to be in the language `{code}`, and the built-in model knows only English: categories and themes \
             will be poor; `train` makes a model from texts of your own, and --model uses it",
            texts.len()
        )
    })
}

/// The fields in which `predict` writes the category and the model's confidence in it.
const PREDICTED: &str = "predicted_label";
const CONFIDENCE: &str = "confidence";

/// Which columns hold the date, the category and the rating: as stated, or as the first rows suggest.
fn columns(arguments: &Arguments, found: Resolved) -> Chosen {
    let read = &found.options;
    let has = |name: &str| found.fields.iter().any(|field| field == name);
    let stated = Some(read.label_field.clone()).filter(|name| has(name));
    let predicted = || has(PREDICTED).then(|| PREDICTED.to_owned());
    let label = stated.or(found.roles.label).or_else(predicted);
    let is_predicted = label.as_deref() == Some(PREDICTED);
    let confidence = (is_predicted && has(CONFIDENCE)).then(|| CONFIDENCE.to_owned());
    let date = arguments.date_field.clone().or(found.roles.date);
    let rating = found.roles.rating.filter(|rating| Some(rating) != date.as_ref());
    let chosen = Chosen {
        label: label.filter(|label| *label != read.text_field),
        rating: arguments.rating_field.clone().or(rating),
        date,
        confidence: arguments.confidence_field.clone().or(confidence),
        number: arguments.number_field.clone(),
    };
    let roles = [
        (
            "date",
            &chosen.date,
            "the texts have no date, so nothing is compared",
        ),
        (
            "category",
            &chosen.label,
            "no field holds the category, so the model chooses it",
        ),
    ];
    for (what, name, otherwise) in roles {
        match name {
            Some(name) => output::message(format_args!("the {what} is in the field `{name}`")),
            None => output::message(otherwise),
        }
    }
    chosen
}

/// Parses `47/60`.
fn audits(text: &str) -> Result<Audits, String> {
    let parse = || {
        let (right, texts) = text.split_once('/')?;
        let (right, texts) = (right.trim().parse().ok()?, texts.trim().parse().ok()?);
        (texts > 0 && right <= texts).then_some(Audits { texts, right })
    };
    parse()
        .ok_or_else(|| "expected a number of right categories and of checked ones, such as 47/60".to_owned())
}

/// The options of the report, without its measures.
fn options(rows: &Rows, arguments: &Arguments) -> ReportOptions {
    let mut options = ReportOptions::default()
        .with_seed(arguments.seed)
        .with_n_quotes(arguments.quotes.into());
    options.period = arguments.period.map(Into::into);
    options.compare = arguments.compare.into();
    options.until.clone_from(&arguments.until);
    options.audits = arguments.audits;
    let named = |names: &Vec<String>| names.iter().map(|name| rows.name_of_field(name)).collect();
    options.by = arguments.by.as_ref().map(named);
    options.rating.clone_from(&rows.chosen.rating);
    options
}
