//! The flags of `train` for asking people during training.

use std::io::{BufReader, stderr, stdin};
use std::path::PathBuf;
use std::thread;

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, ValueEnum};
use feedback_corrections::Terminal;
use feedback_pipeline::corrections::CorrectionsOptions;
use feedback_pipeline::data::DataOptions;
use feedback_pipeline::train::TrainNotice;

use crate::exit::UsageError;
use crate::{output, settings};

/// Human in the loop.
#[derive(Debug, Clone)]
pub(crate) struct CorrectionArgs {
    at: Place,
    /// The name of the person is empty if it was not stated; [`CorrectionArgs::options`] then takes that of the current user.
    options: CorrectionsOptions,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Human in the loop")]
struct Place {
    /// Ask people about the hardest rows after each evaluation, at this terminal or through files in RUN/corrections, and learn from the
    /// answers
    #[arg(long, hide_short_help = true, value_enum, value_name = "WHERE", num_args = 0..=1, default_missing_value = "terminal")]
    corrections: Option<Corrections>,
}

impl Args for CorrectionArgs {
    fn augment_args(command: Command) -> Command {
        let limit = CorrectionsOptions::new("").limit.to_string();
        let default = |name: &str| (name == "corrections_limit").then(|| limit.clone());
        let command = settings::add::<CorrectionsOptions>(Place::augment_args(command), "questions", default);
        let hidden = ["unlabelled", "corrections_limit", "corrected_by"];
        hidden
            .into_iter()
            .fold(command, |command, id| {
                command.mut_arg(id, |argument| argument.hide_short_help(true))
            })
            .mut_arg("unlabelled", |argument| argument.requires("corrections"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CorrectionArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut options = CorrectionsOptions::new("");
        options.update_from_arg_matches(matches)?;
        Ok(Self {
            at: Place::from_arg_matches(matches)?,
            options,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.at.update_from_arg_matches(matches)?;
        self.options.update_from_arg_matches(matches)
    }
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
        if self.at.corrections.is_none() {
            return Ok(None);
        }
        let mut options = self.options.clone();
        options.corrected_by = self.corrected_by()?;
        options.read = data.read.clone();
        options.on_bad_row = data.on_bad_row;
        Ok(Some(options))
    }

    fn corrected_by(&self) -> anyhow::Result<String> {
        let names = ["USER", "USERNAME", "LOGNAME"].map(|name| std::env::var(name).ok());
        let given = Some(self.options.corrected_by.clone()).filter(|by| !by.is_empty());
        let by = given.or(names.into_iter().flatten().next());
        let by = by.filter(|by| !by.trim().is_empty());
        Ok(by.ok_or_else(|| {
            UsageError("the name of the person who answers is missing\nhint: add --corrected-by NAME".into())
        })?)
    }

    /// Returns whether questions are asked at this terminal.
    pub(super) fn at_terminal(&self) -> bool {
        self.at.corrections == Some(Corrections::Terminal)
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
