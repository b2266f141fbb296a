//! The command `predict`.

mod formats;
mod input;
pub(crate) mod shards;
mod texts;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use feedback_bert::{Device, DeviceChoice, Dtype};
use feedback_clean::Cleaning;
use feedback_dataset::read::{Format, OnBadRow, ReadOptions};
use feedback_files::{AtomicFile, is_stream};
use feedback_inference::{
    AnyClassifier, ExplainMethod, PredictionCache, Problem, StreamOptions, StreamSummary, predict_stream,
};
use feedback_pipeline::data::LongTextOptions;
use indicatif::{ProgressBar, ProgressStyle};

use self::formats::{RecordFormat, columns, output_format, record_format};
use self::input::{open, stored_input};
use self::shards::{ShardArgs, ShardRun};
use self::texts::GivenTexts;
use crate::arguments::{ConfigArgs, OutputFormat, ReadArgs};
use crate::exit::{self, UsageError};
use crate::masking::masking;
use crate::models::ModelArgs;
use crate::{models, notices, output};

/// Classifies feedback: texts given as arguments, or a whole file. Each text gets one label or any number, depending on the model.
///
/// The records of a file are written in their order, with all their fields and the prediction. Unusable records go
/// to OUTPUT.rejected.jsonl or, without --output, to standard error; the others are still classified, and the exit
/// code is then 3.
#[derive(Debug, Parser)]
#[command(
    name = "predict",
    version,
    after_help = "Examples:
  predict \"The export button does nothing since the update\" \"Love the new look!\"
  predict \"The export button does nothing since the update\" --explain
  predict --input reviews.csv --text-field body --output labelled.csv --with-scores
  predict --input reviews.csv --output parts --shard 1/4
  cat reviews.jsonl | predict --input - --input-format jsonl > labelled.jsonl"
)]
pub struct Arguments {
    /// Texts to classify
    #[arg(value_name = "TEXT", conflicts_with = "input")]
    texts: Vec<String>,
    /// A file to classify (JSON, CSV, text with one text per line, spreadsheet, Parquet or Arrow), or - for standard input
    #[arg(long, value_name = "FILE", env = "FEEDBACK_INPUT")]
    input: Option<PathBuf>,
    /// The format of the input [default: from its content]
    ///
    /// With it, the records of standard input are classified as they arrive; without it, standard input is read to its end first.
    #[arg(long, value_enum, env = "FEEDBACK_INPUT_FORMAT")]
    input_format: Option<FileFormat>,
    /// The output file for the records [default: standard output]
    #[arg(long, value_name = "FILE", requires = "input", env = "FEEDBACK_OUTPUT")]
    output: Option<PathBuf>,
    /// The format of the output: jsonl, json, csv, tsv, xlsx or parquet [default: from the file name, or that of the input]
    #[arg(long, value_name = "FORMAT", value_parser = record_format, env = "FEEDBACK_OUTPUT_FORMAT")]
    output_format: Option<RecordFormat>,
    /// Add a score column for each label, if the output is a table
    #[arg(long)]
    with_scores: bool,
    /// Put an apostrophe before cells of CSV that a spreadsheet would run as formulas
    #[arg(long, env = "FEEDBACK_ESCAPE_FORMULAS")]
    escape_formulas: bool,
    /// Show the most important words, by occlusion (the default), gradient, attention or rollout
    #[arg(long, value_name = "METHOD", num_args = 0..=1, default_missing_value = "occlusion", value_parser = explain_method, env = "FEEDBACK_EXPLAIN")]
    explain: Option<ExplainMethod>,
    /// The label that --explain explains [default: the predicted label; of several, the one with the highest score]
    #[arg(
        long,
        value_name = "LABEL",
        requires = "explain",
        env = "FEEDBACK_EXPLAIN_LABEL"
    )]
    explain_label: Option<String>,
    #[command(flatten)]
    model: ModelArgs,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// Data type of the computation: f32, or int8 (faster on the CPU, with slightly different
    /// scores)
    #[arg(long, default_value = "f32", env = "FEEDBACK_DTYPE")]
    dtype: Dtype,
    /// What to do with an unusable record
    #[arg(long, value_enum, default_value = "set-aside", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: OnBadRow,
    /// How to print the predictions of texts given as arguments [default: text]
    #[arg(long, value_enum, conflicts_with = "input")]
    format: Option<OutputFormat>,
    #[command(flatten)]
    long_texts: LongTextOptions,
    #[command(flatten)]
    cleaning: Cleaning,
    /// A file with a secret key: --mask-personal-data replaces equal values by the same pseudonym, such as [email:5f1c09ab]
    #[arg(
        long,
        value_name = "FILE",
        requires = "mask_personal_data",
        env = "FEEDBACK_PSEUDONYM_KEY_FILE",
        help_heading = "Cleaning texts"
    )]
    pseudonym_key_file: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    sharding: ShardArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

fn explain_method(name: &str) -> Result<ExplainMethod, String> {
    let method = name.parse();
    method.map_err(|error: feedback_inference::Error| format!("{error}; give texts before --explain"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    Jsonl,
    Csv,
    Tsv,
    Lines,
}

impl From<FileFormat> for Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Jsonl => Self::Jsonl,
            FileFormat::Csv => Self::Csv,
            FileFormat::Tsv => Self::Tsv,
            FileFormat::Lines => Self::Lines,
        }
    }
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed.
pub fn run(mut arguments: Arguments) -> anyhow::Result<u8> {
    let stored = match arguments.input_format {
        None => stored_input(arguments.input.as_deref())?,
        Some(_) => None,
    };
    if let Some((_, path)) = &stored {
        arguments.input = Some(path.clone());
    }
    if arguments.input.is_none() && arguments.texts.is_empty() {
        let reason = "there is nothing to classify\nhint: give texts as arguments, or a file as --input";
        return Err(UsageError(reason.into()).into());
    }
    if arguments.input.is_none() && arguments.output.is_some() {
        let reason = "--output needs --input: only the records of a file are written to a file\nhint: add --input, or remove --output";
        return Err(UsageError(reason.into()).into());
    }
    let (device, choice) = arguments.device.open()?;
    arguments.dtype.check(&device)?;
    let chosen = arguments.model.choose()?;
    let model = load(&chosen.folder, &device, &arguments)?;
    if let Some(fallback) = chosen.fallback() {
        output::message(fallback);
    }
    output::message(models::used(&chosen.name, choice, arguments.dtype));
    if let AnyClassifier::SingleLabel(classifier) = &model
        && let Some(warning) = classifier.warning()
    {
        output::message(format_args!("warning: {warning}"));
    }
    match (&arguments.input, &model) {
        (Some(input), model) => predict_file(model, &chosen.folder, input, &arguments),
        (None, model) => {
            let masking = masking(
                arguments.cleaning.mask_personal_data,
                arguments.pseudonym_key_file.as_deref(),
            )?;
            let given = GivenTexts {
                texts: &arguments.texts,
                format: arguments.format.unwrap_or_default(),
                explain: arguments.explain,
                label: arguments.explain_label.as_deref(),
                masking,
            };
            given.predict(model)
        }
    }
}

/// Loads a model for one label or any number of labels per text. Returns an error if this kind of model does not support an option.
fn load(folder: &Path, device: &Device, arguments: &Arguments) -> anyhow::Result<AnyClassifier> {
    Ok(match AnyClassifier::load(folder, device)? {
        AnyClassifier::SingleLabel(classifier) => {
            let classifier = classifier
                .with_dtype(arguments.dtype)?
                .with_cleaning(arguments.cleaning);
            let classifier = models::with_long_texts(classifier, &arguments.long_texts)?;
            let cached = match arguments.input {
                Some(_) => classifier.with_cache(PredictionCache::default()),
                None => classifier,
            };
            AnyClassifier::SingleLabel(Box::new(cached))
        }
        AnyClassifier::MultiLabel(_) if arguments.long_texts != LongTextOptions::default() => {
            return Err(models::no_windows().into());
        }
        AnyClassifier::MultiLabel(classifier) => {
            let classifier = classifier.with_dtype(arguments.dtype)?;
            AnyClassifier::MultiLabel(Box::new(classifier.with_cleaning(arguments.cleaning)))
        }
    })
}

/// Returns how the records of the input are written.
fn stream_options(input: &Path, read: &ReadOptions, arguments: &Arguments) -> anyhow::Result<StreamOptions> {
    let (format, style) = output_format(
        input,
        read,
        arguments.output.as_deref(),
        arguments.output_format,
        arguments.escape_formulas,
    )?;
    let mut options = StreamOptions::new(format);
    options.style = style;
    (options.fields, options.typed_columns) = columns(input, read, format)?;
    options.with_scores = arguments.with_scores;
    options.explain = arguments.explain;
    options.explain_label = arguments.explain_label.clone();
    options.on_bad_row = arguments.on_bad_row;
    options.masking = masking(
        arguments.cleaning.mask_personal_data,
        arguments.pseudonym_key_file.as_deref(),
    )?;
    Ok(options)
}

fn predict_file(
    model: &AnyClassifier,
    folder: &Path,
    input: &Path,
    arguments: &Arguments,
) -> anyhow::Result<u8> {
    let mut options = arguments.read.options.clone();
    options.format = arguments.input_format.map(Into::into);
    let (reader, read) = open(input, options)?;
    let options = stream_options(input, &read, arguments)?;
    if let (Some(shard), Some(output)) = (arguments.sharding.shard, &arguments.output) {
        let run = ShardRun {
            model,
            model_folder: folder,
            input,
            output,
            part_rows: arguments.sharding.part_rows,
            dtype: arguments.dtype,
            settings: shard_settings(arguments, &options),
        };
        return run.predict(reader, &read, &options, shard);
    }
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}  {elapsed}")?);
    let mut progress = |summary: &StreamSummary| {
        bar.set_message(format!(
            "{} records, {} set aside",
            summary.predicted, summary.set_aside
        ));
        bar.tick();
    };
    let predict = |writer: &mut (dyn Write + Send), reject: &mut dyn FnMut(&str) -> std::io::Result<()>| {
        let summary = predict_stream(model, reader, writer, reject, &options, &mut progress)?;
        some_used(summary, input)
    };
    let summary = match &arguments.output {
        Some(path) if is_stream(path) => write_atomically(path, |writer| to_stream(writer, predict))?,
        Some(path) => {
            let rejected = rejected_beside(path);
            refuse_same_file(input, "--output", path)?;
            refuse_same_file(input, "the file for records that are set aside", &rejected)?;
            to_files(path, &rejected, predict)?
        }
        None => to_stream(std::io::stdout(), predict)?,
    };
    bar.finish_and_clear();
    if let Some(Problem { line, reason, .. }) = &summary.first_problem {
        output::message(format_args!("the first record set aside: line {line}: {reason}"));
    }
    Ok(finish(&summary))
}

/// Fails if no record could be used.
fn some_used(summary: StreamSummary, input: &Path) -> anyhow::Result<StreamSummary> {
    match &summary.first_problem {
        Some(problem) if summary.predicted == 0 => Err(anyhow::anyhow!(
            "none of the {} records of `{}` could be used; the first problem: line {}: {}\nhint: {}",
            summary.set_aside,
            input.display(),
            problem.line,
            problem.reason,
            problem.hint
        )),
        _ => Ok(summary),
    }
}

/// Returns the settings that all workers on the same parts must have. The key of pseudonyms shows only in a pseudonym.
fn shard_settings(arguments: &Arguments, options: &StreamOptions) -> Vec<(&'static str, String)> {
    let example = options
        .masking
        .as_ref()
        .map(|masking| masking.mask("someone@example.com").into_owned());
    vec![
        ("long texts", format!("{:?}", arguments.long_texts)),
        ("cleaning", format!("{:?}", arguments.cleaning)),
        ("pseudonyms", example.unwrap_or_default()),
    ]
}

/// Writes the classified records to a stream, and the records that are set aside to standard error.
fn to_stream(
    stream: impl Write + Send,
    predict: impl FnOnce(
        &mut (dyn Write + Send),
        &mut dyn FnMut(&str) -> std::io::Result<()>,
    ) -> anyhow::Result<StreamSummary>,
) -> anyhow::Result<StreamSummary> {
    let mut writer = std::io::BufWriter::new(stream);
    let mut reject = |line: &str| {
        output::message(format_args!("set aside: {line}"));
        Ok(())
    };
    let summary = predict(&mut writer, &mut reject)?;
    writer.flush()?;
    Ok(summary)
}

/// Returns the path of the file for records that are set aside.
fn rejected_beside(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".rejected.jsonl");
    PathBuf::from(name)
}

/// Writes the classified records to `path`, and the records that are set aside to `rejected`.
fn to_files(
    path: &Path,
    rejected: &Path,
    predict: impl FnOnce(
        &mut (dyn Write + Send),
        &mut dyn FnMut(&str) -> std::io::Result<()>,
    ) -> anyhow::Result<StreamSummary>,
) -> anyhow::Result<StreamSummary> {
    let summary = write_atomically(path, |writer| {
        write_atomically(rejected, |rejected| {
            predict(writer, &mut |line| writeln!(rejected, "{line}"))
        })
    })?;
    if summary.set_aside > 0 {
        output::message(format_args!(
            "{} records set aside in {}",
            summary.set_aside,
            rejected.display()
        ));
    } else {
        // No record was set aside. The empty file, which has already replaced that of an earlier run, is removed.
        fs_err::remove_file(rejected)?;
    }
    Ok(summary)
}

/// Writes the file completely or not at all.
fn write_atomically<T>(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if path.is_dir() {
        return Err(anyhow::anyhow!(
            "`{}` is a folder, expected a file to write\nhint: name a file in it",
            path.display()
        ));
    }
    let mut file = AtomicFile::create(path)?;
    let value = write(&mut file)?;
    file.commit()?;
    Ok(value)
}

fn refuse_same_file(input: &Path, what: &str, output: &Path) -> anyhow::Result<()> {
    let same =
        output.exists() && input.exists() && fs_err::canonicalize(input)? == fs_err::canonicalize(output)?;
    if same {
        let reason = format!("{what} would overwrite the input file\nhint: give --output another name");
        return Err(UsageError(reason).into());
    }
    Ok(())
}

fn finish(summary: &StreamSummary) -> u8 {
    let (predicted, truncated) = (summary.predicted, summary.truncated);
    notices::cleaned(summary.cleaned);
    output::message(format_args!(
        "{predicted} records classified, {truncated} of them cut to the model's maximum length"
    ));
    notices::unknown(summary.unknown);
    notices::unfamiliar(summary.unfamiliar, predicted);
    if summary.in_windows > 0 {
        output::message(format_args!(
            "{} longer texts were read in windows: `text_windows` says which window decided",
            summary.in_windows
        ));
    }
    if summary.set_aside == 0 {
        exit::OK
    } else {
        exit::SET_ASIDE
    }
}
