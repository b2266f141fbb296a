//! The lines that the rows of a converted upload had in the upload, in a file beside it, so that rows that are set aside later are found
//! in the upload. In a spreadsheet, the lines are rows of the sheet.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::num::ParseIntError;
use std::path::{Path, PathBuf};

use crate::error::Result;

/// What the name of the file with the lines ends with, after the name of the converted file.
const ENDING: &str = ".lines";

/// Returns where the lines of a stored file are, if there are any.
pub(crate) fn lines_beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ENDING);
    name.into()
}

/// Removes a stored file and its lines; it is no error if they are gone.
pub(crate) fn remove_upload(file: &Path) -> std::io::Result<()> {
    for path in [file, &lines_beside(file)] {
        match fs_err::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The line of each row; empty if each row has the line of its number.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Lines(Vec<u64>);

impl Lines {
    /// Notes the line of the next row.
    pub(super) fn push(&mut self, line: u64) {
        self.0.push(line);
    }

    /// Writes the lines beside the file, unless each row has the line of its number.
    pub(super) fn write(&self, file: &Path) -> Result<()> {
        if self.0.iter().zip(1..).all(|(&line, number)| line == number) {
            return Ok(());
        }
        let mut text = String::with_capacity(8 * self.0.len());
        for line in &self.0 {
            let _ = writeln!(text, "{line}"); // a string takes everything
        }
        fs_err::write(lines_beside(file), text)?;
        Ok(())
    }

    /// Reads the lines beside a file.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let path = lines_beside(file);
        let text = match fs_err::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            read => read?,
        };
        let lines: std::result::Result<Vec<u64>, _> = text.lines().map(str::parse).collect();
        let damaged = |error: ParseIntError| {
            let reason = format!(
                "`{}` is damaged: expected a number in each line: {error}",
                path.display()
            );
            std::io::Error::new(ErrorKind::InvalidData, reason)
        };
        Ok(Self(lines.map_err(damaged)?))
    }

    /// Returns the line of a row in the upload. `number` counts rows from 0; `line` is its line in the stored file.
    pub(super) fn of(&self, number: i64, line: u64) -> u64 {
        let found = usize::try_from(number).ok().and_then(|number| self.0.get(number));
        found.copied().unwrap_or(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_only_where_they_differ() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a1.table-59");
        Lines(vec![1, 2, 3]).write(&file).unwrap();
        assert!(!lines_beside(&file).exists());
        assert_eq!(Lines::read(&file).unwrap().of(1, 2), 2);
        let lines = Lines(vec![2, 5]);
        lines.write(&file).unwrap();
        let read = Lines::read(&file).unwrap();
        assert_eq!((read.of(0, 1), read.of(1, 2), read.of(2, 3)), (2, 5, 3));
        assert_eq!(read, lines);
        fs_err::write(lines_beside(&file), "2\nfive\n").unwrap();
        let error = Lines::read(&file).unwrap_err().to_string();
        assert!(error.contains("a1.table-59.lines` is damaged"), "{error}");
    }
}
