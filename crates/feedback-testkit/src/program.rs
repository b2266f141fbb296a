//! Runs a program as a user does, and checks its result.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A run of a program that is being prepared. The program does not get the `FEEDBACK_…` environment variables
/// of the test.
#[derive(Debug)]
pub struct Program {
    command: Command,
    input: Vec<u8>,
}

impl Program {
    /// Prepares a run of the program at `path`, with `folder` as the working folder.
    pub fn new(path: impl AsRef<OsStr>, folder: &Path) -> Self {
        let mut command = Command::new(path);
        command.current_dir(folder).env_remove("RUST_BACKTRACE");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("FEEDBACK_") {
                command.env_remove(name);
            }
        }
        Self {
            command,
            input: Vec::new(),
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Splits `line` at white space and adds the parts as arguments. Quotes have no special meaning.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        self.command.args(line.split_whitespace());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets standard input; without this call, it is empty.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Returns the underlying command.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Runs the program until it exits.
    ///
    /// # Panics
    ///
    /// If the program cannot be started, is killed by a signal, or panics. No input may cause a panic.
    #[expect(
        clippy::expect_used,
        reason = "a test that cannot start its program cannot continue"
    )]
    pub fn run(mut self) -> Finished {
        let call = format!("{:?}", self.command);
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        let input = self.input;
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input); // a program may exit without reading all of its input
        });
        let output = child.wait_with_output().expect("the program exits");
        writer.join().expect("the input was passed on");
        let finished = Finished {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            call,
        };
        assert!(
            finished.code.is_some(),
            "killed by a signal ({}): {finished}",
            output.status
        );
        assert!(!finished.stderr.contains("panicked"), "{finished}");
        finished
    }
}

/// The result of a run.
#[derive(Debug)]
pub struct Finished {
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    call: String,
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}\ncode {:?}\nstdout:\n{}\nstderr:\n{}",
            self.call, self.code, self.stdout, self.stderr
        )
    }
}

impl Finished {
    /// Asserts the exit code.
    ///
    /// # Panics
    ///
    /// If the exit code differs.
    #[must_use]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, Some(expected), "{self}");
        self
    }

    /// Asserts that standard error contains each of `parts`.
    ///
    /// # Panics
    ///
    /// If a part is missing.
    pub fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is missing: {self}");
        }
        self
    }

    /// Asserts that the program failed with a helpful message: the exit code is `code`, standard output is
    /// empty, and standard error contains exactly one `error:` line, each of `parts`, and a hint.
    ///
    /// # Panics
    ///
    /// If one of these conditions is not met.
    pub fn fails(self, code: i32, parts: &[&str]) -> Self {
        let failed = self.code(code).says(parts);
        assert_eq!(failed.stdout, "", "output of a failed call: {failed}");
        assert_eq!(
            failed
                .stderr
                .lines()
                .filter(|line| line.starts_with("error: "))
                .count(),
            1,
            "{failed}"
        );
        let hints = ["\nhint: ", "--help", "possible values"];
        assert!(
            hints.iter().any(|hint| failed.stderr.contains(hint)),
            "no hint: {failed}"
        );
        failed
    }

    /// Parses standard output as one JSON document.
    ///
    /// # Panics
    ///
    /// If standard output is not a JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| unreadable(&error, self))
    }

    /// Parses standard output as one JSON value per line.
    ///
    /// # Panics
    ///
    /// If a line is not a JSON value.
    pub fn json_lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| unreadable(&error, self));
        self.stdout.lines().map(parse).collect()
    }
}

#[expect(clippy::panic, reason = "this is how a test fails")]
fn unreadable(error: &serde_json::Error, finished: &Finished) -> Value {
    panic!("standard output is not JSON, {error}: {finished}")
}

/// Returns all files below a folder with their bytes, and all empty folders with `None`, by relative path. If nothing was
/// changed between two calls, their results are equal.
///
/// # Panics
///
/// If a file or folder cannot be read.
pub fn contents(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    collect(folder, Path::new(""), &mut found);
    found
}

#[expect(
    clippy::expect_used,
    reason = "a test that cannot read its own folder cannot continue"
)]
fn collect(folder: &Path, below: &Path, found: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
    let entries = fs_err::read_dir(folder).expect("the folder is readable");
    let mut is_empty = true;
    for entry in entries {
        let entry = entry.expect("the folder is readable");
        is_empty = false;
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            collect(&entry.path(), &name, found);
        } else {
            found.insert(
                name,
                Some(fs_err::read(entry.path()).expect("the file is readable")),
            );
        }
    }
    if is_empty {
        found.insert(below.to_owned(), None);
    }
}
