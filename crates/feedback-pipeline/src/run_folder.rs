//! The folder that keeps what a run did.

use std::path::{Path, PathBuf};

use feedback_dataset::atomic_write;
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;

use crate::{Error, Result, TrainOptions};

/// A run's folder: `arguments.json` and `environment.json` before the first step, `data/`, `events.jsonl`,
/// `trainer_state.json` and `report.json` at the end.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    /// The topmost folder that was made for it, if any was.
    made: Option<PathBuf>,
}

impl RunFolder {
    /// The folder given, or `runs/<utc>-<name of the output>`.
    pub(crate) fn create(given: Option<&Path>, output: &Path) -> Result<Self> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => unused(&format!("{}-{}", utc_now(), name_of(output))),
        };
        if path.join("report.json").exists() {
            return Err(Error::Files {
                reason: format!("`{}` holds a finished run", path.display()),
                hint: "give another folder to --run-dir, or none".into(),
            });
        }
        let missing = path
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let made = missing.last().map(Path::to_owned);
        fs_err::create_dir_all(&path)?;
        Ok(Self { path, made })
    }

    /// Takes the folder away again: nothing was trained. A folder that stood there before is left as it is.
    pub(crate) fn discard(&self) {
        let Some(made) = &self.made else { return };
        // The error that ended the run matters more than a folder left behind.
        let _ = fs_err::remove_dir_all(&self.path);
        for folder in self
            .path
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(made))
        {
            let _ = fs_err::remove_dir(folder); // goes only where it is empty
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write_arguments(&self, options: &TrainOptions) -> Result<()> {
        self.write_json("arguments.json", &options.effective())?;
        let environment = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "os": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
            "threads": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        });
        self.write_json("environment.json", &environment)
    }

    pub(crate) fn event_log(&self) -> Result<fs_err::File> {
        Ok(fs_err::File::create(self.path.join("events.jsonl"))?)
    }

    pub(crate) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
        atomic_write(self.path.join(name), |writer| Ok(writeln!(writer, "{text}")?))?;
        Ok(())
    }
}

/// `20260131T235959Z`.
fn utc_now() -> String {
    let now = OffsetDateTime::now_utc();
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    )
}

fn name_of(output: &Path) -> String {
    output
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Two runs may begin within the same second.
fn unused(name: &str) -> PathBuf {
    let mut path = Path::new("runs").join(name);
    let mut number = 2;
    while path.exists() {
        path = Path::new("runs").join(format!("{name}-{number}"));
        number += 1;
    }
    path
}
