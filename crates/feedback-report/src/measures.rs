//! Measures: numbers, besides the rating, that a report compares by their means, scores or shares.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::input::{Input, Values};

/// What is computed from the numbers of a field.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MeasureKind {
    /// Their mean.
    Mean,
    /// The net promoter score of answers from 0 to 10: the percentage of 9 and 10 minus the percentage of 0 to 6; −100 to 100.
    ///
    /// # References
    ///
    /// Reichheld 2003, "The one number you need to grow".
    NetPromoterScore,
    /// The share of values of at most this number, such as first replies within 24 hours.
    AtMost(f64),
    /// The share of values of at least this number.
    AtLeast(f64),
    /// The share of yes in a field that has 1 for yes and 0 for no.
    Yes,
}

/// A field of numbers, and what is computed from it: the net promoter score, a mean, or a service level.
///
/// ```
/// use feedback_report::{Measure, MeasureKind};
///
/// let measure: Measure = "First reply (hours) <= 24".parse()?;
/// assert_eq!(measure, Measure::new("First reply (hours)", MeasureKind::AtMost(24.0)));
/// assert_eq!("Price".parse::<Measure>()?, Measure::new("Price", MeasureKind::Mean));
/// # Ok::<(), feedback_report::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measure {
    /// The name of the field.
    pub field: String,
    /// What is computed.
    pub kind: MeasureKind,
}

impl Measure {
    /// The field name that stands for the model's confidence in its category, unless the texts have a field of this name.
    pub const CONFIDENCE: &'static str = "confidence";

    /// Creates a measure that computes `kind` from the values of `field`.
    pub fn new(field: &str, kind: MeasureKind) -> Self {
        Self {
            field: field.to_owned(),
            kind,
        }
    }

    /// What the measure is called in sentences.
    pub(crate) fn words(&self) -> String {
        let field = &self.field;
        match self.kind {
            MeasureKind::Mean | MeasureKind::NetPromoterScore => field.clone(),
            MeasureKind::Yes => format!("“{field}”"),
            MeasureKind::AtMost(limit) => format!("{field} of at most {limit}"),
            MeasureKind::AtLeast(limit) => format!("{field} of at least {limit}"),
        }
    }

    /// Converts a value of the field to the number that is averaged, such as 1 or 0 for a limit; NaN stays NaN.
    fn value(&self, value: f64) -> f64 {
        let yes = |holds: bool| f64::from(u8::from(holds));
        match self.kind {
            _ if value.is_nan() => value,
            MeasureKind::Mean => value,
            MeasureKind::NetPromoterScore => 100.0 * (yes(value >= 9.0) - yes(value <= 6.0)),
            MeasureKind::AtMost(limit) => yes(value <= limit),
            MeasureKind::AtLeast(limit) => yes(value >= limit),
            MeasureKind::Yes => yes(value == 1.0),
        }
    }

    /// Why the field is used, in words.
    pub(crate) fn reason(&self) -> &'static str {
        match self.kind {
            MeasureKind::Mean => "its mean is compared",
            MeasureKind::NetPromoterScore => "its net promoter score is compared",
            MeasureKind::Yes => "its share of “yes” is compared",
            MeasureKind::AtMost(_) | MeasureKind::AtLeast(_) => {
                "the share of its values within a limit is compared"
            }
        }
    }

    /// Returns the numbers of the measure, NaN for texts without one; `None` if there is no such field.
    ///
    /// # Errors
    ///
    /// If the field has texts instead of numbers, if an answer for a net promoter score is not a whole number from 0 to 10, or if a value
    /// of a field of yes and no is neither 1 nor 0.
    pub(crate) fn values(&self, input: &Input<'_>) -> Result<Option<Vec<f64>>> {
        match input.field(&self.field).map(|field| input.fields[field].values) {
            Some(Values::Numbers(values)) => {
                self.check(values)?;
                Ok(Some(values.iter().map(|&value| self.value(value)).collect()))
            }
            Some(Values::Texts(_)) => Err(Error::MeasureIsText {
                field: self.field.clone(),
            }),
            None if self.field == Self::CONFIDENCE && self.kind != MeasureKind::NetPromoterScore => {
                let confidence = |row| {
                    input
                        .label(row)
                        .and_then(|label| label.confidence)
                        .unwrap_or(f64::NAN)
                };
                Ok(Some(
                    (0..input.n_texts())
                        .map(|row| self.value(confidence(row)))
                        .collect(),
                ))
            }
            None => Ok(None),
        }
    }

    /// Checks that answers for a net promoter score are whole numbers from 0 to 10, and that values of a field of yes and no are 1 or 0.
    fn check(&self, values: &[f64]) -> Result<()> {
        let (fits, expected): (fn(f64) -> bool, _) = match self.kind {
            MeasureKind::NetPromoterScore => (
                |value| (0.0..=10.0).contains(&value) && value.fract() == 0.0,
                "a whole number from 0 to 10, or NaN for a row without one",
            ),
            MeasureKind::Yes => (
                |value| value == 0.0 || value == 1.0,
                "1 for yes, 0 for no, or NaN for a row without one",
            ),
            _ => return Ok(()),
        };
        match values.iter().position(|&value| !value.is_nan() && !fits(value)) {
            Some(row) => Err(Error::Value {
                what: self.field.clone(),
                row,
                found: values[row],
                expected,
            }),
            None => Ok(()),
        }
    }
}

impl FromStr for Measure {
    type Err = Error;

    /// Parses `NAME`, `NAME<=NUMBER`, `NAME>=NUMBER` or `NAME=yes`.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::Option {
            option: "measures",
            found: text.to_owned(),
            expected: "the name of a field, alone, or with `<=24`, `>=4` or `=yes`",
        };
        type Limited = fn(f64) -> MeasureKind;
        let signs: [(&str, Limited); 2] = [("<=", MeasureKind::AtMost), (">=", MeasureKind::AtLeast)];
        let found = signs
            .iter()
            .find_map(|(sign, kind)| Some((text.rsplit_once(sign)?, kind)));
        let (field, kind) = match found {
            None => match text.rsplit_once('=') {
                Some((field, yes)) if yes.trim().eq_ignore_ascii_case("yes") => (field, MeasureKind::Yes),
                _ => (text, MeasureKind::Mean),
            },
            Some(((field, limit), kind)) => {
                let limit: f64 = limit.trim().replace(',', ".").parse().map_err(|_| wrong())?;
                (field, kind(limit))
            }
        };
        let is_finite =
            !matches!(kind, MeasureKind::AtMost(limit) | MeasureKind::AtLeast(limit) if !limit.is_finite());
        let field = field.trim();
        (is_finite && !field.is_empty())
            .then(|| Self::new(field, kind))
            .ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_parsed() {
        let parse = |text: &str| text.parse::<Measure>();
        assert_eq!(
            parse(" a b>=4.5").unwrap(),
            Measure::new("a b", MeasureKind::AtLeast(4.5))
        );
        assert_eq!(
            parse("a<=b<=-1").unwrap(),
            Measure::new("a<=b", MeasureKind::AtMost(-1.0))
        );
        assert_eq!(
            parse("Answered =yes").unwrap(),
            Measure::new("Answered", MeasureKind::Yes)
        );
        for wrong in ["", " ", "=yes", "<=3", "a<=", "a<=x", "a<=NaN", "a>=inf"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn promoters_count_up_and_detractors_down() {
        let score = Measure::new("NPS", MeasureKind::NetPromoterScore);
        assert_eq!(
            [10.0, 9.0, 8.0, 7.0, 6.0, 0.0].map(|value| score.value(value)),
            [100.0, 100.0, 0.0, 0.0, -100.0, -100.0]
        );
        assert!(score.value(f64::NAN).is_nan());
        assert!(score.check(&[0.0, 10.0, f64::NAN]).is_ok());
        for wrong in [[11.0], [-1.0], [7.5]] {
            assert!(score.check(&wrong).is_err());
        }
        let within = Measure::new("hours", MeasureKind::AtMost(24.0));
        assert_eq!([24.0, 24.1].map(|value| within.value(value)), [1.0, 0.0]);
    }
}
