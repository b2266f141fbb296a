//! A report.

use feedback_insight::{ThemeOptions, Themes};
use serde::Serialize;

use crate::changes::{Change, Driver, Search};
use crate::coverage::{Coverage, coverage};
use crate::days::{iso, words};
use crate::error::{Error, Result};
use crate::fields::FieldUse;
use crate::headlines::Headline;
use crate::input::Input;
use crate::levels::Levels;
use crate::linked::linked;
use crate::measured::{Measured, measured};
use crate::mix::Mix;
use crate::moved::Moved;
use crate::notes::{Note, notes};
use crate::options::{Comparison, PeriodLength, ReportOptions};
use crate::periods::Window;
use crate::sets::{Count, Level, RowSet};
use crate::study::{CURRENT, Compared, Kind, PREVIOUS, Study};
use crate::topics::{Topic, topics};

/// The coarsest resolution of themes.
const MIN_RESOLUTION: f64 = 2.0;

/// What people write about, what changed, where the changes come from, and what is not known.
///
/// Every number links to the rows it was computed from: see [`Count`] and [`RowSet`]. The same input and options give the same bytes
/// on every machine.
///
/// # How changes are tested
///
/// The metrics are the mean rating and the shares of the largest `max_themes` themes, of each group of themes and of each
/// category. A theme, group or category needs at least `min_texts` texts in both periods together. Each metric is tested over all
/// texts and by each segment of each field, for the size of the segment and for the change within it
/// ([`feedback_drivers::find_drivers`]). All these tests of a report together are one family: Benjamini and Hochberg's procedure
/// controls their false discovery rate. Headlines are made only from the changes that stand out. So if nothing moves, at most a
/// share of `false_discovery_rate` of all reports has a headline. Which themes, categories and segments are large enough depends
/// on both periods together, not on the change.
///
/// If people describe the same thing in many ways, the texts may be divided among several themes, and no theme stands out. If
/// these themes are similar, their group stands out instead. [`Mix`] tests all themes at once, so that a report does not say that
/// nothing moved if something did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What the report is about: the two periods.
    pub title: String,
    /// How much stands out, in one sentence.
    pub summary: String,
    /// The changes that stand out, the best first.
    pub headlines: Vec<Headline>,
    /// Whether the mix of themes moved; `None` if no theme was tested.
    pub mix: Option<Mix>,
    /// The largest changes of themes and groups, at most five, if the mix moved and no headline says how. None of them is proven: the
    /// intervals do not account for how many changes there are to choose from.
    pub unproven: Vec<Headline>,
    /// The periods; `None` if there is nothing to compare.
    pub periods: Option<Periods>,
    /// How many rows there are, and what they lack.
    pub coverage: Coverage,
    /// The fields, and what they are used for.
    pub fields: Vec<FieldUse>,
    /// The groups of at least two similar themes, the largest first.
    pub groups: Vec<Topic>,
    /// The themes, the largest first. Each belongs to one group at most.
    pub themes: Vec<Topic>,
    /// The categories, by name.
    pub categories: Vec<Topic>,
    /// The mean rating; `None` if there is none.
    pub rating: Option<Rating>,
    /// Further numbers that are compared, in the order of [`ReportOptions::measures`]; without those of which no text has a value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measured>,
    /// Where the change of each metric comes from, by field.
    pub drivers: Vec<Driver>,
    /// What is not known.
    pub unknown: Vec<Note>,
    /// How the numbers were computed.
    pub method: Method,
    /// The sets of rows to which the numbers link.
    pub sets: Vec<RowSet>,
    /// The rows of each number that comes from several sets, for the page and the spreadsheet.
    #[serde(skip)]
    pub(crate) linked: Vec<RowSet>,
}

/// Days of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Period {
    /// The first day, such as `2025-04-01`.
    pub first: String,
    /// The last day.
    pub last: String,
    /// The texts of the period.
    pub texts: Count,
}

/// The last period, and the one it is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Periods {
    /// The length of both.
    pub length: PeriodLength,
    /// Which period the last one is compared with.
    pub compare: Comparison,
    /// The last period; it ends on the last date of the file.
    pub current: Period,
    /// The period it is compared with.
    pub previous: Period,
}

/// The mean rating.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rating {
    /// The field.
    pub name: String,
    /// The mean of all texts with a rating.
    pub overall: Level,
    /// The change between the periods; `None` if it was not tested.
    pub change: Option<Change>,
}

/// How the numbers of a report were computed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Method {
    /// The options.
    pub options: ReportOptions,
    /// The number of tests, whose false discovery rate is controlled together.
    pub n_tests: usize,
}

impl Report {
    /// Finds themes and makes a report.
    ///
    /// # Errors
    ///
    /// If an option is outside its range or names no field.
    ///
    /// # Examples
    ///
    /// See the [crate page](crate).
    pub fn new(input: &Input<'_>, options: &ReportOptions) -> Result<Self> {
        options.check(input)?;
        if input.n_texts() == 0 {
            return Self::empty(input, options);
        }
        Self::from_themes(input, &Self::find_themes(input, options)?, options)
    }

    /// The themes that [`Report::new`] finds. The options are the defaults of [`Themes::fit`], but the resolution is at least 2:
    /// a coarse theme mixes topics, and the change of one topic is lost among the others.
    ///
    /// # Errors
    ///
    /// If there are no texts.
    pub fn find_themes(input: &Input<'_>, options: &ReportOptions) -> Result<Themes> {
        let fit = ThemeOptions::default().with_seed(options.seed);
        let themes = Themes::fit(input.vectors, &fit)?;
        if themes.resolution() >= MIN_RESOLUTION {
            return Ok(themes);
        }
        Ok(Themes::fit(input.vectors, &fit.with_resolution(MIN_RESOLUTION))?)
    }

    /// Makes a report with themes that were found before, such as themes that people named, or the same themes for several reports.
    ///
    /// # Errors
    ///
    /// If an option is outside its range or names no field, or `themes` are those of another number of texts.
    pub fn from_themes(input: &Input<'_>, themes: &Themes, options: &ReportOptions) -> Result<Self> {
        options.check(input)?;
        if themes.of_rows().len() != input.n_texts() {
            return Err(Error::OtherThemes {
                found: themes.of_rows().len(),
                expected: input.n_texts(),
            });
        }
        Self::from_levels(input, &Levels::new(input, themes)?, options)
    }

    fn empty(input: &Input<'_>, options: &ReportOptions) -> Result<Self> {
        Self::from_levels(input, &Levels::default(), options)
    }

    fn from_levels(input: &Input<'_>, levels: &Levels, options: &ReportOptions) -> Result<Self> {
        let study = &Study::new(input, options, levels);
        let search = Search::new(study)?;
        let search = search.as_ref();
        let moved = Moved::new(study, search)?;
        let (coverage, sets) = coverage(study);
        let rating = study
            .metrics
            .iter()
            .position(|metric| metric.kind == Kind::Rating);
        let rating = rating.and_then(|number| {
            let metric = &study.metrics[number];
            Some(Rating {
                name: metric.name.clone(),
                overall: metric.level_of(0..metric.values.len(), &[])?,
                change: search.and_then(|search| search.change(study, number)),
            })
        });
        let mut report = Self {
            title: title(study),
            summary: moved.summary(study),
            headlines: moved.headlines,
            mix: moved.mix,
            unproven: moved.unproven,
            periods: study
                .compared
                .as_ref()
                .ok()
                .map(|compared| periods(study, compared)),
            fields: study.uses.clone(),
            groups: topics(study, search, Kind::Group, &levels.groups.phrases)?,
            themes: topics(study, search, Kind::Theme, &levels.themes.phrases)?,
            categories: topics(study, search, Kind::Category, &[])?,
            rating,
            measures: measured(study, search),
            drivers: search.map_or_else(Vec::new, |search| search.drivers(study)),
            unknown: notes(study, &coverage, search.map_or(&[], |search| &search.metrics)),
            coverage,
            method: Method {
                options: study.options.clone(),
                n_tests: moved.n_tests,
            },
            sets,
            linked: Vec::new(),
        };
        report.linked = linked(study, &report.sets, &counts(&report));
        Ok(report)
    }
}

fn periods(study: &Study<'_>, compared: &Compared) -> Periods {
    let period = |window: Window, is_after: bool, id: &str| Period {
        first: iso(window.first),
        last: iso(window.last),
        texts: Count::new(study.period(is_after).count(), &[id]),
    };
    let [before, after] = compared.windows;
    Periods {
        length: compared.length,
        compare: study.options.compare,
        current: period(after, true, CURRENT),
        previous: period(before, false, PREVIOUS),
    }
}

fn title(study: &Study<'_>) -> String {
    let span = |window: Window| {
        if window.first == window.last {
            words(window.last)
        } else {
            format!("{} to {}", words(window.first), words(window.last))
        }
    };
    match &study.compared {
        Err(_) => "Feedback".to_owned(),
        Ok(compared) => {
            let [before, after] = compared.windows;
            format!("Feedback of {}, compared with {}", span(after), span(before))
        }
    }
}

/// All counts that the page and the spreadsheet link.
fn counts(report: &Report) -> Vec<&Count> {
    let mut counts = Vec::new();
    if let Some(periods) = &report.periods {
        counts.extend([&periods.current.texts, &periods.previous.texts]);
    }
    for topic in report
        .themes
        .iter()
        .chain(&report.groups)
        .chain(&report.categories)
    {
        of_topic(topic, &mut counts);
    }
    let rating = report
        .rating
        .iter()
        .map(|rating| (&rating.overall, rating.change.as_ref()));
    let measures = report
        .measures
        .iter()
        .map(|one| (&one.overall, one.change.as_ref()));
    for (overall, change) in rating.chain(measures) {
        of_level(overall, &mut counts);
        of_change(change, &mut counts);
    }
    for part in report.drivers.iter().flat_map(|driver| &driver.contributions) {
        part.before
            .iter()
            .chain(&part.after)
            .for_each(|level| of_level(level, &mut counts));
    }
    for headline in report.headlines.iter().chain(&report.unproven) {
        of_change(Some(&headline.change), &mut counts);
    }
    counts
}

fn of_topic<'a>(topic: &'a Topic, counts: &mut Vec<&'a Count>) {
    of_level(&topic.overall, counts);
    of_change(topic.change.as_ref(), counts);
    topic.untested.iter().for_each(|level| of_level(level, counts));
    if let Some(impact) = &topic.impact {
        of_level(&impact.with, counts);
        of_level(&impact.without, counts);
    }
}

fn of_change<'a>(change: Option<&'a Change>, counts: &mut Vec<&'a Count>) {
    if let Some(change) = change {
        of_level(&change.before, counts);
        of_level(&change.after, counts);
    }
}

fn of_level<'a>(level: &'a Level, counts: &mut Vec<&'a Count>) {
    counts.push(&level.rows);
    counts.extend(&level.texts);
}
