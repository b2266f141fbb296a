//! Temporary folders in which programs run.

use std::ops::Deref;

use feedback_testkit::recipes;
pub(crate) use feedback_testkit::recipes::{QUICK, feedback, labelled, lines};
use feedback_testkit::{Finished, Program};

/// The working folder of a test; relative paths in command lines start here.
pub(crate) struct Place(recipes::Place);

impl Deref for Place {
    type Target = recipes::Place;

    fn deref(&self) -> &recipes::Place {
        &self.0
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(recipes::Place::new())
    }

    /// Creates a folder with a copy of `fixtures/tiny-bert`.
    pub(crate) fn with_model() -> Self {
        Self(recipes::Place::with_model())
    }

    /// Creates a folder with the model and data; see [`recipes::Place::with_model_and_data`].
    pub(crate) fn with_model_and_data() -> Self {
        Self(recipes::Place::with_model_and_data())
    }

    /// Prepares a run of `feedback` with the arguments in `line`, which starts with the name of the command.
    pub(crate) fn program(&self, line: &str) -> Program {
        Program::new(env!("CARGO_BIN_EXE_feedback"), self.folder()).line(line)
    }

    /// Runs a command, which must succeed.
    pub(crate) fn run(&self, line: &str) -> Finished {
        self.program(line).run().code(0)
    }

    /// Runs a command, which must fail with the exit code `code`, all `parts` in its message and a hint, and must not change
    /// any file.
    pub(crate) fn refuses(&self, line: &str, code: i32, parts: &[&str]) -> Finished {
        self.program_refuses(self.program(line), code, parts)
    }

    pub(crate) fn program_refuses(&self, program: Program, code: i32, parts: &[&str]) -> Finished {
        self.unchanged(|| program.run().fails(code, parts))
    }
}
