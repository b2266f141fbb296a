//! Dates and times as they stand in `created_at`.

/// Reads a date or time by ISO 8601 as microseconds since 1970-01-01 00:00 UTC.
///
/// `YYYY-MM-DD`, alone (midnight) or followed by `T` or a space and `HH:MM`, `HH:MM:SS` or
/// `HH:MM:SS.fraction`, with `Z`, `±HH:MM`, `±HHMM` or nothing (UTC) at the end. Everything else is
/// `None`, impossible dates among them. A leap second counts as the second after it.
///
/// # Examples
///
/// ```
/// use feedback_dataset::parse_timestamp;
///
/// assert_eq!(parse_timestamp("1970-01-02"), Some(86_400_000_000));
/// assert_eq!(parse_timestamp("2000-01-01T01:30:00+01:30"), parse_timestamp("2000-01-01 00:00Z"));
/// assert_eq!(parse_timestamp("2025-02-29"), None);
/// ```
#[must_use]
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let days = parse_date(date)?;
    let micros = match rest.strip_prefix(['T', 't', ' ']) {
        Some(time) => parse_time(time)?,
        None if rest.is_empty() => 0,
        None => return None,
    };
    Some(days * 86_400_000_000 + micros)
}

fn parse_date(date: &str) -> Option<i64> {
    let bytes = date.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    // Days from civil: years begin in March, so the leap day is the last (Hinnant, 2013).
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Microseconds since midnight UTC; may be negative or past the day with an offset.
fn parse_time(text: &str) -> Option<i64> {
    let zone = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (time, zone) = (&text[..zone], parse_zone(&text[zone..])?);
    let (hour, rest) = (number(time.get(..2)?)?, time.get(2..)?.strip_prefix(':')?);
    let (minute, rest) = (number(rest.get(..2)?)?, rest.get(2..)?);
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => (number(rest.get(..2)?)?, rest.get(2..)?),
        None => (0, rest),
    };
    let micros = match rest.strip_prefix('.') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            number(&format!("{digits:0<6}")[..6])?
        }
        None if rest.is_empty() => 0,
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(((hour * 60 + minute - zone) * 60 + second) * 1_000_000 + micros)
}

/// Minutes east of UTC.
fn parse_zone(zone: &str) -> Option<i64> {
    let sign = match zone {
        "" | "Z" | "z" => return Some(0),
        _ if zone.starts_with('+') => 1,
        _ if zone.starts_with('-') => -1,
        _ => return None,
    };
    let digits = zone[1..].replacen(':', "", 1);
    let (hours, minutes) = (number(digits.get(..2)?)?, number(digits.get(2..)?)?);
    (digits.len() == 4 && hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn number(digits: &str) -> Option<i64> {
    let only_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Overflow is the only error left, and no time.
    if only_digits { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        // By `date --date=… +%s`.
        let cases = [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2025-11-22T15:01:58Z", 1_763_823_718),
            ("2025-11-22 16:01:58+01:00", 1_763_823_718),
            ("2025-11-22T10:01:58-0500", 1_763_823_718),
            ("1969-12-31T23:59", -60),
            ("0001-01-01", -62_135_596_800),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_timestamp(text), Some(seconds * 1_000_000), "{text}");
        }
        assert_eq!(parse_timestamp("1970-01-01T00:00:00.1234567Z"), Some(123_456));
        assert_eq!(parse_timestamp("1970-01-01T00:00:00.5"), Some(500_000));
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
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }
}
