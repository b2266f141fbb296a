//! When reports are made without being asked for.

use std::str::FromStr;

use time::{Date, Duration, OffsetDateTime, Time, Weekday};

use crate::clock::DAY_MS;
use crate::error::Error;

/// When a report is made: every day, on a weekday, or on the first day of the month, at a time in UTC.
///
/// ```
/// use feedback_server::ReportTime;
///
/// let weekly: ReportTime = "monday 07:00".parse()?;
/// assert_eq!(weekly.to_string(), "monday 07:00");
/// assert!("daily 07:00".parse::<ReportTime>().is_ok() && "monthly 23:59".parse::<ReportTime>().is_ok());
/// assert!("0 7 * * 1".parse::<ReportTime>().is_err());
/// # Ok::<(), feedback_server::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportTime {
    day: Day,
    at: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Daily,
    Weekly(Weekday),
    Monthly,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl ReportTime {
    /// The length of the periods that the report compares.
    pub(crate) fn period(self) -> &'static str {
        match self.day {
            Day::Daily => "day",
            Day::Weekly(_) => "week",
            Day::Monthly => "month",
        }
    }

    /// The last such time at or before a time, in milliseconds since 1970.
    pub(crate) fn last(self, now: i64) -> i64 {
        let today = now.div_euclid(DAY_MS);
        let at = i64::from(self.at.hour()) * 3_600_000 + i64::from(self.at.minute()) * 60_000;
        // A month has at most 31 days.
        let due = (0..=32).map(|back| today - back).find(|&day| {
            let is_past = day * DAY_MS + at <= now;
            is_past && self.is_on(day)
        });
        due.map_or(0, |day| day * DAY_MS + at)
    }

    fn is_on(self, day: i64) -> bool {
        let date = Date::from_ordinal_date(1970, 1).unwrap_or(OffsetDateTime::UNIX_EPOCH.date());
        let Some(date) = date.checked_add(Duration::days(day)) else {
            return false;
        };
        match self.day {
            Day::Daily => true,
            Day::Weekly(weekday) => date.weekday() == weekday,
            Day::Monthly => date.day() == 1,
        }
    }
}

impl std::fmt::Display for ReportTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let day = match self.day {
            Day::Daily => "daily",
            Day::Monthly => "monthly",
            Day::Weekly(weekday) => WEEKDAYS
                .iter()
                .find(|(_, day)| *day == weekday)
                .map_or("", |(name, _)| name),
        };
        write!(f, "{day} {:02}:{:02}", self.at.hour(), self.at.minute())
    }
}

impl FromStr for ReportTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let lower = text.trim().to_lowercase();
        let found = lower.split_once(' ').and_then(|(day, at)| {
            let day = match day {
                "daily" => Day::Daily,
                "monthly" => Day::Monthly,
                name => Day::Weekly(WEEKDAYS.iter().find(|(known, _)| *known == name)?.1),
            };
            let (hour, minute) = at.trim().split_once(':')?;
            let at = Time::from_hms(hour.parse().ok()?, minute.parse().ok()?, 0).ok()?;
            Some(Self { day, at })
        });
        found.ok_or_else(|| {
            Error::Invalid(format!(
                "`{text}` is no time for reports, expected `daily`, `monthly` or a weekday, and a time in UTC, such as `monday 07:00`"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{parse, rfc3339};

    #[test]
    fn the_last_time_is_never_later_than_now() {
        for (when, now, expected) in [
            ("daily 07:00", "2026-03-05T07:00:00Z", "2026-03-05T07:00:00Z"),
            ("daily 07:00", "2026-03-05T06:59:59Z", "2026-03-04T07:00:00Z"),
            ("monday 07:30", "2026-11-30T09:00:00Z", "2026-11-30T07:30:00Z"),
            ("monday 07:30", "2026-11-30T07:00:00Z", "2026-11-23T07:30:00Z"),
            ("sunday 00:00", "2026-11-30T07:00:00Z", "2026-11-29T00:00:00Z"),
            ("monthly 12:00", "2026-03-01T11:00:00Z", "2026-02-01T12:00:00Z"),
            ("monthly 12:00", "2026-01-31T11:00:00Z", "2026-01-01T12:00:00Z"),
        ] {
            let when: ReportTime = when.parse().unwrap();
            assert_eq!(
                rfc3339(when.last(parse(now).unwrap())),
                expected,
                "{when} at {now}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "monday",
            "07:00",
            "monday 24:00",
            "monday 7",
            "mon 07:00",
            "* * * * *",
        ] {
            let error = text.parse::<ReportTime>().unwrap_err().to_string();
            assert!(error.contains("such as `monday 07:00`"), "{error}");
        }
    }
}
