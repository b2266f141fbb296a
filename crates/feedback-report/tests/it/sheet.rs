//! The spreadsheets in fixtures, read as a program would read them.

use std::collections::BTreeMap;

use feedback_insight::Vectors;
use feedback_report::{Input, Label, LabelSource, Report, ReportOptions};
use feedback_testkit::{fixture, fixture_json};
use feedback_text::dates::DateColumn;

/// A spreadsheet with the vectors and labels of its texts.
pub(crate) struct Sheet {
    pub(crate) lines: Vec<u64>,
    pub(crate) texts: Vec<String>,
    pub(crate) dates: Vec<Option<i64>>,
    pub(crate) stars: Vec<f64>,
    /// Answers from 0 to 10 and hours, made up from the stars and the rows.
    pub(crate) numbers: Vec<(String, Vec<f64>)>,
    pub(crate) labels: Vec<String>,
    /// Country, version, plan, device, reviewer and title.
    pub(crate) fields: Vec<(String, Vec<String>)>,
    pub(crate) vectors: Vectors,
}

impl Sheet {
    pub(crate) fn read(name: &str) -> Self {
        let mut reader = csv::Reader::from_path(fixture(name)).unwrap();
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let column = |name: &str| -> Vec<String> {
            let place = header.iter().position(|found| found == name).unwrap();
            records.iter().map(|record| record[place].to_owned()).collect()
        };
        let texts = column("Review");
        let fields = ["Reviewer", "Title", "Country", "App version", "Plan", "Device"];
        let labels = fixture_json("golden/report/labels.json");
        let label = |label: &serde_json::Value| label.as_str().unwrap().to_owned();
        let dates = column("Date");
        let stars: Vec<f64> = column("Stars")
            .iter()
            .map(|stars| stars.parse().unwrap_or(f64::NAN))
            .collect();
        let recommend = stars.iter().map(|stars| 2.0 * stars).collect();
        let hours = |row: usize| {
            if row.is_multiple_of(5) {
                f64::NAN
            } else {
                (row * 7 % 50) as f64
            }
        };
        let hours = (0..stars.len()).map(hours).collect();
        Self {
            numbers: vec![("Recommend".to_owned(), recommend), ("Hours".to_owned(), hours)],
            lines: records
                .iter()
                .map(|record| record.position().unwrap().line())
                .collect(),
            vectors: vectors(&texts, "vectors", "reviews.csv", 3),
            texts,
            dates: DateColumn::from_values(dates.iter().map(String::as_str), None).micros,
            stars,
            labels: labels[name].as_array().unwrap().iter().map(label).collect(),
            fields: fields.map(|field| (field.to_owned(), column(field))).to_vec(),
        }
    }

    /// Calls `run` with the sheet as input of a report; its labels are said to be a model's.
    pub(crate) fn with<T>(&self, run: impl FnOnce(&Input<'_>) -> T) -> T {
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let labels: Vec<Option<Label<'_>>> = self.labels.iter().map(|name| Some(label(name))).collect();
        let fields: Vec<Vec<&str>> = self
            .fields
            .iter()
            .map(|(_, values)| values.iter().map(String::as_str).collect())
            .collect();
        let mut input = Input::new(&texts, &self.vectors)
            .and_then(|input| input.with_lines(&self.lines))
            .and_then(|input| input.with_dates(&self.dates))
            .and_then(|input| input.with_labels(&labels))
            .and_then(|input| input.with_numbers("Stars", &self.stars))
            .unwrap();
        for (name, values) in &self.numbers {
            input = input.with_numbers(name, values).unwrap();
        }
        for ((name, _), values) in self.fields.iter().zip(&fields) {
            input = input.with_field(name, values).unwrap();
        }
        run(&input.with_left_out("rows without a text", &[]))
    }

    pub(crate) fn report(&self, options: &ReportOptions) -> Report {
        self.with(|input| Report::new(input, options).unwrap())
    }
}

fn label(name: &str) -> Label<'_> {
    Label {
        name,
        confidence: Some(0.9),
        source: LabelSource::Model,
    }
}

/// The vectors of texts that are in a column of a file, from `golden/report`.
pub(crate) fn vectors(texts: &[String], golden: &str, file: &str, column: usize) -> Vectors {
    let n_columns = fixture_json(&format!("golden/report/{golden}.json"))["n_columns"]
        .as_u64()
        .unwrap() as usize;
    let mut reader = csv::Reader::from_path(fixture(file)).unwrap();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for record in reader.records().map(Result::unwrap) {
        let next = places.len();
        places.entry(record[column].to_owned()).or_insert(next);
    }
    let bytes = fs_err::read(fixture(&format!("golden/report/{golden}.f16"))).unwrap();
    assert_eq!(bytes.len(), 2 * n_columns * places.len());
    let row = |text: &String| {
        bytes[2 * n_columns * places[text]..]
            .chunks_exact(2)
            .take(n_columns)
    };
    let values: Vec<f32> = texts
        .iter()
        .flat_map(row)
        .map(|pair| half([pair[0], pair[1]]))
        .collect();
    Vectors::new(n_columns, &values).unwrap()
}

/// The value of a 16-bit float that is finite.
fn half(bytes: [u8; 2]) -> f32 {
    let bits = u16::from_le_bytes(bytes);
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    if exponent == 0 {
        sign * fraction * 2_f32.powi(-24)
    } else {
        sign * (1.0 + fraction / 1024.0) * 2_f32.powi(exponent - 15)
    }
}
