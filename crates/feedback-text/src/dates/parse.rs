//! Parses one value of a date column.

use crate::dates::form::{Form, MICROS_PER_SECOND, Ordered, SEPARATORS, instant};
use crate::dates::names;
use crate::timestamp::parse_timestamp;
use crate::visible::trim_invisible;

/// Longer values are not dates.
const MAX_BYTES: usize = 80;
/// The days that Excel's serial numbers stand for, from 1950-01-01 to 2099-12-31.
const SERIAL_DAYS: std::ops::RangeInclusive<f64> = 18_264.0..=73_050.999_999;
/// Excel's serial number of 1970-01-01.
const SERIAL_DAY_OF_1970: f64 = 25_569.0;

/// Parses a value in any of the forms.
pub(super) fn parse(value: &str) -> Form {
    let value = trim_invisible(value);
    if value.is_empty() {
        return Form::Empty;
    }
    if value.len() > MAX_BYTES {
        return Form::Unreadable;
    }
    if let Some(micros) = parse_timestamp(value).or_else(|| number(value)) {
        return Form::Instant(micros);
    }
    let mut text = value.to_lowercase().replace("a.m.", "am").replace("p.m.", "pm");
    if text.contains('年') {
        text = text.replace(['年', '月'], "/").replace('日', " ");
    }
    words(&text).unwrap_or(Form::Unreadable)
}

/// Reads a number without separators: Unix time in seconds, milliseconds or microseconds, `YYYYMMDD`, or one of Excel's serial days.
/// Its decimals can follow a comma, as Excel writes them in many languages.
fn number(value: &str) -> Option<i64> {
    let (whole, fraction) = value.split_once(['.', ',']).unwrap_or((value, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let micros_of_fraction = || (format!("0.{fraction}0").parse::<f64>().unwrap_or(0.0) * 1e6).round() as i64;
    match whole.len() {
        10 => Some(number * MICROS_PER_SECOND + micros_of_fraction()),
        13 => Some(number * 1000),
        16 => Some(number),
        8 if fraction.is_empty() => {
            let number = number as u64;
            instant(number / 10_000, number / 100 % 100, number % 100, 0)
        }
        5 => {
            let days: f64 = format!("{whole}.{fraction}").parse().ok()?;
            // Excel's fractions of a day are exact to about a millisecond.
            let millis = ((days - SERIAL_DAY_OF_1970) * 86_400_000.0).round() as i64;
            SERIAL_DAYS.contains(&days).then_some(millis * 1000)
        }
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// A number and how many digits it has.
    Number(u64, usize),
    Word(&'a str),
    Symbol(char),
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class: fn(char) -> bool = match first {
            '0'..='9' => |character| character.is_ascii_digit(),
            _ if first.is_alphabetic() => char::is_alphabetic,
            _ => |_| false,
        };
        let length = rest.find(|character| !class(character)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(length.max(first.len_utf8()));
        rest = after;
        match first {
            '0'..='9' => tokens.push(Token::Number(token.parse().ok()?, token.len())),
            _ if first.is_alphabetic() => tokens.push(Token::Word(token)),
            _ if first.is_whitespace() => {}
            _ => tokens.push(Token::Symbol(first)),
        }
    }
    Some(tokens)
}

/// The parts of a date that were found so far.
#[derive(Default)]
struct Parts {
    /// Numbers of the date: value, number of digits, and the symbol before it.
    numbers: Vec<(u64, usize, Option<char>)>,
    /// The month, if it is a word, and how many numbers come before it.
    month: Option<(u64, usize)>,
    clock: Option<i64>,
    /// Minutes from UTC.
    offset: Option<i64>,
}

/// Reads a date with separators or words; `None` if it has a part that is not known.
fn words(text: &str) -> Option<Form> {
    let tokens = tokens(text)?;
    let mut parts = Parts::default();
    let mut rest = &tokens[..];
    let mut symbol = None;
    while let Some((&token, after)) = rest.split_first() {
        if let Some(after_clock) = parts.take_clock(rest) {
            rest = after_clock?;
            symbol = None;
            continue;
        }
        if let Some(after_offset) = parts.take_offset(rest) {
            rest = after_offset;
            continue;
        }
        match token {
            Token::Number(value, digits) => {
                parts.numbers.push((value, digits, symbol.take()));
            }
            Token::Word(word) => parts.take_word(word)?,
            Token::Symbol('/' | '-' | '.' | ',' | '(' | ')' | '\'') => {
                symbol = symbol_of(token, symbol);
            }
            Token::Symbol(_) => return None,
        }
        rest = after;
    }
    parts.form()
}

/// Returns the symbol that counts between two numbers: commas and brackets do not.
fn symbol_of(token: Token<'_>, before: Option<char>) -> Option<char> {
    match token {
        Token::Symbol(symbol) if SEPARATORS.contains(&symbol) => Some(symbol),
        _ => before,
    }
}

impl Parts {
    /// Takes a time such as `10:00:30.5 pm` or `10 am`. Returns the rest; `Some(None)` if the time is impossible or the second one.
    fn take_clock<'a, 'b>(&mut self, tokens: &'a [Token<'b>]) -> Option<Option<&'a [Token<'b>]>> {
        let half = |token: Option<&Token<'_>>| match token {
            Some(Token::Word("am" | "vorm")) => Some(0),
            Some(Token::Word("pm" | "nachm")) => Some(12),
            _ => None,
        };
        let (hour, minute, second, micros, mut rest) = match tokens {
            [Token::Number(hour, 1..=2), rest @ ..] if half(rest.first()).is_some() => (*hour, 0, 0, 0, rest),
            [
                Token::Number(hour, 1..=2),
                Token::Symbol(':'),
                Token::Number(minute, 2),
                rest @ ..,
            ] => {
                let (second, micros, rest) = seconds(rest);
                (*hour, *minute, second, micros, rest)
            }
            _ => return None,
        };
        let mut hour = hour;
        if let Some(half) = half(rest.first()) {
            rest = &rest[1..];
            if !(1..=12).contains(&hour) {
                return Some(None);
            }
            hour = hour % 12 + half;
        }
        if hour > 23 || minute > 59 || second > 59 || self.clock.is_some() {
            return Some(None);
        }
        let seconds = (hour * 3600 + minute * 60 + second) as i64;
        self.clock = Some(seconds * MICROS_PER_SECOND + micros);
        Some(Some(rest))
    }

    /// Takes an offset such as `+01:00`, `+0100` or `+1`, after a time. Returns the rest.
    fn take_offset<'a, 'b>(&mut self, tokens: &'a [Token<'b>]) -> Option<&'a [Token<'b>]> {
        self.clock?;
        let (sign, rest) = match tokens {
            [Token::Symbol('+'), rest @ ..] => (1, rest),
            [Token::Symbol('-' | '−'), rest @ ..] => (-1, rest),
            _ => return None,
        };
        let (hours, minutes, rest) = match rest {
            [
                Token::Number(hours, 1..=2),
                Token::Symbol(':'),
                Token::Number(minutes, 2),
                rest @ ..,
            ] => (*hours, *minutes, rest),
            [Token::Number(both, 4), rest @ ..] => (both / 100, both % 100, rest),
            [Token::Number(hours, 1..=2), rest @ ..] => (*hours, 0, rest),
            _ => return None,
        };
        if hours > 23 || minutes > 59 {
            return None;
        }
        self.offset = Some(sign * (hours * 60 + minutes) as i64);
        Some(rest)
    }

    fn take_word(&mut self, word: &str) -> Option<()> {
        if let Some(month) = names::month(word) {
            let is_first = self.month.is_none();
            self.month = Some((month, self.numbers.len()));
            return is_first.then_some(());
        }
        if let Some(minutes) = names::zone(word) {
            self.offset.get_or_insert(minutes);
            return self.clock.map(|_| ());
        }
        names::is_ignored(word).then_some(())
    }

    fn form(&self) -> Option<Form> {
        let clock = self.clock.unwrap_or(0) - self.offset.unwrap_or(0) * 60 * MICROS_PER_SECOND;
        match (self.month, self.numbers.as_slice()) {
            (Some((month, before)), &[first, second]) => {
                let year_is_first = first.1 == 4 && before < 2;
                let (day, year) = if year_is_first {
                    (second, first)
                } else {
                    (first, second)
                };
                instant(full_year(year.0, year.1)?, month, day.0, clock).map(Form::Instant)
            }
            (None, &[first, second, third]) => {
                let separator = second.2.filter(|_| second.2 == third.2)?;
                if first.1 == 4 {
                    return instant(first.0, second.0, third.0, clock).map(Form::Instant);
                }
                let separator = SEPARATORS.iter().position(|&known| known == separator)?;
                Some(Form::Ordered(Ordered {
                    first: first.0,
                    second: second.0,
                    year: full_year(third.0, third.1)?,
                    separator,
                    clock,
                }))
            }
            _ => None,
        }
    }
}

/// Reads `:30` or `:30.5` after hours and minutes. Returns seconds, microseconds and the rest.
fn seconds<'a, 'b>(tokens: &'a [Token<'b>]) -> (u64, i64, &'a [Token<'b>]) {
    match tokens {
        [
            Token::Symbol(':'),
            Token::Number(second, 2),
            Token::Symbol('.' | ','),
            Token::Number(fraction, digits @ 1..=9),
            rest @ ..,
        ] => {
            let scale = 10_f64.powi(-i32::try_from(*digits).unwrap_or(0));
            let micros = (*fraction as f64 * scale * MICROS_PER_SECOND as f64) as i64;
            (*second, micros, rest)
        }
        [Token::Symbol(':'), Token::Number(second, 2), rest @ ..] => (*second, 0, rest),
        _ => (0, 0, tokens),
    }
}

/// Completes a year of two digits as POSIX does: 69 to 99 are 1969 to 1999, and 00 to 68 are 2000 to 2068.
fn full_year(year: u64, digits: usize) -> Option<u64> {
    match (digits, year) {
        (4, _) => Some(year),
        (2, 69..) => Some(1900 + year),
        (2, _) => Some(2000 + year),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::order::DateOrder;

    fn read(value: &str) -> Option<i64> {
        match parse(value) {
            Form::Instant(micros) => Some(micros),
            _ => None,
        }
    }

    #[test]
    fn dates_without_a_doubt_about_the_order() {
        let ten = parse_timestamp("2025-03-05T10:00");
        let day = parse_timestamp("2025-03-05");
        for value in [
            "2025-03-05 10:00",
            "1741168800",
            "1741168800000",
            "1741168800000000",
            "1741168800.000",
            "Mar 5, 2025 10:00 AM",
            "March 5th, 2025 at 10:00 a.m.",
            "5 Mar 2025 10:00:00.000",
            "05/Mar/25 10:00 AM",
            "5. März 2025, 10:00 Uhr",
            "Wed, 05 Mar 2025 11:00:00 +0100",
            "Wed Mar 05 10:00:00 UTC 2025",
            "mercredi 5 mars 2025 à 10:00",
            "2025/03/05 10:00",
            "2025-03-05 11:00:00 (CET)",
            "5-Mar-2025 05:00 EST",
            "2025.03.05 10:00",
            "45721.416666667",
            "45721,416666667",
            "2025/03/05 11:00:00 AM MEZ",
            "2025/03/05 11:00 vorm. MEZ",
            "2025-03-05 11:00 BST",
            "5. März 2025, 12:00 nachm. MESZ",
            "2025年3月5日 10:00",
        ] {
            assert_eq!(read(value), ten, "{value}");
        }
        for value in [
            "45721",
            "20250305",
            "Mar 5 2025",
            "2025-Mar-05",
            "5 de marzo de 2025",
            "2025/3/5",
            "2025年3月5日",
            " 2025-03-05\u{200B}",
        ] {
            assert_eq!(read(value), day, "{value}");
        }
        assert_eq!(read("1er mai 2025"), parse_timestamp("2025-05-01"));
        assert_eq!(
            read("2025/03/05 2:00 nachm."),
            parse_timestamp("2025-03-05 14:00")
        );
        assert_eq!(read("Mar 5, 2025 12:30 AM"), parse_timestamp("2025-03-05 00:30"));
        assert_eq!(read("Mar 5, 2025 12:30 PM"), parse_timestamp("2025-03-05 12:30"));
        assert_eq!(read("Mar 5, 2025 1 pm"), parse_timestamp("2025-03-05 13:00"));
        assert_eq!(read("1 Jan 70"), Some(0));
        assert_eq!(read("73050"), parse_timestamp("2099-12-31"));
    }

    #[test]
    fn dates_with_numbers_in_two_orders() {
        for (value, separator) in [
            ("03/05/2025 10:00", 0),
            ("3-5-25 10:00 AM", 1),
            ("03.05.2025, 10:00", 2),
        ] {
            let Form::Ordered(date) = parse(value) else {
                panic!("{value}")
            };
            assert_eq!(date.separator, separator);
            assert_eq!(
                date.instant(DateOrder::DayFirst),
                parse_timestamp("2025-05-03 10:00"),
                "{value}"
            );
            assert_eq!(
                date.instant(DateOrder::MonthFirst),
                parse_timestamp("2025-03-05 10:00"),
                "{value}"
            );
        }
    }

    #[test]
    fn other_values_are_not_dates() {
        assert_eq!(parse(" \u{200B}"), Form::Empty);
        for value in [
            "x",
            "5",
            "12345678901",
            "10:00",
            "Mar 2025",
            "2025-03",
            "2025年3月",
            "45,721",
            "45.721,5",
            "31 Feb 2025",
            "5 Mar 2025 25:00",
            "5 Mar 2025 13:00 PM",
            "1.5.2",
            "2025",
            "99999",
            "yesterday",
            "5 Mar Apr 2025",
            "1/2",
            "1/2/3/4",
            "1-2/2025",
            "20251301",
            "😀",
            "-45721",
            "5 Mar 2025 10:00 11:00",
        ] {
            assert_eq!(parse(value), Form::Unreadable, "{value}");
        }
        assert_eq!(parse(&"1 ".repeat(1000)), Form::Unreadable);
    }
}
