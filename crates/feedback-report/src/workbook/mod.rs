//! A report as a spreadsheet: its numbers in cells, for people who go on computing with them.

mod evidence;
mod sheet;

use feedback_drivers::Effect;
use feedback_metrics::statistics::{Interval, wilson_interval};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::evidence::{evidence, linked, linked_level};
use self::sheet::{Cell, Sheet, Width};
use crate::changes::Change;
use crate::error::Result;
use crate::headlines::{Headline, HeadlineKind};
use crate::quotes::Quote;
use crate::report::Report;
use crate::sets::Level;
use crate::topics::Topic;

/// The confidence of the intervals of shares.
const CONFIDENCE: f64 = 0.95;

impl Report {
    /// The report as an `.xlsx` workbook with the sheets `headlines`, `shares`, `changes`, `drivers`, `themes`, `quotes` and `rows`. Shares are
    /// fractions from 0 to 1; the ids of themes, categories and segments are those of `insight.json`. Levels and
    /// counts link to their lines in `rows`.
    ///
    /// # Errors
    ///
    /// [`Error::Workbook`](crate::Error::Workbook) if the workbook cannot be written.
    pub fn to_xlsx(&self) -> Result<Vec<u8>> {
        let mut workbook = Workbook::new();
        // The same report gives the same bytes.
        let never = ExcelDateTime::from_ymd(1980, 1, 1)?;
        workbook.set_properties(
            &DocProperties::new()
                .set_title(&self.title)
                .set_creation_datetime(&never),
        );
        let sheets = [
            headlines(self)?,
            shares(self)?,
            changes(self)?,
            drivers(self)?,
            themes(self)?,
            quotes(self)?,
            evidence(self)?,
        ];
        for sheet in sheets {
            workbook.push_worksheet(sheet.sheet);
        }
        Ok(workbook.save_to_buffer()?)
    }

    /// The themes, groups and categories, with the name of their kind.
    fn topics(&self) -> impl Iterator<Item = (&'static str, &Topic)> {
        let kinds = [
            ("theme", &self.themes),
            ("group", &self.groups),
            ("category", &self.categories),
        ];
        kinds
            .into_iter()
            .flat_map(|(kind, topics)| topics.iter().map(move |topic| (kind, topic)))
    }
}

fn headlines(report: &Report) -> Result<Sheet, XlsxError> {
    use Width::{Name, Number, Text};
    let mut sheet = Sheet::new(
        "headlines",
        &[
            ("headline", Text),
            ("proven", Number),
            ("where", Number),
            ("metric", Name),
            ("field", Name),
            ("value", Name),
            ("before", Number),
            ("now", Number),
            ("change", Number),
            ("low", Number),
            ("high", Number),
            ("adjusted p", Number),
            ("also", Text),
        ],
    )?;
    let all = report.headlines.iter().map(|headline| (headline, true));
    for (headline, proven) in all.chain(report.unproven.iter().map(|headline| (headline, false))) {
        let Headline { change, segment, .. } = headline;
        sheet.push([
            (&headline.text).into(),
            proven.into(),
            place(headline.kind).into(),
            (&headline.metric).into(),
            segment.as_ref().map(|segment| &segment.field).into(),
            segment.as_ref().map(|segment| &segment.value).into(),
            linked_level(report, &change.before),
            linked_level(report, &change.after),
            change.change.into(),
            change.interval.low.into(),
            change.interval.high.into(),
            change.adjusted_p_value.into(),
            Cell::from(headline.also.join(". ").as_str()),
        ])?;
    }
    Ok(sheet)
}

fn place(kind: HeadlineKind) -> &'static str {
    match kind {
        HeadlineKind::Overall => "all texts",
        HeadlineKind::Segment => "segment",
        HeadlineKind::Size => "size of a segment",
    }
}

/// The share of each theme, group and category in the file and in both periods.
fn shares(report: &Report) -> Result<Sheet, XlsxError> {
    use Width::{Name, Number};
    let mut sheet = Sheet::new(
        "shares",
        &[
            ("kind", Number),
            ("id", Name),
            ("name", Name),
            ("period", Number),
            ("share", Number),
            ("low", Number),
            ("high", Number),
            ("texts", Number),
            ("of", Number),
        ],
    )?;
    for (kind, topic) in report.topics() {
        let change = topic.change.as_ref();
        let now = change.map(|change| &change.after).or(topic.untested.as_ref());
        let levels = [
            ("file", Some(&topic.overall)),
            ("before", change.map(|change| &change.before)),
            ("now", now),
        ];
        for (period, level) in levels {
            let Some(level) = level else { continue };
            let interval = interval(level);
            sheet.push([
                kind.into(),
                (&topic.id).into(),
                (&topic.name).into(),
                period.into(),
                linked_level(report, level),
                interval.map(|interval| interval.low).into(),
                interval.map(|interval| interval.high).into(),
                level
                    .texts
                    .as_ref()
                    .map_or(Cell::Empty, |texts| linked(report, texts.n as f64, texts)),
                linked(report, level.rows.n as f64, &level.rows),
            ])?;
        }
    }
    Ok(sheet)
}

/// The interval of a share (Wilson); `None` for a mean.
fn interval(level: &Level) -> Option<Interval> {
    let texts = level.texts.as_ref()?;
    // A share of no rows has no interval.
    wilson_interval(texts.n as u64, level.rows.n as u64, CONFIDENCE).ok()
}

fn changes(report: &Report) -> Result<Sheet, XlsxError> {
    use Width::{Name, Number};
    let mut sheet = Sheet::new(
        "changes",
        &[
            ("kind", Number),
            ("id", Name),
            ("name", Name),
            ("before", Number),
            ("now", Number),
            ("change", Number),
            ("low", Number),
            ("high", Number),
            ("p", Number),
            ("adjusted p", Number),
            ("stands out", Number),
        ],
    )?;
    let rating = report
        .rating
        .as_ref()
        .and_then(|rating| Some(("rating", "rating", rating.name.as_str(), rating.change.as_ref()?)));
    let of_topics = report.topics().filter_map(|(kind, topic)| {
        Some((
            kind,
            topic.id.as_str(),
            topic.name.as_str(),
            topic.change.as_ref()?,
        ))
    });
    let measures = report.measures.iter().filter_map(|one| {
        let change = one.change.as_ref()?;
        Some(("measure", one.id.as_str(), one.name.as_str(), change))
    });
    for (kind, id, name, change) in rating.into_iter().chain(measures).chain(of_topics) {
        let Change {
            before,
            after,
            interval,
            ..
        } = change;
        sheet.push([
            kind.into(),
            id.into(),
            name.into(),
            linked_level(report, before),
            linked_level(report, after),
            change.change.into(),
            interval.low.into(),
            interval.high.into(),
            change.p_value.into(),
            change.adjusted_p_value.into(),
            change.significant.into(),
        ])?;
    }
    Ok(sheet)
}

/// What each segment contributes to each change; the effects of a metric and field add up to the change.
fn drivers(report: &Report) -> Result<Sheet, XlsxError> {
    use Width::{Name, Number};
    let mut sheet = Sheet::new(
        "drivers",
        &[
            ("metric", Name),
            ("change", Number),
            ("field", Name),
            ("value", Name),
            ("before", Number),
            ("now", Number),
            ("effect", Number),
            ("low", Number),
            ("high", Number),
            ("adjusted p", Number),
            ("stands out", Number),
            ("effect of its size", Number),
            ("low", Number),
            ("high", Number),
            ("adjusted p", Number),
            ("stands out", Number),
        ],
    )?;
    for driver in &report.drivers {
        for part in &driver.contributions {
            let level = |level: &Option<Level>| {
                let level = level.as_ref();
                level.map_or(Cell::Empty, |level| linked_level(report, level))
            };
            let [rate, mix] = [&part.rate, &part.mix].map(effect);
            let [rate_effect, rate_low, rate_high, rate_p, rate_out] = rate;
            let [mix_effect, mix_low, mix_high, mix_p, mix_out] = mix;
            sheet.push([
                (&driver.metric).into(),
                driver.change.into(),
                (&driver.field).into(),
                (&part.name).into(),
                level(&part.before),
                level(&part.after),
                rate_effect,
                rate_low,
                rate_high,
                rate_p,
                rate_out,
                mix_effect,
                mix_low,
                mix_high,
                mix_p,
                mix_out,
            ])?;
        }
    }
    Ok(sheet)
}

fn effect(effect: &Effect) -> [Cell<'static>; 5] {
    let Effect {
        value,
        interval,
        adjusted_p_value,
        significant,
        ..
    } = effect;
    [
        (*value).into(),
        interval.low.into(),
        interval.high.into(),
        (*adjusted_p_value).into(),
        (*significant).into(),
    ]
}

fn themes(report: &Report) -> Result<Sheet, XlsxError> {
    use Width::{Name, Number, Text};
    let mut sheet = Sheet::new(
        "themes",
        &[
            ("id", Name),
            ("name", Name),
            ("group", Name),
            ("phrases", Text),
            ("texts", Number),
            ("share", Number),
            ("rating with it", Number),
            ("without it", Number),
            ("difference", Number),
            ("low", Number),
            ("high", Number),
            ("effect on the mean", Number),
            ("low", Number),
            ("high", Number),
        ],
    )?;
    for topic in &report.themes {
        let impact = topic.impact.as_ref();
        sheet.push([
            (&topic.id).into(),
            (&topic.name).into(),
            topic.group.as_ref().into(),
            Cell::from(topic.phrases.join("; ").as_str()),
            topic
                .overall
                .texts
                .as_ref()
                .map_or(Cell::Empty, |texts| linked(report, texts.n as f64, texts)),
            linked_level(report, &topic.overall),
            impact.map_or(Cell::Empty, |impact| linked_level(report, &impact.with)),
            impact.map_or(Cell::Empty, |impact| linked_level(report, &impact.without)),
            impact.map(|impact| impact.difference).into(),
            impact.map(|impact| impact.difference_interval.low).into(),
            impact.map(|impact| impact.difference_interval.high).into(),
            impact.map(|impact| impact.impact).into(),
            impact.map(|impact| impact.impact_interval.low).into(),
            impact.map(|impact| impact.impact_interval.high).into(),
        ])?;
    }
    Ok(sheet)
}

/// The quotes of the headlines, then those of themes, groups and categories.
fn quotes(report: &Report) -> Result<Sheet, XlsxError> {
    use Width::{Name, Number, Text};
    let mut sheet = Sheet::new(
        "quotes",
        &[("of", Number), ("id", Name), ("line", Number), ("text", Text)],
    )?;
    let mut push = |of: &str, id: &str, quotes: &[Quote]| {
        quotes.iter().try_for_each(|quote| {
            sheet.push([
                of.into(),
                id.into(),
                (quote.line as f64).into(),
                (&quote.text).into(),
            ])
        })
    };
    for headline in report.headlines.iter().chain(&report.unproven) {
        push("headline", &headline.metric, &headline.quotes)?;
    }
    for (kind, topic) in report.topics() {
        push(kind, &topic.id, &topic.quotes)?;
    }
    Ok(sheet)
}
