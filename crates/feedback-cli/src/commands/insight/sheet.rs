//! The columns of a report, or of a part of the texts.

use feedback_insight::Vectors;
use feedback_report::{Input, Label, Report, ReportOptions};

use super::classify::Classified;
use super::rows::Rows;

/// The values of a field.
enum Values<'a> {
    Texts(Vec<&'a str>),
    Numbers(Vec<f64>),
}

/// What is known about each text, column by column.
pub(super) struct Sheet<'a> {
    texts: Vec<&'a str>,
    lines: Vec<u64>,
    labels: Vec<Option<Label<'a>>>,
    dates: Option<Vec<Option<i64>>>,
    fields: Vec<(&'a str, Values<'a>)>,
    vectors: Vectors,
    /// The lines that are left out, by reason.
    left_out: &'a [(String, Vec<u64>)],
}

impl<'a> Sheet<'a> {
    pub(super) fn new(rows: &'a Rows, found: &'a Classified, vectors: Vectors) -> Self {
        let fields = rows.fields.iter().map(|field| {
            let values = match &field.numbers {
                Some(numbers) => Values::Numbers(numbers.clone()),
                None => Values::Texts(field.texts()),
            };
            (field.name.as_str(), values)
        });
        Self {
            texts: rows.texts(),
            lines: rows.lines.clone(),
            labels: found.labels(),
            dates: rows.dates.as_ref().map(|dates| dates.micros.clone()),
            fields: fields.collect(),
            vectors,
            left_out: &rows.left_out,
        }
    }

    /// Some of the texts.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        fn pick<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| values[row].clone()).collect()
        }
        let fields = self.fields.iter().map(|(name, values)| {
            let values = match values {
                Values::Texts(texts) => Values::Texts(pick(texts, rows)),
                Values::Numbers(numbers) => Values::Numbers(pick(numbers, rows)),
            };
            (*name, values)
        });
        Self {
            texts: pick(&self.texts, rows),
            lines: pick(&self.lines, rows),
            labels: pick(&self.labels, rows),
            dates: self.dates.as_ref().map(|dates| pick(dates, rows)),
            fields: fields.collect(),
            vectors: self.vectors.select(rows),
            left_out: &[],
        }
    }

    pub(super) fn report(&self, options: &ReportOptions) -> feedback_report::Result<Report> {
        let mut input = Input::new(&self.texts, &self.vectors)?
            .with_lines(&self.lines)?
            .with_labels(&self.labels)?;
        if let Some(dates) = &self.dates {
            input = input.with_dates(dates)?;
        }
        for (name, values) in &self.fields {
            input = match values {
                Values::Numbers(numbers) => input.with_numbers(name, numbers)?,
                Values::Texts(texts) => input.with_field(name, texts)?,
            };
        }
        for (reason, lines) in self.left_out {
            input = input.with_left_out(reason, lines);
        }
        Report::new(&input, options)
    }
}
