//! How large a part of a split is to be.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The size of a part: a fraction of the whole data, or a count of rows.
///
/// As text and in manifests a number with a decimal point is a fraction and one without is a count,
/// as in scikit-learn: `0.2` is a fifth, `200` are 200 rows, `0` is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SplitSize {
    /// So many rows.
    Count(usize),
    /// So much of the whole, at least 0 and below 1; rounded up to a whole row.
    Fraction(f64),
}

impl SplitSize {
    /// No rows at all.
    pub const NONE: Self = Self::Count(0);

    /// How many of `rows` rows this is.
    pub(crate) fn of(self, rows: usize, part: &'static str) -> Result<usize, Error> {
        let count = match self {
            Self::Count(count) => count,
            Self::Fraction(fraction) if (0.0..1.0).contains(&fraction) => {
                (fraction * rows as f64).ceil() as usize
            }
            Self::Fraction(_) => {
                let hint = "a size is a fraction such as 0.2, or a count of rows such as 200";
                return Err(self.impossible(
                    part,
                    "a fraction must be at least 0 and below 1".to_string(),
                    hint,
                ));
            }
        };
        if count > 0 && count >= rows {
            let reason = format!("there are {rows} rows, and training needs some of them");
            return Err(self.impossible(part, reason, "ask for fewer rows"));
        }
        Ok(count)
    }

    pub(crate) fn impossible(self, part: &'static str, reason: String, hint: impl Into<String>) -> Error {
        Error::SplitSize {
            part,
            size: self.to_string(),
            reason,
            hint: hint.into(),
        }
    }
}

impl fmt::Display for SplitSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            // `{:?}` keeps the decimal point of 1.0.
            Self::Fraction(fraction) => write!(f, "{fraction:?}"),
        }
    }
}

/// A text that is neither a fraction nor a count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no size, expected a fraction such as `0.2` or a count such as `200`")]
pub struct ParseSplitSizeError(pub String);

impl FromStr for SplitSize {
    type Err = ParseSplitSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || ParseSplitSizeError(text.to_string());
        if let Ok(count) = text.parse() {
            return Ok(Self::Count(count));
        }
        let fraction: f64 = text.parse().map_err(|_| bad())?;
        if (0.0..1.0).contains(&fraction) {
            Ok(Self::Fraction(fraction))
        } else {
            Err(bad())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_rounded_up_and_counts_taken_as_they_are() {
        assert_eq!(SplitSize::Fraction(0.2).of(546, "test").unwrap(), 110);
        assert_eq!(SplitSize::Fraction(0.0).of(546, "test").unwrap(), 0);
        assert_eq!(SplitSize::Count(7).of(546, "test").unwrap(), 7);
        assert_eq!(SplitSize::NONE.of(0, "test").unwrap(), 0);
    }

    #[test]
    fn impossible_sizes_are_errors() {
        for size in [
            SplitSize::Fraction(1.0),
            SplitSize::Fraction(-0.1),
            SplitSize::Fraction(f64::NAN),
            SplitSize::Count(10),
            SplitSize::Fraction(0.999),
        ] {
            assert!(
                matches!(size.of(10, "test"), Err(Error::SplitSize { .. })),
                "{size}"
            );
        }
    }

    #[test]
    fn text_and_json_read_back() {
        for (text, size) in [
            ("0.2", SplitSize::Fraction(0.2)),
            ("200", SplitSize::Count(200)),
            ("0", SplitSize::NONE),
            ("0.0", SplitSize::Fraction(0.0)),
        ] {
            assert_eq!(text.parse(), Ok(size));
            assert_eq!(size.to_string(), text);
            assert_eq!(serde_json::from_str::<SplitSize>(text).unwrap(), size);
            assert_eq!(serde_json::to_string(&size).unwrap(), text);
        }
        for text in ["", "x", "1.0", "-1", "-0.5", "nan", "inf", "20%"] {
            assert!(text.parse::<SplitSize>().is_err(), "{text}");
        }
    }
}
