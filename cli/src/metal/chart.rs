//! The table of `--bootchart`: what each part of a run took.

use std::fmt::Write;
use std::time::{Duration, Instant};

use abi_core::boot::stage;

/// How wide the bar of the whole run is.
const BAR_COLUMNS: usize = 40;

/// What is known of a run's times.
#[derive(Debug)]
pub(super) struct Chart {
    /// When QEMU was started.
    pub(super) spawned: Instant,
    /// When it was let make the machine.
    pub(super) released: Instant,
    /// When the machine said that the program has ended.
    exited: Instant,
    /// When QEMU was gone.
    pub(super) ended: Instant,
    /// Titles of the machine's stages, with the time from its first instruction to their end.
    stages: Vec<(&'static str, Duration)>,
}

impl Chart {
    /// Takes the machine's chart, which has just arrived.
    pub(super) fn new(bytes: &[u8]) -> Self {
        let now = Instant::now();
        let stages =
            stage::times(bytes).map(|(stage, nanos)| (stage.title(), Duration::from_nanos(nanos))).collect();
        Self { spawned: now, released: now, exited: now, ended: now, stages }
    }
}

/// Returns the table of a run that `began` then.
pub(super) fn table(began: Instant, chart: &Chart) -> String {
    let at = |instant: Instant| instant.saturating_duration_since(began);
    let (spawned, released) = (at(chart.spawned), at(chart.released));
    let (exited, ended) = (at(chart.exited), at(chart.ended));
    // The machine's clock starts at its first instruction, which was so long before its last word.
    let inside = chart.stages.last().map_or(Duration::ZERO, |&(_, end)| end);
    let first = exited.saturating_sub(inside).max(spawned);
    let ends = [("osvrun", spawned), ("QEMU starts, archive", released), ("QEMU and firmware", first)]
        .into_iter()
        .chain(chart.stages.iter().map(|&(title, end)| (title, first + end)))
        .chain([("QEMU ends", ended)]);
    let mut text = String::from("boot chart, in milliseconds");
    let mut before = Duration::ZERO;
    for (title, end) in ends {
        let end = end.max(before);
        let column = |time: Duration| {
            (time.as_nanos() * BAR_COLUMNS as u128 / ended.as_nanos().max(1)).min(BAR_COLUMNS as u128)
                as usize
        };
        let (skip, len) = (column(before), (column(end) - column(before)).max(1));
        let took = end.saturating_sub(before).as_secs_f64() * 1e3;
        // Writing to a string does not fail.
        let _ = write!(text, "\n  {title:<26}{took:>8.2}  {:skip$}{:#<len$}", "", "");
        before = end;
    }
    let _ = write!(text, "\n  {:<26}{:>8.2}", "all", ended.as_secs_f64() * 1e3);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_make_up_the_whole() {
        let began = Instant::now();
        let after = |millis| began + Duration::from_millis(millis);
        let chart = Chart {
            spawned: after(5),
            released: after(15),
            exited: after(95),
            ended: after(100),
            stages: vec![("kernel", Duration::from_millis(10)), ("program", Duration::from_millis(30))],
        };
        let text = table(began, &chart);
        let took = |line: &str| line.split('#').next()?.split_whitespace().last()?.parse::<f64>().ok();
        let columns: Vec<f64> = text.lines().skip(1).filter_map(took).collect();
        assert_eq!(columns, [5.0, 10.0, 50.0, 10.0, 20.0, 5.0, 100.0], "{text}");
    }
}
