//! Columns of dates.

use crate::dates::form::{Form, SEPARATORS};
use crate::dates::order::{DateOrder, FoundOrder};
use crate::dates::parse::parse;

/// What a value of a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateValue {
    /// The value is empty.
    Empty,
    /// Microseconds since 1970-01-01 00:00 UTC.
    Instant(i64),
    /// A date that is another one if the month comes first, and the order is not known.
    Ambiguous,
    /// The value is not a date in a known form.
    Unreadable,
}

/// Finds the order of day and month from the values of a column, which are added one at a time.
#[derive(Debug, Clone, Default)]
pub struct DateScan {
    /// For each separator: the number of dates that are possible only with the day first, only with the month first, and with both.
    counts: [[u64; 3]; SEPARATORS.len()],
}

impl DateScan {
    /// Starts without values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    pub fn add(&mut self, value: &str) {
        self.add_form(parse(value));
    }

    fn add_form(&mut self, form: Form) {
        let Form::Ordered(date) = form else { return };
        let counts = &mut self.counts[date.separator];
        match date.instants() {
            [Some(_), None] => counts[0] += 1,
            [None, Some(_)] => counts[1] += 1,
            [Some(day_first), Some(month_first)] if day_first != month_first => counts[2] += 1,
            _ => {}
        }
    }

    /// Returns the reader for the values. `stated` is the order if it is known; without it, dates are read in the order that all other
    /// dates with the same separator have.
    #[must_use]
    pub fn reader(&self, stated: Option<DateOrder>) -> DateReader {
        let found: Vec<FoundOrder> = (0..SEPARATORS.len())
            .map(|separator| {
                stated.map_or_else(|| self.found(separator), |order| self.stated(separator, order))
            })
            .collect();
        let orders = std::array::from_fn(|separator| match found[separator] {
            FoundOrder::Stated(order) | FoundOrder::Found(order) => Some(order),
            FoundOrder::NotNeeded | FoundOrder::Ambiguous | FoundOrder::Contradictory => None,
        });
        let worst = |order: &&FoundOrder| match order {
            FoundOrder::Contradictory => 3,
            FoundOrder::Ambiguous => 2,
            FoundOrder::Stated(_) | FoundOrder::Found(_) => 1,
            FoundOrder::NotNeeded => 0,
        };
        // Of equally bad ones, the first counts, since slashes need the order most.
        let order = found.iter().rev().max_by_key(worst).copied();
        DateReader {
            orders,
            order: order.unwrap_or(FoundOrder::NotNeeded),
            is_stated: stated.is_some(),
        }
    }

    fn stated(&self, separator: usize, order: DateOrder) -> FoundOrder {
        match self.counts[separator] {
            [0, 0, 0] => FoundOrder::NotNeeded,
            _ => FoundOrder::Stated(order),
        }
    }

    fn found(&self, separator: usize) -> FoundOrder {
        match self.counts[separator] {
            [0, 0, 0] => FoundOrder::NotNeeded,
            [0, 0, _] if SEPARATORS[separator] == '.' => FoundOrder::Found(DateOrder::DayFirst),
            [0, 0, _] => FoundOrder::Ambiguous,
            [_, 0, _] => FoundOrder::Found(DateOrder::DayFirst),
            [0, _, _] => FoundOrder::Found(DateOrder::MonthFirst),
            _ => FoundOrder::Contradictory,
        }
    }
}

/// Reads the values of a column.
#[derive(Debug, Clone)]
pub struct DateReader {
    orders: [Option<DateOrder>; SEPARATORS.len()],
    order: FoundOrder,
    is_stated: bool,
}

impl DateReader {
    /// What is known about the order of day and month.
    #[must_use]
    pub fn order(&self) -> FoundOrder {
        self.order
    }

    /// Reads a value. In a column whose order is not known, a date that is possible in only one order is read.
    #[must_use]
    pub fn read(&self, value: &str) -> DateValue {
        self.read_form(parse(value))
    }

    fn read_form(&self, form: Form) -> DateValue {
        let date = match form {
            Form::Empty => return DateValue::Empty,
            Form::Instant(micros) => return DateValue::Instant(micros),
            Form::Unreadable => return DateValue::Unreadable,
            Form::Ordered(date) => date,
        };
        let micros = match (self.orders[date.separator], date.instants()) {
            (Some(order), _) if self.is_stated => date.instant(order),
            (Some(order), [Some(_), Some(_)]) => date.instant(order),
            (None, [Some(day_first), Some(month_first)]) if day_first != month_first => {
                return DateValue::Ambiguous;
            }
            (_, [day_first, month_first]) => day_first.or(month_first),
        };
        micros.map_or(DateValue::Unreadable, DateValue::Instant)
    }
}

/// The dates of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateColumn {
    /// What is known about the order of day and month.
    pub order: FoundOrder,
    /// For each value: microseconds since 1970-01-01 00:00 UTC; `None` for values without a date.
    pub micros: Vec<Option<i64>>,
    /// Number of empty values.
    pub empty: usize,
    /// Indices of the values that are another date if the month comes first, if the order is not known.
    pub ambiguous: Vec<usize>,
    /// Indices of the values that are not dates in a known form.
    pub unreadable: Vec<usize>,
}

impl DateColumn {
    /// Reads the values of a column. `stated` is the order of day and month if it is known; otherwise it is found from the values.
    ///
    /// These forms are read, each with or without a time and a time zone (UTC if there is none):
    ///
    /// - ISO 8601 (`2025-03-05T10:00:00+01:00`), also with `/` or `.`, `20250305`, and `2025年3月5日`
    /// - day, month and year as numbers with `/`, `-` or `.`; years of two digits are 1969 to 2068
    /// - names of months in English, German, French, Spanish, Italian, Portuguese and Dutch (`Mar 5, 2025 10:00 AM`,
    ///   `5. März 2025`, `05/Mar/25`, `Wed, 05 Mar 2025 11:00:00 +0100`)
    /// - Unix time in seconds (10 digits), milliseconds (13) or microseconds (16)
    /// - Excel's serial days from 18264 (1950) to 73050 (2099), with a decimal point or comma
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_text::dates::{DateColumn, DateOrder, FoundOrder};
    /// use feedback_text::timestamp::parse_timestamp;
    ///
    /// let column = DateColumn::from_values(["03/05/2025", "25/05/2025", "soon", ""], None);
    /// assert_eq!(column.order, FoundOrder::Found(DateOrder::DayFirst));
    /// assert_eq!(column.micros[0], parse_timestamp("2025-05-03"));
    /// assert_eq!((column.unreadable, column.empty), (vec![2], 1));
    ///
    /// let column = DateColumn::from_values(["03/05/2025", "5 Mar 2025"], None);
    /// assert_eq!((column.order, column.ambiguous), (FoundOrder::Ambiguous, vec![0]));
    /// ```
    #[must_use]
    pub fn from_values<'a>(values: impl IntoIterator<Item = &'a str>, stated: Option<DateOrder>) -> Self {
        let forms: Vec<Form> = values.into_iter().map(parse).collect();
        let mut scan = DateScan::new();
        forms.iter().for_each(|form| scan.add_form(*form));
        let reader = scan.reader(stated);
        let mut column = Self {
            order: reader.order(),
            micros: Vec::with_capacity(forms.len()),
            empty: 0,
            ambiguous: Vec::new(),
            unreadable: Vec::new(),
        };
        for (index, form) in forms.into_iter().enumerate() {
            let value = reader.read_form(form);
            column.micros.push(match value {
                DateValue::Instant(micros) => Some(micros),
                _ => None,
            });
            match value {
                DateValue::Instant(_) => {}
                DateValue::Empty => column.empty += 1,
                DateValue::Ambiguous => column.ambiguous.push(index),
                DateValue::Unreadable => column.unreadable.push(index),
            }
        }
        column
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::parse_timestamp;

    fn read(values: &[&str], stated: Option<DateOrder>) -> DateColumn {
        DateColumn::from_values(values.iter().copied(), stated)
    }

    #[test]
    fn the_order_is_found_from_the_whole_column() {
        use DateOrder::{DayFirst, MonthFirst};
        for (values, order) in [
            (&["03/05/2025", "13/05/2025"][..], FoundOrder::Found(DayFirst)),
            (&["03/05/2025", "05/13/2025"], FoundOrder::Found(MonthFirst)),
            (&["03/05/2025", "05/05/2025"], FoundOrder::Ambiguous),
            (&["13/05/2025", "05/13/2025"], FoundOrder::Contradictory),
            (&["05/05/2025", "2025-05-06"], FoundOrder::NotNeeded),
            (&["03.05.2025"], FoundOrder::Found(DayFirst)),
            (&["03.05.2025", "03/05/2025"], FoundOrder::Ambiguous),
            (&["03.05.2025", "03.13.2025"], FoundOrder::Found(MonthFirst)),
        ] {
            assert_eq!(read(values, None).order, order, "{values:?}");
        }
    }

    #[test]
    fn only_dates_whose_order_cannot_be_told_are_ambiguous() {
        let column = read(&["13/05/2025", "05/13/2025", "03/05/2025", "04/04/2025"], None);
        let may = parse_timestamp("2025-05-13");
        assert_eq!(column.micros, [may, may, None, parse_timestamp("2025-04-04")]);
        assert_eq!((column.ambiguous, column.unreadable), (vec![2], vec![]));
    }

    #[test]
    fn a_stated_order_holds_for_all_dates() {
        let column = read(
            &["03/05/2025", "05/13/2025", "31/31/2025"],
            Some(DateOrder::DayFirst),
        );
        assert_eq!(column.order, FoundOrder::Stated(DateOrder::DayFirst));
        assert_eq!(column.micros, [parse_timestamp("2025-05-03"), None, None]);
        assert_eq!((column.ambiguous, column.unreadable), (vec![], vec![1, 2]));
    }

    #[test]
    fn the_usual_forms_in_one_column() {
        let day = parse_timestamp("2025-03-05");
        let ten = parse_timestamp("2025-03-05 10:00");
        let values = [
            "05.03.2025",
            "03/05/2025",
            "2025-03-05 10:00",
            "1741168800000",
            "45721",
            "Mar 5, 2025 10:00 AM",
        ];
        let column = read(&values, None);
        assert_eq!(column.micros, [day, None, ten, ten, day, ten]);
        assert_eq!(column.ambiguous, [1]);
        assert_eq!(read(&values, Some(DateOrder::MonthFirst)).micros[1], day);
    }
}
