//! Parses dates and times, as in the field `created_at`.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::parsing::Parsed;
use time::{Date, OffsetDateTime, Time, UtcOffset};

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const MINUTES: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");
const SECONDS: &[BorrowedFormatItem<'_>] = format_description!(":[second]");
const FRACTION: &[BorrowedFormatItem<'_>] = format_description!(".[subsecond]");
const OFFSET: &[BorrowedFormatItem<'_>] = format_description!("[offset_hour sign:mandatory]:[offset_minute]");
const COMPACT_OFFSET: &[BorrowedFormatItem<'_>] =
    format_description!("[offset_hour sign:mandatory][offset_minute]");

/// Parses an ISO 8601 date or time. Returns microseconds since 1970-01-01 00:00 UTC.
///
/// The date is `YYYY-MM-DD`. Without a time, it means midnight UTC. A time follows after `T` or a space: `HH:MM`, `HH:MM:SS` or
/// `HH:MM:SS.fraction`, then `Z`, `±HH:MM`, `±HHMM` or nothing (UTC). Returns `None` for anything else, including impossible
/// dates. A leap second counts as the second after it.
///
/// # Examples
///
/// ```
/// use feedback_text::timestamp::parse_timestamp;
///
/// assert_eq!(parse_timestamp("1970-01-02"), Some(86_400_000_000));
/// assert_eq!(parse_timestamp("2000-01-01T01:30:00+01:30"), parse_timestamp("2000-01-01 00:00Z"));
/// assert_eq!(parse_timestamp("2025-02-29"), None);
/// ```
#[must_use]
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let mut parsed = Parsed::new();
    let text = text.trim().as_bytes();
    // The parser would accept a sign before the year.
    let mut rest = match text.first()?.is_ascii_digit() {
        true => parsed.parse_items(text, DATE).ok()?,
        false => return None,
    };
    let date = Date::try_from(parsed).ok()?;
    let mut time = Time::MIDNIGHT;
    let mut offset = UtcOffset::UTC;
    let mut leap_micros = 0;
    if let [b'T' | b't' | b' ', clock @ ..] = rest {
        rest = parsed.parse_items(clock, MINUTES).ok()?;
        parsed.set_second(0)?;
        if rest.starts_with(b":") {
            rest = parsed.parse_items(rest, SECONDS).ok()?;
            if rest.starts_with(b".") {
                rest = parsed.parse_items(rest, FRACTION).ok()?;
                // The parser stops after nine digits, which is more than microseconds need.
                rest = without_digits(rest);
            }
        }
        if parsed.second() == Some(60) {
            parsed.set_second(59)?;
            leap_micros = 1_000_000;
        }
        time = Time::try_from(parsed).ok()?;
        (offset, rest) = parse_offset(rest)?;
    }
    let instant = OffsetDateTime::new_in_offset(date, time, offset);
    let micros = i64::try_from(instant.unix_timestamp_nanos().div_euclid(1000)).ok()?;
    rest.is_empty().then_some(micros + leap_micros)
}

/// Parses the offset from UTC, which may be missing. Returns the offset and the rest of the text.
fn parse_offset(text: &[u8]) -> Option<(UtcOffset, &[u8])> {
    match text {
        [] => return Some((UtcOffset::UTC, text)),
        [b'Z' | b'z', rest @ ..] => return Some((UtcOffset::UTC, rest)),
        _ => {}
    }
    let mut parsed = Parsed::new();
    let rest = match parsed.parse_items(text, OFFSET) {
        Ok(rest) => rest,
        Err(_) => parsed.parse_items(text, COMPACT_OFFSET).ok()?,
    };
    let offset = UtcOffset::try_from(parsed).ok()?;
    (offset.whole_hours().abs() < 24).then_some((offset, rest))
}

fn without_digits(text: &[u8]) -> &[u8] {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    &text[digits..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        // Expected values from `date --date=… +%s`.
        let cases = [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2025-11-22T15:01:58Z", 1_763_823_718),
            ("2025-11-22 16:01:58+01:00", 1_763_823_718),
            ("2025-11-22T10:01:58-0500", 1_763_823_718),
            ("1969-12-31T23:59", -60),
            ("1969-12-31T23:30-00:30", 0),
            ("0001-01-01", -62_135_596_800),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_timestamp(text), Some(seconds * 1_000_000), "{text}");
        }
        assert_eq!(parse_timestamp("1970-01-01T00:00:00.1234567Z"), Some(123_456));
        assert_eq!(parse_timestamp("1970-01-01T00:00:00.5"), Some(500_000));
        assert_eq!(
            parse_timestamp("1970-01-01t00:00:00.123456789012z"),
            Some(123_456)
        );
        assert_eq!(parse_timestamp("1969-12-31T23:59:59.9999999"), Some(-1));
    }

    #[test]
    fn a_leap_second_is_the_second_after_it() {
        for leap in ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60+01:00"] {
            assert_eq!(parse_timestamp(leap), parse_timestamp("2017-01-01"));
        }
        assert_eq!(parse_timestamp("2016-12-31T23:59:61Z"), None);
    }

    #[test]
    fn everything_else_is_none() {
        for text in [
            "",
            "x",
            "2025-13-01",
            "2025-00-10",
            "2025-04-31",
            "1900-02-29",
            "2025-1-1",
            "2025-01-01T",
            "2025-01-01T24:00",
            "2025-01-01T10",
            "2025-01-01T10:00:00.",
            "2025-01-01T10:00+1",
            "2025-01-01x",
            "ääääääääää",
            "2025-01-01Tää:ää",
            "2025-01-01T10:00+é0:00",
            "+025-01-01",
            "-2025-01-01",
            "2025-01-01T10:00+24:00",
            "2025-01-01T10:00-01:60",
            "2025-01-01T10:00 Z",
            "2025-01-01T10:60",
            "2025-01-01T1:00",
            "2025-W01-1",
            "20250101",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }
}
