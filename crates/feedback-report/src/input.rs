//! What a report is made from.

use feedback_insight::Vectors;

use crate::error::{Error, Result};

/// Where a label comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelSource {
    /// A model predicted it.
    Model,
    /// It was in the file.
    File,
}

/// The category of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label<'a> {
    /// The name of the category.
    pub name: &'a str,
    /// The model's confidence, 0 to 1; `None` if it is not known.
    pub confidence: Option<f64>,
    /// Where the label comes from.
    pub source: LabelSource,
}

/// The values of a field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Values<'a> {
    Texts(&'a [&'a str]),
    Numbers(&'a [f64]),
}

/// A field of the rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) values: Values<'a>,
}

/// Rows that are not among the texts, and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeftOut<'a> {
    pub(crate) reason: &'a str,
    pub(crate) lines: &'a [u64],
}

/// The texts of a report with everything that is known about them. All lists have one entry for each text, in the same order.
///
/// # Examples
///
/// ```
/// use feedback_insight::Vectors;
/// use feedback_report::Input;
///
/// let texts = ["It crashes", "Great"];
/// let vectors = Vectors::new(2, &[1.0, 0.0, 0.0, 1.0])?;
/// let input = Input::new(&texts, &vectors)?
///     .with_lines(&[2, 3])?
///     .with_field("Country", &["Spain", ""])?
///     .with_numbers("Stars", &[1.0, f64::NAN])?;
/// assert_eq!(input.n_texts(), 2);
/// assert!(input.with_lines(&[2]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Input<'a> {
    pub(crate) texts: &'a [&'a str],
    pub(crate) vectors: &'a Vectors,
    pub(crate) lines: Option<&'a [u64]>,
    pub(crate) dates: Option<&'a [Option<i64>]>,
    pub(crate) labels: Option<&'a [Option<Label<'a>>]>,
    pub(crate) groups: Option<&'a [usize]>,
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) left_out: Vec<LeftOut<'a>>,
}

impl<'a> Input<'a> {
    /// Takes texts and the vectors of an encoder for them.
    ///
    /// # Errors
    ///
    /// If their numbers differ.
    pub fn new(texts: &'a [&'a str], vectors: &'a Vectors) -> Result<Self> {
        same_length("vectors", vectors.n_rows(), texts.len())?;
        Ok(Self {
            texts,
            vectors,
            lines: None,
            dates: None,
            labels: None,
            groups: None,
            fields: Vec::new(),
            left_out: Vec::new(),
        })
    }

    /// The number of texts.
    pub fn n_texts(&self) -> usize {
        self.texts.len()
    }

    /// Adds the line of each text in its file, counted from 1, ascending. Without lines, texts are numbered from 1.
    ///
    /// # Errors
    ///
    /// If the length is wrong, or a line is not larger than the one before it.
    pub fn with_lines(mut self, lines: &'a [u64]) -> Result<Self> {
        self.check("lines", lines.len())?;
        if let Some(row) = (1..lines.len()).find(|&row| lines[row] <= lines[row - 1]) {
            return Err(Error::LineOrder {
                row,
                found: lines[row],
                previous: lines[row - 1],
            });
        }
        self.lines = Some(lines);
        Ok(self)
    }

    /// Adds dates: microseconds since 1970-01-01 00:00 UTC, as `feedback_text::dates::DateColumn` reads them; `None` for texts
    /// without a date. Only the day counts.
    ///
    /// # Errors
    ///
    /// If the length is wrong.
    pub fn with_dates(mut self, dates: &'a [Option<i64>]) -> Result<Self> {
        self.check("dates", dates.len())?;
        self.dates = Some(dates);
        Ok(self)
    }

    /// Adds the category of each text; `None` for texts without one.
    ///
    /// # Errors
    ///
    /// If the length is wrong, or a confidence is not between 0 and 1.
    pub fn with_labels(mut self, labels: &'a [Option<Label<'a>>]) -> Result<Self> {
        self.check("labels", labels.len())?;
        for (row, label) in labels.iter().enumerate() {
            let confidence = label.and_then(|label| label.confidence);
            if let Some(found) = confidence.filter(|found| !(0.0..=1.0).contains(found)) {
                return Err(Error::Value {
                    what: "labels".to_owned(),
                    row,
                    found,
                    expected: "a confidence from 0 to 1",
                });
            }
        }
        self.labels = Some(labels);
        Ok(self)
    }

    /// Adds the duplicate group of each text: texts of a group count as one piece of evidence. Without groups, texts that are
    /// equal after normalising are duplicates.
    ///
    /// # Errors
    ///
    /// If the length is wrong.
    pub fn with_groups(mut self, groups: &'a [usize]) -> Result<Self> {
        self.check("groups", groups.len())?;
        self.groups = Some(groups);
        Ok(self)
    }

    /// Adds a field of texts, such as countries; empty texts are missing values.
    ///
    /// # Errors
    ///
    /// If the length is wrong, or there is a field with this name.
    pub fn with_field(self, name: &'a str, values: &'a [&'a str]) -> Result<Self> {
        self.check(name, values.len())?;
        self.push(name, Values::Texts(values))
    }

    /// Adds a field of numbers, such as stars; NaN is a missing value.
    ///
    /// # Errors
    ///
    /// If the length is wrong, a value is infinite, or there is a field with this name.
    pub fn with_numbers(self, name: &'a str, values: &'a [f64]) -> Result<Self> {
        self.check(name, values.len())?;
        if let Some(row) = values.iter().position(|value| value.is_infinite()) {
            return Err(Error::Value {
                what: name.to_owned(),
                row,
                found: values[row],
                expected: "a finite number, or NaN for a row without one",
            });
        }
        self.push(name, Values::Numbers(values))
    }

    /// Adds rows of the file that are not among the texts, with the reason in a few words, such as `rows without a text`.
    #[must_use]
    pub fn with_left_out(mut self, reason: &'a str, lines: &'a [u64]) -> Self {
        self.left_out.push(LeftOut { reason, lines });
        self
    }

    fn push(mut self, name: &'a str, values: Values<'a>) -> Result<Self> {
        if self.fields.iter().any(|field| field.name == name) {
            return Err(Error::DuplicateField {
                field: name.to_owned(),
            });
        }
        self.fields.push(Field { name, values });
        Ok(self)
    }

    fn check(&self, what: &str, found: usize) -> Result<()> {
        same_length(what, found, self.texts.len())
    }

    /// The line of a row.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.lines.map_or(row as u64 + 1, |lines| lines[row])
    }

    /// The label of a row.
    pub(crate) fn label(&self, row: usize) -> Option<Label<'a>> {
        self.labels.and_then(|labels| labels[row])
    }

    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

fn same_length(what: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::LengthMismatch {
        what: what.to_owned(),
        found,
        expected,
    })
}
