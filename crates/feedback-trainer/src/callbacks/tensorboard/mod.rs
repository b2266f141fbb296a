//! Writes event files for TensorBoard.

mod event;
mod record;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::callback::{Callback, CallbackResult};
use crate::model::Metrics;
use crate::state::{Control, LogEntry, LogKind, TrainState};
use event::Event;
use record::write_record;

/// Writes each logged value as a TensorBoard scalar over steps: `train/loss`, `eval/accuracy`, `test/accuracy` and
/// so on.
///
/// The file is written without TensorFlow: TFRecord framing with masked CRC-32C around `Event` messages. A resumed run writes a new
/// file into the same folder. This file tells TensorBoard to discard the values that earlier files have for the steps after the
/// checkpoint.
///
/// # Examples
///
/// ```
/// # use feedback_trainer::callbacks::TensorBoard;
/// let folder = tempfile::tempdir()?;
/// let callback = TensorBoard::create(folder.path())?; // hand it to Trainer::with_callback
/// assert!(callback.path().to_string_lossy().contains("tfevents"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct TensorBoard<W = fs_err::File> {
    output: W,
    path: PathBuf,
}

impl TensorBoard {
    /// Creates an event file in `folder`, and the folder if needed. `tensorboard --logdir FOLDER` shows it.
    ///
    /// # Errors
    ///
    /// The I/O error; the message contains the path.
    pub fn create(folder: &Path) -> std::io::Result<Self> {
        fs_err::create_dir_all(folder)?;
        let seconds = wall_time() as u64;
        for number in 0.. {
            // TensorBoard reads the files of a folder in the order of their names.
            let path = folder.join(format!("events.out.tfevents.{seconds:010}.{number:06}.feedback"));
            match fs_err::File::create_new(&path) {
                Ok(output) => return Ok(Self { output, path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(std::io::Error::other("no free name for an event file"))
    }

    /// Returns the path of the event file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl<W: Write> TensorBoard<W> {
    fn write(&mut self, event: &Event<'_>) -> std::io::Result<()> {
        write_record(&mut self.output, &event.encode(wall_time()))
    }

    fn scalars(&mut self, prefix: &str, step: usize, values: &Metrics) -> CallbackResult {
        let tagged = values.iter();
        let tagged: Vec<(String, f32)> = tagged
            .map(|(name, &value)| (format!("{prefix}/{name}"), value as f32))
            .collect();
        self.write(&Event::Scalars {
            step,
            values: &tagged,
        })?;
        self.output.flush()?;
        Ok(Control::CONTINUE)
    }
}

impl<W: Write> Callback for TensorBoard<W> {
    fn name(&self) -> &str {
        "tensorboard"
    }

    fn on_train_begin(&mut self, state: &TrainState) -> CallbackResult {
        self.write(&Event::FileVersion)?;
        if state.global_step > 0 {
            self.write(&Event::SessionStart {
                step: state.global_step + 1,
            })?;
        }
        self.output.flush()?;
        Ok(Control::CONTINUE)
    }

    fn on_log(&mut self, _state: &TrainState, entry: &LogEntry) -> CallbackResult {
        let prefix = match entry.kind {
            LogKind::Train => "train",
            LogKind::Eval => "eval",
        };
        self.scalars(prefix, entry.global_step, &entry.values)
    }

    fn on_predict(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        self.scalars("test", state.global_step, metrics)
    }
}

/// Seconds since 1970.
fn wall_time() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64()) // a clock before 1970 is 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_same_second_get_different_names() {
        let folder = tempfile::tempdir().unwrap();
        let first = TensorBoard::create(&folder.path().join("a/b")).unwrap();
        let second = TensorBoard::create(&folder.path().join("a/b")).unwrap();
        assert_ne!(first.path(), second.path());
    }

    #[test]
    fn a_resumed_run_marks_its_first_step() {
        let events = |global_step| {
            let mut board = TensorBoard {
                output: Vec::new(),
                path: PathBuf::new(),
            };
            let state = TrainState {
                global_step,
                ..TrainState::default()
            };
            board.on_train_begin(&state).unwrap();
            board.output.len()
        };
        // 16 bytes of frame, then time (9), step (2), session log (4).
        assert_eq!(events(5) - events(0), 16 + 9 + 2 + 4);
    }
}
