//! The rows of a report, prepared: periods, segments and metrics.

use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use time::Date;

use crate::days::{day, from_iso, words};
use crate::fields::{FieldRole, FieldUse, Segmentation, field_uses};
use crate::input::{Input, Values};
use crate::levels::{Levels, Tier};
use crate::measures::{Measure, MeasureKind};
use crate::options::{PeriodLength, ReportOptions};
use crate::periods::{Window, default_length, windows};
use crate::sets::{Count, Level};

/// Ids of sets of rows.
pub(crate) const CURRENT: &str = "current";
pub(crate) const PREVIOUS: &str = "previous";
pub(crate) const LABELLED: &str = "labelled";
pub(crate) const RATED: &str = "rated";
pub(crate) const ALL: &str = "all";

/// What a metric is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Theme,
    /// Several similar themes.
    Group,
    Category,
    /// The mean of the rating.
    Rating,
    /// The mean of another field.
    Mean,
    /// A net promoter score.
    Score,
    /// The share of the values of a field within a limit.
    Target,
}

impl Kind {
    /// Whether it is about a number of each text, and not about a set of texts.
    pub(crate) fn is_measure(self) -> bool {
        matches!(self, Self::Rating | Self::Mean | Self::Score | Self::Target)
    }

    /// Whether its values are 0 and 1, so that its mean is a share of texts.
    pub(crate) fn is_share(self) -> bool {
        !matches!(self, Self::Rating | Self::Mean | Self::Score)
    }
}

/// A number for each row: 1 or 0 for a share, or the rating; NaN where a row has none.
pub(crate) struct Metric {
    pub(crate) kind: Kind,
    /// The id of its set of rows, or `rating`.
    pub(crate) id: String,
    /// What it is called in sentences.
    pub(crate) name: String,
    /// The number of a theme's group, or of the group itself; `None` for other metrics and for themes without a
    /// group.
    pub(crate) group: Option<usize>,
    /// The number of themes of a group; 0 for others.
    pub(crate) n_themes: usize,
    /// The id of the set of the rows that have a value; `None` if all have one.
    pub(crate) base: Option<String>,
    pub(crate) values: Vec<f64>,
}

impl Metric {
    /// The mean of `n` rows with a value that are in all of `sets`.
    pub(crate) fn level(&self, value: f64, n: usize, sets: &[&str]) -> Level {
        let mut of: Vec<&str> = sets.to_vec();
        of.extend(self.base.as_deref());
        if of.is_empty() {
            of.push(ALL);
        }
        let texts = self.kind.is_share().then(|| {
            let mut sets = sets.to_vec();
            sets.push(&self.id);
            Count::new((value * n as f64).round() as usize, &sets)
        });
        Level {
            value,
            rows: Count::new(n, &of),
            texts,
        }
    }

    /// The mean of some rows; `None` if none has a value.
    pub(crate) fn level_of(&self, rows: impl Iterator<Item = usize>, sets: &[&str]) -> Option<Level> {
        let (mut n, mut sum) = (0, 0.0);
        for value in rows.map(|row| self.values[row]).filter(|value| !value.is_nan()) {
            n += 1;
            sum += value;
        }
        (n > 0).then(|| self.level(sum / n as f64, n, sets))
    }
}

/// The two periods that are compared.
pub(crate) struct Compared {
    pub(crate) length: PeriodLength,
    /// The earlier one, then the last one.
    pub(crate) windows: [Window; 2],
    /// The rows of both periods, ascending.
    pub(crate) rows: Vec<usize>,
}

/// Everything that is known about the rows.
pub(crate) struct Study<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) options: &'a ReportOptions,
    pub(crate) groups: Vec<usize>,
    pub(crate) days: Vec<Option<Date>>,
    /// The periods, or why there are none.
    pub(crate) compared: Result<Compared, String>,
    /// Whether a row is in the last period; `None` for rows of neither period.
    pub(crate) is_after: Vec<Option<bool>>,
    pub(crate) uses: Vec<FieldUse>,
    pub(crate) segmentations: Vec<Segmentation>,
    /// Themes, groups, categories, the rating and the measures, in this order.
    pub(crate) metrics: Vec<Metric>,
}

impl<'a> Study<'a> {
    /// Prepares the rows.
    pub(crate) fn new(input: &'a Input<'a>, options: &'a ReportOptions, levels: &Levels) -> Self {
        let groups = match input.groups {
            Some(groups) => groups.to_vec(),
            None => duplicate_groups(input.texts.iter().copied(), DuplicateKind::Normalised),
        };
        let days: Vec<Option<Date>> = (0..input.n_texts()).map(|row| day(input.dates?[row]?)).collect();
        let (compared, is_after) = compared(&days, &groups, input, options);
        let uses = field_uses(input, options);
        let segmentations = match &compared {
            Ok(_) => segmentations(input, options, &uses, &is_after),
            Err(_) => Vec::new(),
        };
        let categories = categories(input);
        let mut metrics = theme_metrics(levels);
        metrics.extend(group_metrics(levels));
        metrics.extend(category_metrics(input, &categories));
        metrics.extend(rating_metric(input, &uses));
        metrics.extend(
            options
                .measures
                .iter()
                .enumerate()
                .map(|(number, measure)| measure_metric(input, number, measure)),
        );
        Self {
            input,
            options,
            groups,
            days,
            compared,
            is_after,
            uses,
            segmentations,
            metrics,
        }
    }

    /// The rows of the last period or of the earlier one.
    pub(crate) fn period(&self, after: bool) -> impl Iterator<Item = usize> + '_ {
        (0..self.is_after.len()).filter(move |&row| self.is_after[row] == Some(after))
    }

    /// The rows that the report is about: the rows of the last period, or all rows if there are no periods.
    pub(crate) fn scope(&self) -> (Vec<usize>, &'static str) {
        match self.compared {
            Ok(_) => (self.period(true).collect(), CURRENT),
            Err(_) => ((0..self.input.n_texts()).collect(), ALL),
        }
    }

    /// The id of the set of a segment.
    pub(crate) fn segment_id(&self, segmentation: usize, segment: usize) -> String {
        format!(
            "field-{}-{}",
            self.segmentations[segmentation].field + 1,
            segment + 1
        )
    }
}

/// Finds the two periods and the rows in them.
fn compared(
    days: &[Option<Date>],
    groups: &[usize],
    input: &Input<'_>,
    options: &ReportOptions,
) -> (Result<Compared, String>, Vec<Option<bool>>) {
    let none = || vec![None; days.len()];
    let dated = || days.iter().flatten();
    let (Some(&first), Some(&last)) = (dated().min(), dated().max()) else {
        return (Err("no text has a date".to_owned()), none());
    };
    let end = options.until.as_deref().and_then(from_iso).unwrap_or(last);
    if end < first {
        return (
            Err(format!(
                "the first date is {}, after {}",
                words(first),
                words(end)
            )),
            none(),
        );
    }
    let Some(length) = options.period.or_else(|| default_length(first, end)) else {
        return (Err(format!("all dates are {}", words(first))), none());
    };
    let Some([before, after]) = windows(end, length, options.compare) else {
        return (Err(format!("there is no period before {}", words(end))), none());
    };
    let is_after: Vec<Option<bool>> = days
        .iter()
        .map(|day| {
            let day = (*day)?;
            let is_before = before.contains(day).then_some(false);
            after.contains(day).then_some(true).or(is_before)
        })
        .collect();
    for (window, wanted) in [(before, false), (after, true)] {
        let mut found: Vec<usize> = (0..days.len())
            .filter(|&row| is_after[row] == Some(wanted))
            .map(|row| groups[row])
            .collect();
        found.sort_unstable();
        found.dedup();
        if found.len() < 2 {
            let earlier = dated().filter(|day| **day < after.first).max();
            let row = days.iter().position(|day| *day == Some(last)).unwrap_or(0);
            let reason = too_few(window, last, earlier.copied(), input.line(row));
            return (Err(reason), none());
        }
    }
    let rows = (0..days.len()).filter(|&row| is_after[row].is_some()).collect();
    let compared = Compared {
        length,
        windows: [before, after],
        rows,
    };
    (Ok(compared), is_after)
}

/// Says which period has too few texts and, if the texts of the last period come late behind a gap, what could be compared instead.
fn too_few(window: Window, last: Date, earlier: Option<Date>, line: u64) -> String {
    let reason = format!(
        "from {} to {} there are fewer than two different texts; the last date is {} (line {line})",
        words(window.first),
        words(window.last),
        words(last)
    );
    match earlier {
        Some(earlier) => format!(
            "{reason}; the last date before this period is {}, which could end it",
            words(earlier)
        ),
        None => reason,
    }
}

fn segmentations(
    input: &Input<'_>,
    options: &ReportOptions,
    uses: &[FieldUse],
    is_after: &[Option<bool>],
) -> Vec<Segmentation> {
    let mut found = Vec::new();
    for (number, field) in input.fields.iter().enumerate() {
        if let (FieldRole::Segments, Values::Texts(values)) = (uses[number].role, field.values) {
            let counts = |row: usize| is_after[row].is_some();
            found.push(Segmentation::new(
                number,
                field.name,
                values,
                counts,
                options.min_rows,
            ));
        }
    }
    found
}

fn categories(input: &Input<'_>) -> Vec<String> {
    let labels = input.labels.unwrap_or_default().iter().flatten();
    let mut names: Vec<&str> = labels.map(|label| label.name).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

fn theme_metrics(levels: &Levels) -> Vec<Metric> {
    let themes = &levels.themes;
    let metric = |(theme, name): (usize, &String)| Metric {
        kind: Kind::Theme,
        id: format!("theme-{}", theme + 1),
        name: name.clone(),
        group: levels.group_of[theme],
        n_themes: 0,
        base: None,
        values: shares(themes, theme),
    };
    themes.names.iter().enumerate().map(metric).collect()
}

fn group_metrics(levels: &Levels) -> Vec<Metric> {
    let groups = &levels.groups;
    let metric = |(group, name): (usize, &String)| Metric {
        kind: Kind::Group,
        id: format!("group-{}", group + 1),
        name: name.clone(),
        group: Some(group),
        n_themes: levels.group_of.iter().filter(|of| **of == Some(group)).count(),
        base: None,
        values: shares(groups, group),
    };
    groups.names.iter().enumerate().map(metric).collect()
}

fn shares(tier: &Tier, number: usize) -> Vec<f64> {
    let share = |of: &Option<usize>| f64::from(u8::from(*of == Some(number)));
    tier.of_rows.iter().map(share).collect()
}

fn category_metrics(input: &Input<'_>, categories: &[String]) -> Vec<Metric> {
    let metric = |(number, name): (usize, &String)| {
        let share = |row: usize| match input.label(row) {
            None => f64::NAN,
            Some(label) => f64::from(u8::from(label.name == name)),
        };
        Metric {
            kind: Kind::Category,
            id: format!("category-{}", number + 1),
            name: name.clone(),
            group: None,
            n_themes: 0,
            base: Some(LABELLED.to_owned()),
            values: (0..input.n_texts()).map(share).collect(),
        }
    };
    categories.iter().enumerate().map(metric).collect()
}

fn rating_metric(input: &Input<'_>, uses: &[FieldUse]) -> Option<Metric> {
    let number = uses.iter().position(|field| field.role == FieldRole::Rating)?;
    let field = &input.fields[number];
    let Values::Numbers(values) = field.values else {
        return None;
    };
    Some(Metric {
        kind: Kind::Rating,
        id: "rating".to_owned(),
        name: field.name.to_owned(),
        group: None,
        n_themes: 0,
        base: Some(RATED.to_owned()),
        values: values.to_vec(),
    })
}

pub(crate) fn kind_of_measure(kind: MeasureKind) -> Kind {
    match kind {
        MeasureKind::Mean => Kind::Mean,
        MeasureKind::NetPromoterScore => Kind::Score,
        MeasureKind::AtMost(_) | MeasureKind::AtLeast(_) | MeasureKind::Yes => Kind::Target,
    }
}

/// The id of the set of rows that have a value of a measure.
pub(crate) fn with_measure(number: usize) -> String {
    format!("measured-{}", number + 1)
}

fn measure_metric(input: &Input<'_>, number: usize, measure: &Measure) -> Metric {
    // The options were checked.
    let values = measure.values(input).ok().flatten();
    Metric {
        kind: kind_of_measure(measure.kind),
        id: format!("measure-{}", number + 1),
        name: measure.words(),
        group: None,
        n_themes: 0,
        base: Some(with_measure(number)),
        values: values.unwrap_or_else(|| vec![f64::NAN; input.n_texts()]),
    }
}
