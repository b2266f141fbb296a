//! The current time in the format that the files of a training use.

use time::OffsetDateTime;

/// Returns the current time in UTC, such as `2026-01-31T23:59:59Z`.
pub(crate) fn utc_now() -> String {
    let now = OffsetDateTime::now_utc();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    )
}
