//! Temporary folders in which programs run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use feedback_testkit::{Finished, Program, contents, fixture};
use serde_json::Value;
use tempfile::TempDir;

/// The working folder of a test; relative paths in command lines start here.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Creates a folder with a copy of `fixtures/tiny-bert`.
    pub(crate) fn with_model() -> Self {
        let place = Self::new();
        place.copy_model("tiny-bert");
        place
    }

    /// Creates a folder with the model, and with `train.jsonl` (80 rows), `validation.jsonl` and `test.jsonl` (16 rows each),
    /// which share no text.
    pub(crate) fn with_model_and_data() -> Self {
        let place = Self::with_model();
        let rows = feedback(14);
        place.write("train.jsonl", lines(&rows[..80]));
        place.write("validation.jsonl", lines(&rows[80..96]));
        place.write("test.jsonl", lines(&rows[96..]));
        place
    }

    pub(crate) fn copy_model(&self, name: &str) -> PathBuf {
        let folder = self.path(name);
        fs_err::create_dir_all(&folder).unwrap();
        for entry in fs_err::read_dir(fixture("tiny-bert")).unwrap() {
            let entry = entry.unwrap();
            fs_err::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs_err::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    pub(crate) fn json_lines(&self, name: &str) -> Vec<Value> {
        self.read(name)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Returns the names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs_err::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Prepares a run of `feedback` with the arguments in `line`, which starts with the name of the command.
    pub(crate) fn program(&self, line: &str) -> Program {
        Program::new(env!("CARGO_BIN_EXE_feedback"), self.folder.path()).line(line)
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
        let before = contents(self.folder.path());
        let failed = program.run().fails(code, parts);
        let after = contents(self.folder.path());
        let changed: Vec<&PathBuf> = before
            .keys()
            .chain(after.keys())
            .filter(|path| before.get(*path) != after.get(*path))
            .collect();
        assert!(changed.is_empty(), "changed {changed:?}: {failed}");
        failed
    }
}

/// Arguments for quick training; the model is written to `model`, the run to `run`.
pub(crate) const QUICK: &str = "--epochs 1 --max-length 32 --output model --run-dir run";

/// Returns the rows of a file of JSON lines, by label.
pub(crate) fn by_label(path: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for line in fs_err::read_to_string(path).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let label = row["label"].as_str().unwrap().to_owned();
        found.entry(label).or_default().push(row);
    }
    found
}

/// Returns `per_label` rows of each label from `fixtures/feedback.jsonl`, with alternating labels.
pub(crate) fn feedback(per_label: usize) -> Vec<Value> {
    let by_label = by_label(&fixture("feedback.jsonl"));
    (0..per_label)
        .flat_map(|index| by_label.values().map(move |rows| rows[index].clone()))
        .collect()
}

/// Returns the rows as JSON lines.
pub(crate) fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Returns rows with these texts and labels, as JSON lines.
pub(crate) fn labelled(rows: &[(&str, &str)]) -> String {
    rows.iter()
        .map(|(text, label)| format!("{}\n", serde_json::json!({"text": text, "label": label})))
        .collect()
}
