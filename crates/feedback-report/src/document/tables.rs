//! Tables of changes.

use feedback_metrics::document::{Cell, Table};

use crate::changes::Change;
use crate::report::Report;
use crate::sets::Level;
use crate::study::Kind;
use crate::words;

/// The cells before, now, change, interval and whether it stands out.
pub(super) fn levels(kind: Kind, change: Option<&Change>, untested: Option<&Level>) -> Vec<Cell> {
    let level = |level: &Level| Cell::text(words::level(kind, level.value));
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

/// The changes of a metric by segment; `None` if it was not tested or there are no fields.
pub(super) fn segments(report: &Report, metric: &str, kind: Kind) -> Option<Table> {
    let unit = if kind == Kind::Rating { "" } else { " in points" };
    let head = [
        "segment",
        "before",
        "now",
        &format!("effect{unit}"),
        "95 % interval",
        "by its size",
        "95 % interval",
        "stands out",
    ];
    let mut table = Table::new(
        &format!("{metric}-segments"),
        "By segment: what happens within it, and what its size does, as parts of the change over all texts",
        &head,
    );
    for driver in report.drivers.iter().filter(|driver| driver.metric == metric) {
        for part in &driver.contributions {
            let level = |level: &Option<Level>| {
                let level = level.as_ref();
                level.map_or(Cell::Empty, |level| Cell::text(words::level(kind, level.value)))
            };
            table.push(vec![
                Cell::link(format!("{}: {}", driver.field, part.name), "evidence"),
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
