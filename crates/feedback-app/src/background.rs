//! Background training: `serve` starts its own binary again, with a hidden subcommand.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use feedback_bert::DeviceChoice;
use feedback_corrections::{Ending, TrainingFolder};
use feedback_pipeline::retrain::{RetrainEvent, RetrainOptions, retrain};
use feedback_pipeline::train::BaseModel;
use feedback_server::Trainer;

use feedback_cli::{exit, output};

/// The hidden subcommand's name.
pub const SUBCOMMAND: &str = "train-in-background";
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

    /// Returns the command that trains. Serving has priority: training runs with `nice`, if it is installed, and leaves
    /// one CPU thread free.
    fn command(&self, folder: &Path) -> std::io::Result<Command> {
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
            .arg(SUBCOMMAND)
            .arg(folder)
            .arg(self.device.to_string());
        Ok(command)
    }
}

/// Runs or resumes the training job in a folder, and returns the exit code.
///
/// # Errors
///
/// The job cannot be read, or [`retrain`] fails.
pub fn run(folder: &Path, device: DeviceChoice) -> anyhow::Result<u8> {
    let folder = TrainingFolder::new(folder);
    let job = folder.read_job()?;
    let mut options = RetrainOptions::new(device, CORRECTED_BY);
    options.interrupt = until_input_ends();
    let outcome = retrain(&job, &folder, &options, &mut report)?;
    Ok(match outcome.ending {
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
        let mut buffer = [0; 64];
        while std::io::stdin().read(&mut buffer).is_ok_and(|n| n > 0) {}
        flag.store(true, Ordering::SeqCst);
    });
    ended
}
