//! Work in the background: `serve` starts its own binary again, with a hidden subcommand, to train and to make reports.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use feedback_bert::{DeviceChoice, ModelFolder};
use feedback_corrections::{Ending, TrainingFolder};
use feedback_pipeline::data::LabelLayout;
use feedback_pipeline::retrain::{RetrainEvent, RetrainOptions, retrain};
use feedback_pipeline::train::BaseModel;
use feedback_server::{Analyst, DriftFiles, ReportFiles, Trainer};

use clap::Parser;
use feedback_cli::commands::{drift, insight};
use feedback_cli::{exit, output};

/// The hidden subcommand that trains.
pub const TRAIN: &str = "train-in-background";
/// The hidden subcommand that makes a report.
pub const REPORT: &str = "report-in-background";
/// The hidden subcommand that checks for drift.
pub const DRIFT: &str = "drift-in-background";
/// Number of quotes of a headline in the reports of the server.
const QUOTES: &str = "5";
/// The exit code of a training that was stopped and can be resumed.
const STOPPED: u8 = 143;
/// The name recorded as the author of corrections that have none. It does not identify the user.
const CORRECTED_BY: &str = "the web app";

/// Starts trainings by running this program again.
#[derive(Debug, Clone)]
pub struct OwnProcess {
    /// Labelled files to choose from.
    pub data: Vec<PathBuf>,
    /// Folders with pretrained encoders to choose from.
    pub bases: Vec<PathBuf>,
    /// How the rows of `data` state their labels, if the serving model gives each text any number of labels.
    pub layout: LabelLayout,
    /// Where to compute.
    pub device: DeviceChoice,
}

impl Trainer for OwnProcess {
    fn data(&self) -> Vec<PathBuf> {
        self.data.clone()
    }

    fn bases(&self) -> Vec<String> {
        let folders = self.bases.iter().map(|path| path.display().to_string());
        let builtin = (BaseModel::standard() == BaseModel::Builtin).then(|| "builtin".to_owned());
        let scratch = ["scratch:tiny", "scratch:mini", "scratch:small"].map(str::to_owned);
        builtin.into_iter().chain(folders).chain(scratch).collect()
    }

    fn command(&self, folder: &Path) -> std::io::Result<Command> {
        let mut command = own_process(TRAIN)?;
        let layout = serde_json::to_string(&self.layout)?;
        command.arg(folder).arg(self.device.to_string()).arg(layout);
        Ok(command)
    }
}

impl Analyst for OwnProcess {
    fn command(&self, files: &ReportFiles<'_>) -> std::io::Result<Command> {
        let mut command = own_process(REPORT)?;
        let fields = files.fields;
        command
            .arg(files.texts)
            .arg("--report")
            .arg(files.folder)
            .arg("--model")
            .arg(files.model)
            .args(["--text-field", fields.text])
            .args(["--label-field", fields.label])
            .args(["--date-field", fields.date])
            .args(["--number-field", fields.number])
            .args(["--compare", files.compare, "--quotes", QUOTES])
            .args(["--on-bad-row", "fail"])
            .args(["--device", &self.device.to_string()]);
        if let Some(confidence) = fields.confidence {
            command.args(["--confidence-field", confidence]);
        }
        if let Some(answered) = fields.answered {
            command.arg("--measure").arg(format!("{answered}=yes"));
        }
        if let Some((n, right)) = files.audits {
            command.arg("--audits").arg(format!("{right}/{n}"));
        }
        if let Some(period) = files.period {
            command.args(["--period", period]);
        }
        Ok(command)
    }

    fn drift(&self, files: &DriftFiles<'_>) -> std::io::Result<Command> {
        let mut command = own_process(DRIFT)?;
        command
            .arg(files.texts)
            .arg("--model")
            .arg(files.model)
            .args(["--text-field", "text", "--format", "json", "--on-bad-row", "fail"])
            .args(["--device", &self.device.to_string()]);
        if let Some(earlier) = files.earlier {
            command.arg("--reference").arg(earlier);
        }
        Ok(command)
    }
}

/// Returns the command that runs this program with a hidden subcommand. Serving has priority: the process runs with `nice`, if it is
/// installed, and leaves one CPU thread free. It does not see the settings of the server.
fn own_process(subcommand: &str) -> std::io::Result<Command> {
    let program = std::env::current_exe()?;
    let mut command = if Path::new("/usr/bin/nice").exists() {
        let mut nice = Command::new("/usr/bin/nice");
        nice.args(["-n", "10"]).arg(program);
        nice
    } else {
        Command::new(program)
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    command
        .env("RAYON_NUM_THREADS", threads.saturating_sub(1).max(1).to_string())
        .arg(subcommand);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FEEDBACK_") {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Makes the report that the arguments ask for, and returns the exit code. Ends at once when standard input is closed.
///
/// # Errors
///
/// The arguments are wrong, or the report cannot be made.
pub fn make_report(arguments: &[String]) -> anyhow::Result<u8> {
    insight::run(parsed("insight", arguments)?)
}

/// Makes the check for drift that the arguments ask for, and returns the exit code. Ends at once when standard input is closed.
///
/// # Errors
///
/// The arguments are wrong, or the texts cannot be compared.
pub fn check_drift(arguments: &[String]) -> anyhow::Result<u8> {
    drift::run(parsed("drift", arguments)?)
}

/// Returns the arguments of a command. From now on, this process ends when standard input is closed.
fn parsed<A: Parser>(name: &str, arguments: &[String]) -> anyhow::Result<A> {
    let name = std::iter::once(name.to_owned());
    let parsed = A::try_parse_from(name.chain(arguments.iter().cloned()))?;
    std::thread::spawn(|| {
        wait_until_input_ends();
        std::process::exit(i32::from(STOPPED));
    });
    Ok(parsed)
}

/// Runs or resumes the training job in a folder, and returns the exit code. The new model gives each text as many labels as the serving
/// model, or any number if the job says so; `layout` is about the files for such a model.
///
/// # Errors
///
/// The job cannot be read, the layout is given for texts with one label, or [`retrain`] fails.
pub fn run(folder: &Path, device: DeviceChoice, layout: &LabelLayout) -> anyhow::Result<u8> {
    let folder = TrainingFolder::new(folder);
    let job = folder.read_job()?;
    let mut options = RetrainOptions::new(device, CORRECTED_BY);
    options.interrupt = until_input_ends();
    // The server writes the rows of stored texts with lists of labels; the layout is that of its files.
    let lists = LabelLayout::default();
    let layout = match job.data.starts_with(folder.path()) {
        true => &lists,
        false => layout,
    };
    let ending = if job.several_labels || ModelFolder::is_multi_label(&job.serving)? {
        feedback_multilabel::retrain::retrain(&job, &folder, layout, &options, &mut report)?.ending
    } else {
        layout.require_unset()?;
        retrain(&job, &folder, &options, &mut report)?.ending
    };
    Ok(match ending {
        Ending::Stopped { .. } => STOPPED,
        _ => exit::OK,
    })
}

fn report(event: RetrainEvent) {
    match event {
        RetrainEvent::Rows {
            train,
            validation,
            test,
        } => output::message(format_args!(
            "{train} train, {validation} validation, {test} test rows"
        )),
        RetrainEvent::Note { text } => output::message(text),
        RetrainEvent::Model { parameters } => output::message(format_args!("{parameters} parameters")),
        RetrainEvent::Resumed { global_step } => {
            output::message(format_args!("resumed after step {global_step}"))
        }
        RetrainEvent::Stopped { global_step } => {
            output::message(format_args!("stopped after step {global_step}"))
        }
        _ => {}
    }
}

/// Returns a flag that is set when standard input is closed: when the server stops the training, or was killed.
fn until_input_ends() -> Arc<AtomicBool> {
    let ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    std::thread::spawn(move || {
        wait_until_input_ends();
        flag.store(true, Ordering::SeqCst);
    });
    ended
}

fn wait_until_input_ends() {
    let mut buffer = [0; 64];
    while std::io::stdin().read(&mut buffer).is_ok_and(|n| n > 0) {}
}
