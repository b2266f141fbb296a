//! Tables of changes.

use feedback_metrics::document::{Cell, Table};

use super::evidence::{anchor, linked_level};
use crate::changes::Change;
use crate::report::Report;
use crate::sets::Level;
use crate::study::Kind;
use crate::words;

/// Returns the cells of five columns: "before", "now", "change", "95 % interval" and "stands out". If
/// `change` is `None`, the metric was not tested: all cells are empty, except that "now" has the
/// level `untested`, if there is one.
pub(super) fn levels(
    report: &Report,
    kind: Kind,
    change: Option<&Change>,
    untested: Option<&Level>,
) -> Vec<Cell> {
    let level = |level: &Level| linked_level(report, Cell::text(words::level(kind, level.value)), level);
    match change {
        None => vec![
            Cell::Empty,
            untested.map_or(Cell::Empty, level),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ],
        Some(change) => vec![
            level(&change.before),
            level(&change.after),
            Cell::text(words::difference(kind, change.change)),
            Cell::text(words::interval(kind, &change.interval)),
            yes(change.significant),
        ],
    }
}

/// Returns the changes of a metric by segment; `None` if the metric was not tested or the texts
/// have no fields with segments.
pub(super) fn segments(report: &Report, metric: &str, kind: Kind) -> Option<Table> {
    let unit = if kind.is_share() { " (points)" } else { "" };
    let head = [
        "segment",
        "before",
        "now",
        &format!("change within segment{unit}"),
        "95 % interval",
        &format!("change of segment's share{unit}"),
        "95 % interval",
        "stands out",
    ];
    let mut table = Table::new(
        &format!("{metric}-segments"),
        "By segment: how much of the overall change comes from a change within the segment, and how much from a change in the segment's share of the texts",
        &head,
    );
    for driver in report.drivers.iter().filter(|driver| driver.metric == metric) {
        for part in &driver.contributions {
            let level = |level: &Option<Level>| {
                let level = level.as_ref();
                let cell = |level: &Level| Cell::text(words::level(kind, level.value));
                level.map_or(Cell::Empty, |level| linked_level(report, cell(level), level))
            };
            table.push(vec![
                Cell::link(format!("{}: {}", driver.field, part.name), anchor(&part.segment)),
                level(&part.before),
                level(&part.after),
                Cell::text(words::difference(kind, part.rate.value)),
                Cell::text(words::interval(kind, &part.rate.interval)),
                Cell::text(words::difference(kind, part.mix.value)),
                Cell::text(words::interval(kind, &part.mix.interval)),
                yes(part.rate.significant || part.mix.significant),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

fn yes(significant: bool) -> Cell {
    if significant {
        Cell::text("yes")
    } else {
        Cell::Empty
    }
}
