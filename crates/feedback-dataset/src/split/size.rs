//! The size of a part of a split.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::SplitError;

/// The size of a part: a fraction of all rows, or a number of rows.
///
/// In text and manifests, a number with a decimal point is a fraction, and a number without a decimal point is a count, as in
/// scikit-learn: `0.2` is a fifth, `200` means 200 rows, `0` means no rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SplitSize {
    /// A number of rows.
    Count(usize),
    /// A fraction of all rows, at least 0 and below 1; the number of rows is rounded up.
    Fraction(f64),
}

impl SplitSize {
    /// No rows.
    pub const NONE: Self = Self::Count(0);

    /// Returns the number of rows of a part of this size if there are `rows` rows in total.
    pub(crate) fn count(self, rows: usize, part: &'static str) -> Result<usize, SplitError> {
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
            return Err(self.impossible(part, reason, "choose fewer rows"));
        }
        Ok(count)
    }

    pub(crate) fn impossible(
        self,
        part: &'static str,
        reason: String,
        hint: impl Into<String>,
    ) -> SplitError {
        SplitError::Size {
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

/// The error for a text that is neither a fraction nor a count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a size, expected a fraction such as `0.2` or a count such as `200`")]
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
    fn fractions_are_rounded_up_and_counts_are_used_as_given() {
        assert_eq!(SplitSize::Fraction(0.2).count(546, "test").unwrap(), 110);
        assert_eq!(SplitSize::Fraction(0.0).count(546, "test").unwrap(), 0);
        assert_eq!(SplitSize::Count(7).count(546, "test").unwrap(), 7);
        assert_eq!(SplitSize::NONE.count(0, "test").unwrap(), 0);
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
                matches!(size.count(10, "test"), Err(SplitError::Size { .. })),
                "{size}"
            );
        }
    }

    #[test]
    fn text_and_json_round_trip() {
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
