//! The flags with which `train` asks people.

use std::io::{BufReader, stderr, stdin};
use std::path::PathBuf;
use std::thread;

use clap::{Args, ValueEnum};
use feedback_corrections::Terminal;
use feedback_dataset::OnBadRow;
use feedback_pipeline::TrainNotice;
use feedback_pipeline::corrections::CorrectionsOptions;

use crate::cli::{self, FieldArgs, UsageError};

/// People in the loop.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "People in the loop")]
pub struct CorrectionArgs {
    /// Queue the hardest rows after each evaluation and learn what people say about them: asked at this terminal, or
    /// through files in RUN/corrections only
    #[arg(long, value_enum, value_name = "WHERE", num_args = 0..=1, default_missing_value = "terminal")]
    pub corrections: Option<Corrections>,
    /// Texts without labels to ask about as well
    #[arg(
        long,
        value_name = "FILE",
        requires = "corrections",
        env = "FEEDBACK_UNLABELLED"
    )]
    unlabelled: Option<PathBuf>,
    /// Rows in the queue at a time
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        env = "FEEDBACK_CORRECTIONS_LIMIT"
    )]
    corrections_limit: usize,
    /// Who answers, for the audit log [default: the user of this computer]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_CORRECTED_BY")]
    corrected_by: Option<String>,
}

/// Where people answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Corrections {
    /// At the terminal that training runs in, and through the file.
    Terminal,
    /// Through the file only.
    File,
}

impl CorrectionArgs {
    /// The options of the library, if people are asked at all.
    ///
    /// # Errors
    ///
    /// Nobody is named, and the system does not say who the user is.
    pub fn options(
        &self,
        fields: &FieldArgs,
        on_bad_row: OnBadRow,
    ) -> anyhow::Result<Option<CorrectionsOptions>> {
        if self.corrections.is_none() {
            return Ok(None);
        }
        let by = self.by()?;
        let mut options = CorrectionsOptions::new(&by);
        options.unlabelled.clone_from(&self.unlabelled);
        options.read = fields.read_options();
        options.on_bad_row = on_bad_row;
        options.limit = self.corrections_limit;
        Ok(Some(options))
    }

    fn by(&self) -> anyhow::Result<String> {
        let user = || {
            ["USER", "USERNAME", "LOGNAME"]
                .iter()
                .find_map(|name| std::env::var(name).ok())
        };
        let by = self.corrected_by.clone().or_else(user);
        let by = by.filter(|by| !by.trim().is_empty());
        Ok(by
            .ok_or_else(|| UsageError("nobody is named who answers\nhint: add --corrected-by NAME".into()))?)
    }

    /// Whether questions come to this terminal.
    pub fn at_terminal(&self) -> bool {
        self.corrections == Some(Corrections::Terminal)
    }
}

/// The questions at this terminal. They begin once the run has a folder and its labels are known.
pub struct Questions {
    /// Who answers; `None` where nobody is asked here.
    by: Option<String>,
    run: Option<PathBuf>,
}

impl Questions {
    /// Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// As [`CorrectionArgs::options`].
    pub fn new(people: &CorrectionArgs) -> anyhow::Result<Self> {
        let by = people.at_terminal().then(|| people.by()).transpose()?;
        Ok(Self { by, run: None })
    }

    /// Hears what training tells, and begins to ask, beside training, until the person or the program ends.
    pub fn hear(&mut self, notice: &TrainNotice<'_>) {
        match (notice, &self.by, &self.run) {
            (TrainNotice::Run(path), ..) => self.run = Some((*path).to_owned()),
            (TrainNotice::Data(data), Some(by), Some(run)) => {
                let terminal = Terminal::new(run, data.labels.names(), by);
                thread::spawn(move || {
                    if let Err(error) = terminal.run(BufReader::new(stdin()), stderr()) {
                        cli::say(format_args!("no more questions: {error}"));
                    }
                });
            }
            _ => {}
        }
    }
}
