//! Local time: seconds to fields and back.

use super::calendar::{self, DAY, Tm};
use super::tzfile::LocalType;
use super::zone::with_zone;

/// localtime(3): `None` when the year does not fit.
pub fn local_fields(seconds: i64) -> Option<Tm> {
    with_zone(|zone| {
        let kind = zone.shown_type(seconds);
        let tm = calendar::fields(seconds, kind.offset)?;
        Some(Tm { isdst: i32::from(kind.is_daylight), zone: zone.name(kind), ..tm })
    })
}

/// gmtime(3)
pub fn utc_fields(seconds: i64) -> Option<Tm> {
    calendar::fields(seconds, 0).map(|tm| Tm { zone: c"GMT".as_ptr(), ..tm })
}

/// tzset(3)
pub fn set_zone() {
    with_zone(|_| ());
}

/// mktime(3): the seconds of local fields, which may be out of range.
pub fn local_seconds(tm: &Tm) -> i64 {
    // The minute is looked for; seconds beyond it count on from there, across changes too.
    let sec = tm.sec.clamp(0, 59);
    let beyond = i64::from(tm.sec) - i64::from(sec);
    let wall = calendar::seconds(&Tm { sec, ..*tm });
    beyond
        + with_zone(|zone| {
            let type_at = |seconds| zone.local_type(seconds);
            // A time with this wall clock has one of the offsets in use around it.
            let mut fallback = None;
            let mut found: Option<(i64, LocalType)> = None;
            for around in [wall - DAY, wall + DAY, wall] {
                let offset = type_at(around).offset;
                let time = wall - offset;
                let kind = type_at(time);
                fallback.get_or_insert(time);
                if kind.offset != offset {
                    continue;
                }
                let is_wanted = |kind: LocalType| tm.isdst < 0 || kind.is_daylight == (tm.isdst > 0);
                match found {
                    Some((_, old)) if is_wanted(old) || !is_wanted(kind) => {}
                    _ => found = Some((time, kind)),
                }
            }
            match found {
                // The fields are in the other kind of time: take its offset from the nearest change.
                Some((time, kind)) if tm.isdst >= 0 && kind.is_daylight != (tm.isdst > 0) => {
                    // Where there is no such time, the difference is taken to be an hour.
                    let hour_off = time + if tm.isdst > 0 { -3600 } else { 3600 };
                    nearest_other(time, tm.isdst > 0, &type_at).map_or(hour_off, |offset| wall - offset)
                }
                Some((time, _)) => time,
                None => fallback.unwrap_or(wall),
            }
        })
}

/// Returns the offset of the nearest time that is (or is not) daylight saving time, in glibc's steps of a little less than a
/// week within some eight years.
fn nearest_other(time: i64, is_daylight: bool, type_at: &dyn Fn(i64) -> LocalType) -> Option<i64> {
    const STEP: i64 = 601_200;
    (1..=447).flat_map(|n| [time - n * STEP, time + n * STEP]).find_map(|at| {
        let kind = type_at(at);
        (kind.is_daylight == is_daylight).then_some(kind.offset)
    })
}
