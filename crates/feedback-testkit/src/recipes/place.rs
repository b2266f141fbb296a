//! Temporary folders with data and models.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::rows::{feedback, lines};
use crate::{contents, fixture};

/// A temporary folder of a test. Names of files are relative to it.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    /// Creates an empty folder.
    ///
    /// # Panics
    ///
    /// If the folder cannot be created. The other functions panic if a file cannot be read or written.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Creates a folder with a copy of `fixtures/tiny-bert`.
    pub fn with_model() -> Self {
        let place = Self::new();
        place.copy_model("tiny-bert");
        place
    }

    /// Creates a folder with the model, and with `train.jsonl` (80 rows), `validation.jsonl` and `test.jsonl` (16 rows each),
    /// which share no text.
    pub fn with_model_and_data() -> Self {
        let place = Self::with_model();
        let rows = feedback(14);
        place.write("train.jsonl", lines(&rows[..80]));
        place.write("validation.jsonl", lines(&rows[80..96]));
        place.write("test.jsonl", lines(&rows[96..]));
        place
    }

    /// Copies `fixtures/tiny-bert` to the folder `name`, and returns its path.
    pub fn copy_model(&self, name: &str) -> PathBuf {
        let folder = self.path(name);
        fs_err::create_dir_all(&folder).unwrap();
        for entry in fs_err::read_dir(fixture("tiny-bert")).unwrap() {
            let entry = entry.unwrap();
            fs_err::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        folder
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the path of a file or folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs_err::write(self.path(name), bytes).unwrap();
    }

    /// Writes `train.jsonl`, `validation.jsonl` and `test.jsonl` with 480, 24 and 24 rows: so many that token n-grams are better than the
    /// vectors of an untrained encoder.
    pub fn write_many_rows(&self) {
        let rows = feedback(66);
        self.write("train.jsonl", lines(&rows[..480]));
        self.write("validation.jsonl", lines(&rows[480..504]));
        self.write("test.jsonl", lines(&rows[504..]));
    }

    /// Reads a file of text.
    pub fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.path(name)).unwrap()
    }

    /// Reads a file as bytes.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs_err::read(self.path(name)).unwrap()
    }

    /// Reads a JSON file.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Reads a file of JSON lines.
    pub fn json_lines(&self, name: &str) -> Vec<Value> {
        self.read(name)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Returns the names in a folder, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs_err::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Removes a folder with all that is in it.
    pub fn remove(&self, folder: &str) {
        fs_err::remove_dir_all(self.path(folder)).unwrap();
    }

    /// Asserts that `act` changes no file, and returns what it returns.
    ///
    /// # Panics
    ///
    /// If a file or folder was added, removed or changed.
    pub fn unchanged<T>(&self, act: impl FnOnce() -> T) -> T {
        let before = contents(self.folder());
        let result = act();
        let after = contents(self.folder());
        let changed: Vec<&PathBuf> = before
            .keys()
            .chain(after.keys())
            .filter(|path| before.get(*path) != after.get(*path))
            .collect();
        assert!(changed.is_empty(), "changed {changed:?}");
        result
    }
}
