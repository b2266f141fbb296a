//! Reads the golden files and compares each case with its line.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The tolerance of numbers: absolute for numbers up to 1, relative for larger ones.
const TOLERANCE: f64 = 1e-12;

pub(super) fn read(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/metrics");
    fs_err::read_to_string(folder.join(name)).expect("a golden file of the repository")
}

/// One line of a golden file: the number of the case and its expected values.
pub(super) struct Expected {
    pub(super) case: u64,
    columns: BTreeMap<String, String>,
    seen: Vec<String>,
}

/// The lines of a golden file.
pub(super) fn expected(name: &str) -> Vec<Expected> {
    let text = read(name);
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let columns: Vec<&str> = lines.next().expect("column names").split('\t').collect();
    let parse = |line: &str| {
        let fields = line.split('\t').map(str::to_owned);
        let mut columns: BTreeMap<String, String> =
            columns.iter().map(|&name| name.to_owned()).zip(fields).collect();
        let case = columns.remove("case").expect("a case number");
        Expected {
            case: case.parse().expect("a case number"),
            columns,
            seen: Vec::new(),
        }
    };
    lines.map(parse).collect()
}

impl Expected {
    /// Compares one number with its column; NaN agrees only with NaN. If the column has `-`, nothing is compared.
    pub(super) fn number(&mut self, column: &str, found: f64) {
        self.number_within(column, found, TOLERANCE);
    }

    pub(super) fn number_within(&mut self, column: &str, found: f64, tolerance: f64) {
        let text = self.column(column);
        if text == "-" {
            return;
        }
        let expected: f64 = text.parse().expect("a number");
        let agrees = if expected.is_finite() {
            (found - expected).abs() <= tolerance * expected.abs().max(1.0)
        } else {
            found == expected || (found.is_nan() && expected.is_nan())
        };
        let case = self.case;
        assert!(agrees, "case {case}, {column}: found {found:?}, expected {text}");
    }

    /// Compares a hash with its column.
    pub(super) fn hash(&mut self, column: &str, found: u32, what: &str) {
        let expected = self.column(column);
        let case = self.case;
        assert_eq!(
            format!("{found:08x}"),
            expected,
            "case {case}, {column} of:\n{what}"
        );
    }

    /// Checks that every column was compared.
    pub(super) fn finish(self) {
        let left: Vec<&String> = self
            .columns
            .keys()
            .filter(|column| !self.seen.contains(column))
            .collect();
        assert!(left.is_empty(), "columns that were not compared: {left:?}");
    }

    fn column(&mut self, name: &str) -> String {
        self.seen.push(name.to_owned());
        self.columns[name].clone()
    }
}

/// FNV-1a with 32 bits.
pub(super) fn fnv(bytes: impl IntoIterator<Item = u8>) -> u32 {
    let step = |value: u32, byte: u8| (value ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    bytes.into_iter().fold(0x811C_9DC5, step)
}

/// The hash of all bits of the numbers; all NaN values count as the same bits.
pub(super) fn fnv_numbers(numbers: impl IntoIterator<Item = f64>) -> u32 {
    let bits = |number: f64| {
        if number.is_nan() {
            0x7FF8_0000_0000_0000
        } else {
            number.to_bits()
        }
    };
    fnv(numbers.into_iter().flat_map(|number| bits(number).to_le_bytes()))
}

/// Combines the numbers of all classes into one: Σ (1 + c/8) x_c, where NaN counts as −7.
pub(super) fn projected(values: &[f64]) -> f64 {
    let term = |(class, &value): (usize, &f64)| {
        (1.0 + class as f64 / 8.0) * if value.is_nan() { -7.0 } else { value }
    };
    values.iter().enumerate().map(term).sum()
}

/// Returns the report texts that are stored in full, by name; the others are stored only as hashes.
pub(super) fn reports() -> BTreeMap<String, String> {
    let text = read("reports.txt");
    let parts = text.split("=== ").skip(1);
    let pairs = parts.filter_map(|part| part.split_once('\n'));
    pairs
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}
