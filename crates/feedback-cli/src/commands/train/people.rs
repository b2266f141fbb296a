//! The flags of `train` for asking people during training.

use std::io::{BufReader, stderr, stdin};
use std::path::PathBuf;
use std::thread;

use clap::{Args, ValueEnum};
use feedback_corrections::Terminal;
use feedback_pipeline::corrections::CorrectionsOptions;
use feedback_pipeline::data::DataOptions;
use feedback_pipeline::train::TrainNotice;

use crate::exit::UsageError;
use crate::output;

/// Human in the loop.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Human in the loop")]
pub(crate) struct CorrectionArgs {
    /// Ask people about the hardest rows after each evaluation, and learn from the answers: at this terminal, or in files in
    /// RUN/corrections
    #[arg(long, hide_short_help = true, value_enum, value_name = "WHERE", num_args = 0..=1, default_missing_value = "terminal")]
    pub corrections: Option<Corrections>,
    /// Also ask about the unlabelled texts of this file
    #[arg(
        long,
        hide_short_help = true,
        value_name = "FILE",
        requires = "corrections",
        env = "FEEDBACK_UNLABELLED"
    )]
    unlabelled: Option<PathBuf>,
    /// Maximum number of rows to ask about at a time
    #[arg(
        long,
        hide_short_help = true,
        value_name = "N",
        default_value_t = 20,
        env = "FEEDBACK_CORRECTIONS_LIMIT"
    )]
    corrections_limit: usize,
    /// The name of the person who answers, for the audit log [default: the current user]
    #[arg(
        long,
        hide_short_help = true,
        value_name = "NAME",
        env = "FEEDBACK_CORRECTED_BY"
    )]
    corrected_by: Option<String>,
}

/// Where people answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Corrections {
    /// At the terminal in which training runs, and through files.
    Terminal,
    /// Only through files.
    File,
}

impl CorrectionArgs {
    /// Returns the options of the library; `None` without `--corrections`.
    ///
    /// # Errors
    ///
    /// No name is given, and the system does not report a user name.
    pub(super) fn options(&self, data: &DataOptions) -> anyhow::Result<Option<CorrectionsOptions>> {
        if self.corrections.is_none() {
            return Ok(None);
        }
        let by = self.corrected_by()?;
        let mut options = CorrectionsOptions::new(&by);
        options.unlabelled.clone_from(&self.unlabelled);
        options.read = data.read.clone();
        options.on_bad_row = data.on_bad_row;
        options.limit = self.corrections_limit;
        Ok(Some(options))
    }

    fn corrected_by(&self) -> anyhow::Result<String> {
        let user = || {
            ["USER", "USERNAME", "LOGNAME"]
                .iter()
                .find_map(|name| std::env::var(name).ok())
        };
        let by = self.corrected_by.clone().or_else(user);
        let by = by.filter(|by| !by.trim().is_empty());
        Ok(by.ok_or_else(|| {
            UsageError("the name of the person who answers is missing\nhint: add --corrected-by NAME".into())
        })?)
    }

    /// Returns whether questions are asked at this terminal.
    pub(super) fn at_terminal(&self) -> bool {
        self.corrections == Some(Corrections::Terminal)
    }
}

/// Asks questions at this terminal once the run folder and the labels are known.
pub(crate) struct Questions {
    /// Who answers; `None` if the terminal is not used.
    by: Option<String>,
    run: Option<PathBuf>,
}

impl Questions {
    /// Prepares the questions; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// The same as for [`CorrectionArgs::options`].
    pub(super) fn new(people: &CorrectionArgs) -> anyhow::Result<Self> {
        let by = people.at_terminal().then(|| people.corrected_by()).transpose()?;
        Ok(Self { by, run: None })
    }

    /// Once the labels are known, starts a thread that asks questions until the person quits or the program ends.
    pub(super) fn on_notice(&mut self, notice: &TrainNotice<'_>) {
        match (notice, &self.by, &self.run) {
            (TrainNotice::Run(path), ..) => self.run = Some((*path).to_owned()),
            (TrainNotice::Data(data), Some(by), Some(run)) => {
                let terminal = Terminal::new(run, data.labels.names(), by);
                thread::spawn(move || {
                    if let Err(error) = terminal.run(BufReader::new(stdin()), stderr()) {
                        output::message(format_args!("no more questions will be asked: {error}"));
                        if let Some(hint) = error.hint() {
                            output::message(format_args!("hint: {hint}"));
                        }
                    }
                });
            }
            _ => {}
        }
    }
}
