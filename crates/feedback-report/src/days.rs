//! Days as numbers, in ISO 8601, and in words.

use time::{Date, Month};

/// The day of an instant in microseconds since 1970; `None` beyond the year 9999.
pub(crate) fn day(micros: i64) -> Option<Date> {
    const DAY: i64 = 86_400_000_000;
    const JULIAN_DAY_OF_1970: i64 = 2_440_588;
    let julian = micros.div_euclid(DAY) + JULIAN_DAY_OF_1970;
    Date::from_julian_day(i32::try_from(julian).ok()?).ok()
}

/// Parses a day in ISO 8601, such as `2025-06-30`.
pub(crate) fn from_iso(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return None;
    };
    let has_digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit());
    if !(has_digits(year, 4) && has_digits(month, 2) && has_digits(day, 2)) {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

/// A date in ISO 8601.
pub(crate) fn iso(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

/// A date as people write it.
pub(crate) fn words(day: Date) -> String {
    let month: String = day.month().to_string().chars().take(3).collect();
    format!("{} {month} {}", day.day(), day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_instants_have_no_day() {
        assert_eq!(day(i64::MAX), None);
        assert_eq!(day(-1).map(iso), Some("1969-12-31".to_owned()));
        assert_eq!(day(0).map(words), Some("1 Jan 1970".to_owned()));
    }

    #[test]
    fn days_survive_a_round_trip_and_others_are_refused() {
        for text in ["2025-06-30", "1999-12-31", "2024-02-29"] {
            assert_eq!(from_iso(text).map(iso).as_deref(), Some(text));
        }
        for wrong in [
            "2025-02-29",
            "2025-6-30",
            "30.06.2025",
            "2025-13-01",
            "",
            "2025-06-30T00:00",
            "+025-06-30",
        ] {
            assert_eq!(from_iso(wrong), None, "{wrong}");
        }
    }
}
