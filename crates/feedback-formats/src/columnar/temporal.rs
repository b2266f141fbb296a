//! Dates and times in ISO 8601.

use std::fmt::Write;

use arrow_schema::TimeUnit;

const SECONDS_PER_DAY: i64 = 86_400;

fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// How the zone of a timestamp is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// A local time of an unknown zone.
    Local,
    /// A fixed offset from UTC in seconds. Zones with a name are written in UTC, which is the same instant.
    Offset(i64),
}

impl Zone {
    pub(super) fn new(name: Option<&str>) -> Self {
        match name {
            None => Self::Local,
            Some(name) => Self::Offset(offset(name).unwrap_or(0)),
        }
    }
}

/// Parses `+01:00` or `+0100` as seconds.
fn offset(name: &str) -> Option<i64> {
    let (sign, digits) = match name.as_bytes() {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<i64>().ok();
    let (hours, minutes) = match digits {
        [a, b, b':', c, d] | [a, b, c, d] => (number(&[*a, *b])?, number(&[*c, *d])?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Writes days since 1970-01-01 as a date.
pub(super) fn write_date(days: i64, out: &mut String) {
    let (year, month, day) = civil(days);
    // Writing to a string cannot fail.
    let _ = write!(out, "\"{year:04}-{month:02}-{day:02}\"");
}

/// Writes a time since 1970-01-01 00:00 as date and time, with the fraction of a second that it has.
pub(super) fn write_timestamp(value: i64, unit: TimeUnit, zone: Zone, out: &mut String) {
    let per_second = per_second(unit);
    let shift = match zone {
        Zone::Local => 0,
        Zone::Offset(seconds) => seconds,
    };
    let seconds = value.div_euclid(per_second).saturating_add(shift);
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY));
    let _ = write!(out, "\"{year:04}-{month:02}-{day:02}T");
    write_clock(
        seconds.rem_euclid(SECONDS_PER_DAY),
        value.rem_euclid(per_second),
        per_second,
        out,
    );
    match zone {
        Zone::Local => {}
        Zone::Offset(0) => out.push('Z'),
        Zone::Offset(seconds) => {
            let sign = if seconds < 0 { '-' } else { '+' };
            let minutes = seconds.abs() / 60;
            let _ = write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
    }
    out.push('"');
}

/// Writes a time of day.
pub(super) fn write_time(value: i64, unit: TimeUnit, out: &mut String) {
    let per_second = per_second(unit);
    out.push('"');
    write_clock(
        value.div_euclid(per_second),
        value.rem_euclid(per_second),
        per_second,
        out,
    );
    out.push('"');
}

/// Writes a duration as in `PT90.5S`.
pub(super) fn write_duration(value: i64, unit: TimeUnit, out: &mut String) {
    let per_second = per_second(unit);
    let sign = if value < 0 { "-" } else { "" };
    let magnitude = value.unsigned_abs();
    let (seconds, fraction) = (magnitude / per_second as u64, magnitude % per_second as u64);
    let _ = write!(out, "\"{sign}PT{seconds}");
    write_fraction(fraction as i64, per_second, out);
    out.push_str("S\"");
}

fn write_clock(seconds: i64, fraction: i64, per_second: i64, out: &mut String) {
    let _ = write!(
        out,
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    write_fraction(fraction, per_second, out);
}

fn write_fraction(fraction: i64, per_second: i64, out: &mut String) {
    if fraction == 0 {
        return;
    }
    let digits = per_second.ilog10() as usize;
    let text = format!("{fraction:0digits$}");
    out.push('.');
    out.push_str(text.trim_end_matches('0'));
}

/// Year, month and day of a number of days since 1970-01-01 in the Gregorian calendar, as in Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn instants() {
        // Expected values from `date --utc --date=@…`.
        let cases = [
            (0, TimeUnit::Second, None, "\"1970-01-01T00:00:00\""),
            (
                951_782_400,
                TimeUnit::Second,
                Some("UTC"),
                "\"2000-02-29T00:00:00Z\"",
            ),
            (-1, TimeUnit::Millisecond, None, "\"1969-12-31T23:59:59.999\""),
            (
                1_763_823_718_250_000,
                TimeUnit::Microsecond,
                Some("+01:00"),
                "\"2025-11-22T16:01:58.25+01:00\"",
            ),
            (
                1_763_823_718,
                TimeUnit::Second,
                Some("-0530"),
                "\"2025-11-22T09:31:58-05:30\"",
            ),
            (
                1_763_823_718,
                TimeUnit::Second,
                Some("Europe/Berlin"),
                "\"2025-11-22T15:01:58Z\"",
            ),
            (1, TimeUnit::Nanosecond, None, "\"1970-01-01T00:00:00.000000001\""),
        ];
        for (value, unit, zone, expected) in cases {
            assert_eq!(
                written(|out| write_timestamp(value, unit, Zone::new(zone), out)),
                expected
            );
        }
        for unit in [TimeUnit::Second, TimeUnit::Nanosecond] {
            for value in [i64::MIN, i64::MAX] {
                assert!(
                    written(|out| write_timestamp(value, unit, Zone::new(Some("+23:59")), out)).len() > 10
                );
            }
        }
    }

    #[test]
    fn dates_times_and_durations() {
        assert_eq!(written(|out| write_date(20_152, out)), "\"2025-03-05\"");
        assert_eq!(written(|out| write_date(-719_162, out)), "\"0001-01-01\"");
        assert_eq!(
            written(|out| write_time(36_900_500, TimeUnit::Millisecond, out)),
            "\"10:15:00.5\""
        );
        assert_eq!(
            written(|out| write_duration(-90_500, TimeUnit::Millisecond, out)),
            "\"-PT90.5S\""
        );
        assert_eq!(
            written(|out| write_duration(7, TimeUnit::Second, out)),
            "\"PT7S\""
        );
    }
}
