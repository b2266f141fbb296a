//! Starts, kills and stops `serve`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use feedback_testkit::fixture;

/// A running `serve`, killed on drop.
pub(crate) struct Serve {
    child: Child,
    pub(crate) addr: String,
}

impl Serve {
    /// Starts `serve` with the tiny model, and waits until it listens.
    pub(crate) fn start(state_dir: &Path) -> Self {
        Self::start_with(state_dir, &[])
    }

    /// Starts `serve` with the tiny model and more arguments.
    pub(crate) fn start_with(state_dir: &Path, more: &[&str]) -> Self {
        Self::start_model(&fixture("tiny-bert"), state_dir, more)
    }

    /// Starts `serve` with any model and more arguments.
    pub(crate) fn start_model(model: &Path, state_dir: &Path, more: &[&str]) -> Self {
        let mut serve = command();
        serve
            .arg("--model")
            .arg(model)
            .arg("--state-dir")
            .arg(state_dir)
            .args(["--addr", "127.0.0.1:0", "--rate-limit", "0", "--log", "error"])
            .args(more);
        Self::started(&mut serve)
    }

    /// Like [`Serve::start_with`], for other formats of the lines on standard error: returns also what reads them until the server ends.
    pub(crate) fn start_and_read(state_dir: &Path, more: &[&str]) -> (Self, JoinHandle<Vec<String>>) {
        let mut serve = command();
        serve
            .arg("--model")
            .arg(fixture("tiny-bert"))
            .arg("--state-dir")
            .arg(state_dir)
            .args(["--addr", "127.0.0.1:0"])
            .args(more);
        let mut child = serve.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut read = Vec::new();
        let sign = "listening on http://";
        let addr = loop {
            let line = lines.next().unwrap_or_else(|| panic!("`serve` ended"));
            read.push(line.clone());
            if let Some((_, addr)) = line.split_once(sign) {
                break addr.split('"').next().unwrap().to_owned();
            }
        };
        let rest = std::thread::spawn(move || {
            read.extend(lines);
            read
        });
        (Self { child, addr }, rest)
    }

    fn started(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let addr = loop {
            let Some(Ok(line)) = lines.next() else {
                panic!("`serve` ended: {said}");
            };
            if let Some(addr) = line.strip_prefix("listening on http://") {
                break addr.to_owned();
            }
            said += &(line + "\n");
        };
        // Keeps reading, so that the server never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, addr }
    }

    /// Starts `feedback demo`, and waits until it listens.
    pub(crate) fn start_demo(state_dir: &Path) -> Self {
        let mut demo = feedback();
        demo.arg("demo")
            .arg("--state-dir")
            .arg(state_dir)
            .args(["--addr", "127.0.0.1:0"]);
        Self::started(&mut demo)
    }

    /// Returns the process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process with SIGKILL, which simulates a power failure.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM; returns the exit status and the time until the process ended.
    pub(crate) fn terminate(mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, began.elapsed());
            }
            assert!(began.elapsed() < Duration::from_secs(30), "`serve` does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // Fails only if the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `serve`, without settings from the environment.
pub(crate) fn command() -> Command {
    without_settings(env!("CARGO_BIN_EXE_serve"))
}

/// `feedback`, without settings from the environment.
pub(crate) fn feedback() -> Command {
    without_settings(env!("CARGO_BIN_EXE_feedback"))
}

fn without_settings(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FEEDBACK_") {
            command.env_remove(name);
        }
    }
    command
}
