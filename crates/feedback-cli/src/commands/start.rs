//! The command `start`.

use std::io::{BufReader, stderr, stdin};
use std::path::PathBuf;

use clap::{Args, Parser};
use feedback_bert::DeviceChoice;
use feedback_clean::Cleaning;
use feedback_dataset::read::{LabelRule, OnBadRow};
use feedback_heads::{LabelDescription, check_labels, read_labels};
use feedback_inference::Classifier;
use feedback_start::{Encoder, Estimate, LabelledFile, Session, Texts, ask, check_output, propose_labels};
use serde_json::json;

use crate::arguments::{ConfigArgs, DEFAULT_MODEL, OutputFormat, ReadArgs};
use crate::models::{BUILTIN, model_folder};
use crate::{exit, notices, output};

/// Makes a first model from texts without labels: asks for the most useful labels.
///
/// Each answer is added to the file with labelled texts before the next question, so nothing is lost if you stop: the same command
/// continues. Without questions (`--ask 0`), texts are compared with the names and descriptions of the labels.
#[derive(Debug, Parser)]
#[command(
    name = "start",
    version,
    after_help = "Examples:
  start --unlabelled reviews.csv
  start --unlabelled reviews.csv --label-names bug,praise,question
  start --unlabelled reviews.csv --text-field body --label-file labels.toml --ask 20
  start --unlabelled reviews.csv --label-file labels.toml --ask 0 --output models/first"
)]
pub struct Arguments {
    /// The file with texts: .jsonl, .csv, .tsv or .txt
    #[arg(long, value_name = "FILE", env = "FEEDBACK_UNLABELLED")]
    unlabelled: PathBuf,
    #[command(flatten)]
    labels: LabelArgs,
    /// Number of texts to ask about; 0 asks nothing
    #[arg(long, value_name = "N", default_value_t = 40, env = "FEEDBACK_ASK")]
    ask: usize,
    /// The file to which answers are added, and whose answers are used if it exists
    #[arg(
        long,
        value_name = "FILE",
        default_value = "labelled.jsonl",
        env = "FEEDBACK_LABELLED"
    )]
    labelled: PathBuf,
    /// The encoder: builtin, a model folder, or the name of a cached model of the Hugging Face Hub
    #[arg(long, value_name = "DIR", default_value = BUILTIN, env = "FEEDBACK_MODEL")]
    model: PathBuf,
    /// The folder for the new model
    #[arg(long, value_name = "DIR", default_value = DEFAULT_MODEL, env = "FEEDBACK_OUTPUT")]
    output: PathBuf,
    /// Maximum number of different texts to choose from; if there are more, a random sample is used
    #[arg(long, value_name = "N", default_value_t = 5000, env = "FEEDBACK_MAX_TEXTS")]
    max_texts: usize,
    /// Seed of the choice of texts
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
    cleaning: Cleaning,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

/// The labels.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct LabelArgs {
    /// The names of the labels [default: proposed from the themes of the texts]
    #[arg(
        long,
        value_name = "A,B,…",
        value_delimiter = ',',
        env = "FEEDBACK_LABEL_NAMES"
    )]
    label_names: Vec<String>,
    /// A TOML file with a block [[labels]] for each label: name, and optionally description and examples
    #[arg(long, value_name = "FILE", env = "FEEDBACK_LABEL_FILE")]
    label_file: Option<PathBuf>,
}

impl LabelArgs {
    /// Returns the labels that the user names; `None` if there are none.
    fn read(&self) -> feedback_heads::Result<Option<Vec<LabelDescription>>> {
        if let Some(path) = &self.label_file {
            return read_labels(path).map(Some);
        }
        if self.label_names.is_empty() {
            return Ok(None);
        }
        let names = self.label_names.iter().map(|name| name.trim());
        let labels: Vec<LabelDescription> = names.map(LabelDescription::new).collect();
        check_labels(&labels)?;
        Ok(Some(labels))
    }
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed.
pub fn run(mut arguments: Arguments) -> anyhow::Result<u8> {
    arguments
        .read
        .look_at(&arguments.unlabelled, LabelRule::Optional)?;
    let labels = arguments.labels.read()?;
    let file = LabelledFile::new(&arguments.labelled);
    check_output(&arguments.output, &[&arguments.unlabelled, &arguments.labelled])?;
    let earlier = file.read()?;
    let mut texts = Texts::read(
        &arguments.unlabelled,
        &arguments.read.options,
        arguments.on_bad_row,
        arguments.max_texts,
        arguments.seed,
    )?;
    texts.include(&earlier);
    report(&texts, earlier.len(), &file);
    let (device, _) = arguments.device.open()?;
    let mut encoder = Encoder::new(model_folder(&arguments.model), arguments.model.to_string_lossy());
    encoder.cleaning = arguments.cleaning;
    let is_cleaned = |text: &&String| arguments.cleaning.changed(text).is_some();
    notices::cleaned(texts.texts.iter().filter(is_cleaned).count());
    let classifier = encoder.load(&device)?;
    let labels = match labels {
        Some(labels) => labels,
        None => proposed(&classifier, &texts.texts, arguments.seed)?,
    };
    let mut session = Session::new(&classifier, &texts.texts, labels, arguments.seed)?;
    let named = session.labels().len();
    session.restore(&earlier)?;
    if session.labels().len() > named {
        let added = session.labels()[named..].iter().map(|label| label.name.as_str());
        let (added, path) = (added.collect::<Vec<_>>().join(", "), file.path().display());
        output::message(format!(
            "note: `{path}` has further labels, which are added: {added}"
        ));
    }
    if arguments.ask > 0 {
        ask(
            &mut session,
            &file,
            arguments.ask,
            BufReader::new(stdin()),
            stderr(),
        )?;
    }
    let names: Vec<String> = session.labels().iter().map(|label| label.name.clone()).collect();
    let (answers, estimate) = (session.answers().len(), session.estimate()?);
    if arguments.output.exists() {
        let model = arguments.output.display();
        output::message(format!(
            "note: the older model in `{model}` is kept as `{model}.previous`"
        ));
    }
    let (head, seed) = (session.head()?, arguments.seed);
    encoder.publish(head, &names, answers, seed, &arguments.output, &device)?;
    print(&arguments, &texts, &names, answers, estimate.as_ref())?;
    Ok(exit::after_setting_aside(texts.set_aside))
}

/// Proposes labels, and says so.
fn proposed(encoder: &Classifier, texts: &[String], seed: u64) -> anyhow::Result<Vec<LabelDescription>> {
    let labels = propose_labels(encoder, texts, seed)?;
    let names: Vec<&str> = labels.iter().map(|label| label.name.as_str()).collect();
    output::message(format!(
        "no labels were named; the themes of the texts suggest: {}\nnote: answer `+NAME` to add another label, or name your own with \
         --label-names",
        names.join(", ")
    ));
    Ok(labels)
}

/// Says which texts there are to choose from.
fn report(texts: &Texts, earlier: usize, file: &LabelledFile) {
    let Texts {
        repeated,
        set_aside,
        left_out,
        ..
    } = texts;
    let mut parts = vec![format!("{} different texts", texts.texts.len())];
    for (count, what) in [
        (*repeated, "repeat another text"),
        (*set_aside, "could not be used"),
        (*left_out, "are left out at random (`--max-texts`)"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    if earlier > 0 {
        parts.push(format!("{earlier} answers from `{}`", file.path().display()));
    }
    output::message(parts.join("; "));
}

fn print(
    arguments: &Arguments,
    texts: &Texts,
    labels: &[String],
    answers: usize,
    estimate: Option<&Estimate>,
) -> anyhow::Result<()> {
    let model = arguments.output.display();
    if arguments.format == OutputFormat::Json {
        return output::print_json(&json!({
            "model": arguments.output,
            "labelled": arguments.labelled,
            "labels": labels,
            "texts": texts.texts.len(),
            "repeated": texts.repeated,
            "set_aside": texts.set_aside,
            "left_out": texts.left_out,
            "answers": answers,
            "predicted": estimate.map(|estimate| estimate.right),
            "accuracy_interval": estimate.map(|estimate| &estimate.interval),
        }));
    }
    let measured = match estimate {
        Some(estimate) => format!(
            "{} of the {answers} answers are predicted from the others: {:.0} to {:.0} % (95 %); unusual and unclear texts were \
             asked about, so it is probably better on all texts",
            estimate.right,
            100.0 * estimate.interval.low,
            100.0 * estimate.interval.high
        ),
        None => "fewer than two answers, so nothing is known about its errors".to_owned(),
    };
    let next = if answers == 0 {
        "answer some questions (--ask 20)".to_owned()
    } else {
        format!(
            "continue with the same command, or fine-tune: train --train {}",
            arguments.labelled.display()
        )
    };
    output::print(format!(
        "model {model}, made from {answers} labelled texts and {} labels\n{measured}\nnext: predict --model {model} \"some text\"; \
         {next}\n",
        labels.len()
    ))
}
