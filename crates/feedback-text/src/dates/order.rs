//! Whether the day or the month comes first.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whether the day or the month comes first in dates such as `03/05/2025`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// `03/05/2025` is the third of May.
    DayFirst,
    /// `03/05/2025` is the fifth of March.
    MonthFirst,
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
        })
    }
}

/// The error for an unknown order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown order `{0}`, expected `day-first` or `month-first`")]
pub struct UnknownDateOrder(pub String);

impl FromStr for DateOrder {
    type Err = UnknownDateOrder;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "day-first" => Ok(Self::DayFirst),
            "month-first" => Ok(Self::MonthFirst),
            _ => Err(UnknownDateOrder(name.to_string())),
        }
    }
}

/// What is known about the order of day and month in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundOrder {
    /// No date needs it.
    NotNeeded,
    /// The caller stated it.
    Stated(DateOrder),
    /// It follows from dates that are possible in only one order, such as `25/03/2025`, or from dots (`05.03.2025`), with which the day
    /// is written first.
    Found(DateOrder),
    /// All dates that need it are possible in both orders.
    Ambiguous,
    /// Some dates are possible only in one order, and others only in the other.
    Contradictory,
}
