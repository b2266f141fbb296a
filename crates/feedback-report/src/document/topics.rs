//! Themes, categories and the rating, each with its changes by segment and its quotes.

use feedback_metrics::charts::{Bar, Caption, Unit, bars};
use feedback_metrics::document::{Block, Cell, Section, Table};

use super::evidence::{linked, linked_level};
use super::quotes::quoted;
use super::tables::{levels, segments};
use crate::changes::Change;
use crate::measured::Measured;
use crate::report::Report;
use crate::sets::Level;
use crate::study::Kind;
use crate::topics::Topic;
use crate::words;

/// Bars of a chart at most; smaller themes are in the table.
const MAX_BARS: usize = 12;

/// The section of all themes, each below its group, or of all categories; `None` if there are none.
pub(super) fn section(report: &Report, kind: Kind) -> Option<Section> {
    let (topics, id, title) = match kind {
        Kind::Theme => (nested(report), "themes", "Themes"),
        _ => (report.categories.iter().collect(), "categories", "Categories"),
    };
    if topics.is_empty() {
        return None;
    }
    let table = overview(report, &topics, id, title);
    let mut blocks = vec![Block::Table(table), chart(report, &topics, id, title)];
    for topic in topics {
        blocks.extend(details(report, topic));
    }
    Some(Section::new(id, title, blocks))
}

/// Groups and themes that are alone, the largest first, and the themes of each group below it.
fn nested(report: &Report) -> Vec<&Topic> {
    let size = |topic: &Topic| topic.overall.texts.as_ref().map_or(0, |texts| texts.n);
    let alone = report.themes.iter().filter(|theme| theme.group.is_none());
    let mut first: Vec<&Topic> = report.groups.iter().chain(alone).collect();
    first.sort_by_key(|topic| std::cmp::Reverse(size(topic)));
    let mut nested = Vec::new();
    for topic in first {
        nested.push(topic);
        let is_below = |theme: &&Topic| theme.group.as_ref() == Some(&topic.id);
        nested.extend(report.themes.iter().filter(is_below));
    }
    nested
}

fn overview(report: &Report, topics: &[&Topic], id: &str, title: &str) -> Table {
    let below = if report.groups.is_empty() || id != "themes" {
        ""
    } else {
        ", themes of a group (–) below it"
    };
    let caption = format!(
        "{title}{below}: shares of texts, and the mean rating or net promoter score of the last period with and without them"
    );
    let with = match impact_kind(report) {
        Kind::Score => "net promoter score with",
        _ => "rating with",
    };
    let mut table = Table::new(
        id,
        &caption,
        &[
            "name",
            "texts",
            "before",
            "now",
            "change in points",
            "95 % interval",
            "stands out",
            with,
            "without",
        ],
    );
    for topic in topics {
        let mut cells = vec![Cell::link(name(topic), &topic.id)];
        cells.push(match &topic.overall.texts {
            Some(texts) => linked(report, Cell::Count(texts.n as u64), texts),
            None => Cell::Count(0),
        });
        cells.extend(levels(
            report,
            Kind::Theme,
            topic.change.as_ref(),
            topic.untested.as_ref(),
        ));
        let kind = impact_kind(report);
        for level in [
            topic.impact.as_ref().map(|impact| &impact.with),
            topic.impact.as_ref().map(|impact| &impact.without),
        ] {
            cells.push(level.map_or(Cell::Empty, |level| {
                let cell = Cell::text(words::level(kind, level.value));
                linked_level(report, cell, level)
            }));
        }
        table.push(cells);
    }
    if topics.iter().all(|topic| topic.impact.is_none()) && report.rating.is_none() {
        table.head.truncate(7);
        table.rows.iter_mut().for_each(|row| row.truncate(7));
    }
    table
}

/// Of what the impact of a topic is: the rating, or the net promoter score.
fn impact_kind(report: &Report) -> Kind {
    match report.rating {
        Some(_) => Kind::Rating,
        None => Kind::Score,
    }
}

/// The name of a topic in a list in which themes follow their group.
fn name(topic: &Topic) -> String {
    match (&topic.group, topic.themes.len()) {
        (Some(_), _) => format!("– {}", topic.name),
        (None, 0) => topic.name.clone(),
        (None, n) => format!("{} ({n} themes)", topic.name),
    }
}

/// The shares of the last period, or of the file; themes of a group only as part of it.
fn chart(report: &Report, topics: &[&Topic], id: &str, title: &str) -> Block {
    let now = |topic: &Topic| {
        let change = topic.change.as_ref().map(|change| change.after.value);
        let untested = topic.untested.as_ref().map(|level| level.value);
        change.or(untested).unwrap_or(topic.overall.value)
    };
    let whose = match report.periods {
        Some(_) => "the texts of the last period",
        None => "all texts",
    };
    let caption = format!("{title}: percent of {whose}");
    let mut table = Table::new(&format!("{id}-shares"), &caption, &["name", "share"]);
    let mut shown = Vec::new();
    let whole = topics.iter().filter(|topic| topic.group.is_none());
    for topic in whole.take(MAX_BARS) {
        table.push(vec![Cell::text(name(topic)), Cell::Share(now(topic))]);
        shown.push(Bar {
            label: name(topic),
            // One decimal, as in the table.
            value: (1_000.0 * now(topic)).round() / 10.0,
            interval: None,
        });
    }
    let description: Vec<String> = shown
        .iter()
        .map(|bar| format!("{}: {} %", bar.label, words::number(bar.value)))
        .collect();
    let caption = Caption {
        id: &format!("{id}-chart"),
        title: &caption,
        description: &description.join("; "),
    };
    Block::Chart {
        svg: bars(&caption, Unit::Number, &shown),
        table,
    }
}

fn details(report: &Report, topic: &Topic) -> Vec<Block> {
    let mut blocks = vec![Block::Heading {
        id: topic.id.clone(),
        title: topic.name.clone(),
    }];
    blocks.push(Block::Paragraph(
        sentences(report, topic) + &relatives(report, topic),
    ));
    blocks.extend(segments(report, &topic.id, Kind::Theme).map(Block::Table));
    if !topic.quotes.is_empty() {
        let mut table = Table::new(&format!("{}-quotes", topic.id), "Quotes", &["text", "line"]);
        for quote in &topic.quotes {
            table.push(vec![Cell::text(&quote.text), Cell::Count(quote.line)]);
        }
        blocks.push(Block::Quotes {
            quotes: topic.quotes.iter().map(quoted).collect(),
            table,
        });
    }
    blocks
}

/// The group of a theme, or the themes of a group, in words.
fn relatives(report: &Report, topic: &Topic) -> String {
    let name = |id: &String| {
        let found = report
            .groups
            .iter()
            .chain(&report.themes)
            .find(|other| other.id == *id);
        found.map_or_else(String::new, |found| format!("“{}”", found.name))
    };
    match &topic.group {
        Some(group) => format!(" One of the themes of {}.", name(group)),
        None if topic.themes.is_empty() => String::new(),
        None => {
            let names: Vec<String> = topic.themes.iter().map(name).collect();
            format!(" Its themes: {}.", names.join(", "))
        }
    }
}

fn verdict(change: &Change) -> &'static str {
    match change.significant {
        true => ", which stands out from chance",
        false => ", within chance",
    }
}

fn sentences(report: &Report, topic: &Topic) -> String {
    let mut text = match (&topic.change, &topic.untested) {
        (Some(change), _) => format!(
            "{} before, {} now: {} points (95 % interval {}){}.",
            words::level(Kind::Theme, change.before.value),
            words::level(Kind::Theme, change.after.value),
            words::difference(Kind::Theme, change.change),
            words::interval(Kind::Theme, &change.interval),
            verdict(change)
        ),
        (None, Some(now)) => format!(
            "{} now; its change was not tested.",
            words::level(Kind::Theme, now.value)
        ),
        (None, None) => format!(
            "{} of the texts of the file.",
            words::level(Kind::Theme, topic.overall.value)
        ),
    };
    if let Some(impact) = &topic.impact {
        let kind = impact_kind(report);
        let what = match kind {
            Kind::Score => ("net promoter score", "the score"),
            _ => ("mean rating", "the mean"),
        };
        text += &format!(
            " The {} is {} with it and {} without it ({}, 95 % interval {}); it moves {} of all texts by {}.",
            what.0,
            words::level(kind, impact.with.value),
            words::level(kind, impact.without.value),
            words::difference(kind, impact.difference),
            words::interval(kind, &impact.difference_interval),
            what.1,
            words::difference(kind, impact.impact)
        );
    }
    if !topic.phrases.is_empty() {
        text += &format!(" Also: {}.", topic.phrases.join(", "));
    }
    text
}

/// The section of the further measures; `None` if there are none.
pub(super) fn measures(report: &Report) -> Option<Section> {
    let mut blocks = Vec::new();
    for measure in &report.measures {
        let kind = measure.kind();
        blocks.push(Block::Heading {
            id: measure.id.clone(),
            title: measure_name(measure),
        });
        blocks.push(Block::Paragraph(course(
            kind,
            &measure.overall,
            measure.change.as_ref(),
        )));
        blocks.extend(segments(report, &measure.id, kind).map(Block::Table));
    }
    (!blocks.is_empty()).then(|| Section::new("measures", "Further measures", blocks))
}

/// What a measure is called in headings.
pub(super) fn measure_name(measure: &Measured) -> String {
    match measure.kind() {
        Kind::Score => format!("Net promoter score of {}", measure.name),
        Kind::Target => format!("Share of texts with {}", measure.name),
        _ => format!("Mean of {}", measure.name),
    }
}

/// How a rating or measure changed, in a sentence.
fn course(kind: Kind, overall: &Level, change: Option<&Change>) -> String {
    let what = match kind {
        Kind::Score => "score",
        Kind::Target => "share",
        _ => "mean",
    };
    match change {
        None => format!("The {what} is {}.", words::level(kind, overall.value)),
        Some(change) => format!(
            "The {what} was {} before and is {} now: {} (95 % interval {}){}.",
            words::level(kind, change.before.value),
            words::level(kind, change.after.value),
            words::difference(kind, change.change),
            words::interval(kind, &change.interval),
            verdict(change)
        ),
    }
}

/// The section of the rating; `None` if there is none.
pub(super) fn rating(report: &Report) -> Option<Section> {
    let rating = report.rating.as_ref()?;
    let text = course(Kind::Rating, &rating.overall, rating.change.as_ref());
    let mut blocks = vec![Block::Paragraph(text)];
    blocks.extend(segments(report, "rating", Kind::Rating).map(Block::Table));
    Some(Section::new(
        "rating",
        &format!("Rating: {}", rating.name),
        blocks,
    ))
}
