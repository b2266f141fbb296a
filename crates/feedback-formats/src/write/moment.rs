//! Reads dates and times as the readers of this crate write them: ISO 8601.

/// A time of day, or a duration: seconds, and the digits of their fraction.
pub(super) type Clock<'a> = (i64, &'a str);

/// Reads `2025-03-05`: year, month and day.
pub(super) fn date(text: &str) -> Option<(i64, u8, u8)> {
    let (rest, day) = text.rsplit_once('-')?;
    let (year, month) = rest.rsplit_once('-')?;
    let part = |text: &str, max: u8| {
        let value = text.parse().ok().filter(|value| (1..=max).contains(value));
        value.filter(|_| text.len() == 2)
    };
    let has_digits = year.trim_start_matches('-').len() >= 4;
    has_digits
        .then(|| Some((year.parse().ok()?, part(month, 12)?, part(day, 31)?)))
        .flatten()
}

/// Reads `10:15:00` or `36:00:00.5`.
pub(super) fn clock(text: &str) -> Option<Clock<'_>> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.split(':');
    let mut part = || {
        let part = parts.next()?;
        let is_number = part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| is_number)
    };
    let (hours, minutes, seconds) = (part()?, part()?, part()?);
    let is_valid = minutes < 60 && seconds < 60 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds)?;
    (is_valid && parts.next().is_none()).then_some((seconds, fraction))
}

/// Days since 1970-01-01, as in Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
#[cfg(feature = "parquet")]
pub(super) fn days(text: &str) -> Option<i64> {
    let (year, month, day) = date(text)?;
    let (month, day) = (i64::from(month), i64::from(day));
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era.checked_mul(146_097)?.checked_add(day_of_era)? - 719_468)
}

/// Reads `2025-03-05T10:15:00.5+01:00` as the time since 1970-01-01 00:00 in units of which a second has `per_second`. A time
/// without a zone is one in UTC. `None` also if the time is more precise than the unit.
#[cfg(feature = "parquet")]
pub(super) fn instant(text: &str, per_second: i64) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let (time, shift) = match time.find(['Z', '+', '-']) {
        None => (time, 0),
        Some(at) => (&time[..at], offset(&time[at..])?),
    };
    let (seconds, fraction) = clock(time)?;
    let seconds = i128::from(days(date)?) * 86_400 + i128::from(seconds - shift);
    let digits = per_second.ilog10() as usize;
    let fraction: i64 = match fraction.len() <= digits {
        true => format!("0{fraction}{}", "0".repeat(digits - fraction.len()))
            .parse()
            .ok()?,
        false => return None,
    };
    i64::try_from(seconds * i128::from(per_second) + i128::from(fraction)).ok()
}

/// Reads `Z` or `+01:00` as seconds.
#[cfg(feature = "parquet")]
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (seconds, _) = clock(&format!("{}:00", text.get(1..)?))?;
    Some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_clocks() {
        assert_eq!(date("2025-03-05"), Some((2025, 3, 5)));
        assert_eq!(date("-0044-03-15"), Some((-44, 3, 15)));
        assert_eq!(clock("36:00:01.5"), Some((129_601, "5")));
        for text in [
            "",
            "2025-3-05",
            "25-03-05",
            "2025-13-05",
            "2025-03-00",
            "05.03.2025",
            "2025-03-05T10:15:00",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
        for text in [
            "",
            "10:15",
            "1:15:00",
            "10:60:00",
            "10:15:00Z",
            "10:15:00:00",
            "-1:15:00",
        ] {
            assert_eq!(clock(text), None, "{text}");
        }
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn instants() {
        // Expected values from `date --utc --date=@…`.
        for (text, per_second, expected) in [
            ("1970-01-01T00:00:00", 1000, Some(0)),
            ("2000-02-29T00:00:00Z", 1000, Some(951_782_400_000)),
            ("1969-12-31T23:59:59.999", 1000, Some(-1)),
            (
                "2025-11-22T16:01:58.25+01:00",
                1_000_000,
                Some(1_763_823_718_250_000),
            ),
            ("2025-11-22T09:31:58-05:30", 1000, Some(1_763_823_718_000)),
            ("2025-11-22T09:31:58.1234", 1000, None),
            ("2025-11-22", 1000, None),
            ("99999-01-01T00:00:00", 1_000_000_000, None),
        ] {
            assert_eq!(instant(text, per_second), expected, "{text}");
        }
        assert_eq!(days("0001-01-01"), Some(-719_162));
        assert_eq!(days("2025-03-05"), Some(20_152));
    }
}
