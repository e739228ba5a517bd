//! A moment as a clerk writes it: `2026-07-20T03:30`, in Asia/Shanghai, to the minute.

use crate::{
    date::Date,
    period::{DAY_MS, ZONE_MS},
};

const MINUTE_MS: i64 = 60 * 1_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Milliseconds since 1970-01-01 UTC. `T24:00` is the end of the day, as the rules write it; a space may stand for the
/// `T`. `None` for any other text, and for a day outside the calendar.
pub(crate) fn read(text: &str) -> Option<i64> {
    let (day, time) = text.split_once(['T', ' '])?;
    let (hour, minute) = time.split_once(':')?;
    let two = |part: &str| match part.as_bytes() {
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => part.parse::<i64>().ok(),
        _ => None,
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let in_day = hour < 24 && minute < 60 || (hour, minute) == (24, 0);
    let day = day.parse::<Date>().ok()?.days_since_1970() * DAY_MS;
    in_day.then_some(day + hour * HOUR_MS + minute * MINUTE_MS - ZONE_MS)
}

/// The minute in which `at_ms` lies, as [`read`] takes it; the number itself where no calendar has such a day.
pub(crate) fn shown(at_ms: i64) -> String {
    let local = at_ms.saturating_add(ZONE_MS);
    let Some(day) = Date::from_days_since_1970(local.div_euclid(DAY_MS)) else { return at_ms.to_string() };
    let within = local.rem_euclid(DAY_MS);
    format!("{day}T{:02}:{:02}", within / HOUR_MS, within % HOUR_MS / MINUTE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_back_as_shown() {
        for text in [
            "1970-01-01T08:00",
            "2026-07-20T03:30",
            "1900-01-01T00:00",
            "9999-12-31T23:59",
            "2024-02-29T12:00",
        ] {
            assert_eq!(shown(read(text).unwrap()), text);
        }
        assert_eq!(read("1970-01-01T08:00"), Some(0));
        assert_eq!(read("2026-07-20T24:00"), read("2026-07-21 00:00"));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2026-07-20",
            "2026-07-20T3:30",
            "2026-07-20T25:00",
            "2026-07-20T24:01",
            "2026-02-30T00:00",
            "T00:00",
            "2026-07-20T00:60",
            "2026-07-20T+1:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(shown(i64::MAX), i64::MAX.to_string());
        assert_eq!(shown(i64::MIN), i64::MIN.to_string());
    }
}
