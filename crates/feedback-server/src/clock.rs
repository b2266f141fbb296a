//! Timestamps: milliseconds since 1970-01-01 00:00 UTC inside the program, RFC 3339 in the API.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use feedback_store::{DAY_MS, now_ms};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Formats a timestamp as RFC 3339 in UTC, such as `2025-03-01T09:30:00.123Z`.
pub(crate) fn rfc3339(ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| ms.to_string())
}

/// Formats a day since 1970-01-01, such as `2025-03-01`.
pub(crate) fn day_name(day: i64) -> String {
    rfc3339(day * DAY_MS).chars().take(10).collect()
}

/// Formats a timestamp for people, in UTC, such as `2025-03-01 09:30`.
pub(crate) fn readable(ms: i64) -> String {
    let text = rfc3339(ms);
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(minutes)) => format!("{date} {minutes}"),
        _ => text,
    }
}

/// Parses an ISO 8601 date or time. Without a time zone, it is in UTC.
pub(crate) fn parse(text: &str) -> Option<i64> {
    feedback_dataset::timestamp::parse_timestamp(text).map(|micros| micros.div_euclid(1000))
}

/// Parses the time at which feedback was given; `None` unless [`is_past`].
pub(crate) fn parse_past(text: &str) -> Option<i64> {
    parse(text).filter(|time| is_past(*time))
}

/// Whether feedback can have been given at this time. A time before 1970 or more than a day in the future must be a mistake, and would
/// stretch the time axis of every chart.
pub(crate) fn is_past(time: i64) -> bool {
    (0..=now_ms() + DAY_MS).contains(&time)
}

/// Locks a mutex, even if a thread panicked while it held the lock: each critical section in this crate changes its data in one
/// step, so the data is consistent.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_round_trip() {
        let ms = 1_740_821_400_123;
        assert_eq!(rfc3339(ms), "2025-03-01T09:30:00.123Z");
        assert_eq!(parse(&rfc3339(ms)), Some(ms));
        assert_eq!(readable(ms), "2025-03-01 09:30");
        assert_eq!(parse("2025-03-01"), Some(1_740_787_200_000));
        assert_eq!(parse_past("2025-03-01"), parse("2025-03-01"));
        let tonight = rfc3339(now_ms() + DAY_MS / 2);
        assert_eq!(parse_past(&tonight), parse(&tonight));
        assert_eq!((parse_past("9999-12-31"), parse_past("1969-12-31")), (None, None));
    }
}
