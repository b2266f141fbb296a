//! What a report cannot know, in words.

use feedback_metrics::statistics::wilson_interval;
use serde::Serialize;

use crate::coverage::Coverage;
use crate::fields::FieldRole;
use crate::options::Audits;
use crate::sets::Count;
use crate::study::{Kind, Study};
use crate::words::number;

/// The confidence of the interval of what people checked.
const CONFIDENCE: f64 = 0.95;

/// A limit of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// The limit in one or two sentences.
    pub text: String,
    /// The rows it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Count>,
}

impl Note {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            rows: None,
        }
    }

    fn of(rows: &Count, text: impl Into<String>) -> Option<Self> {
        (rows.n > 0).then(|| Self {
            text: text.into(),
            rows: Some(rows.clone()),
        })
    }
}

/// All limits, the most important first.
pub(crate) fn notes(study: &Study<'_>, coverage: &Coverage, tested: &[usize]) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Err(reason) = &study.compared {
        notes.push(Note::new(format!("Nothing is compared: {reason}.")));
    }
    notes.extend(of_model(coverage, study.options.audits));
    notes.extend(of_rows(coverage));
    if study.compared.is_ok() {
        notes.extend(untested(study, tested));
        notes.extend(merged(study));
    }
    notes.extend(fields(study));
    notes
}

/// How far the categories of a model can be trusted.
fn of_model(coverage: &Coverage, audits: Option<Audits>) -> Option<Note> {
    let (rows, all) = (&coverage.labels_of_model, coverage.texts.n);
    let interval = |audits: Audits| {
        let interval = wilson_interval(audits.right as u64, audits.texts as u64, CONFIDENCE);
        interval.ok().map(|interval| (audits, interval))
    };
    let checked = match audits.and_then(interval) {
        Some((Audits { texts, right }, interval)) => format!(
            "People checked {texts} texts drawn at random: the model is right for {} % of them (95 % interval {} to {} %)",
            number(100.0 * right as f64 / texts as f64),
            number(100.0 * interval.low),
            number(100.0 * interval.high)
        ),
        None => "Nobody has checked a random sample of them".to_owned(),
    };
    Note::of(
        rows,
        format!(
            "{} of {all} texts have a category that a model chose. {checked}. Shares of categories have its mistakes, which the intervals \
             do not cover.",
            rows.n
        ),
    )
}

fn of_rows(coverage: &Coverage) -> Vec<Note> {
    let all = coverage.texts.n;
    let limits = [
        (
            &coverage.unsure_labels,
            "have a category of which the model is less than 50 % confident",
        ),
        (&coverage.without_date, "have no date and are in no period"),
        (
            &coverage.outside_periods,
            "are from neither period; they only help to find themes",
        ),
        (&coverage.without_label, "have no category"),
        (&coverage.without_rating, "have no rating"),
        (&coverage.without_theme, "fit no theme"),
        (
            &coverage.repeated,
            "repeat an earlier one; repetitions within a period count as one piece of evidence",
        ),
    ];
    let limits = limits
        .into_iter()
        .filter_map(|(rows, limit)| Note::of(rows, format!("{} of {all} texts {limit}.", rows.n)));
    let left_out = coverage.left_out.iter().filter_map(|rows| {
        Note::of(
            &rows.rows,
            format!("{} rows are left out: {}.", rows.rows.n, rows.reason),
        )
    });
    let without_value = coverage.without_value.iter().filter_map(|rows| {
        Note::of(
            &rows.rows,
            format!("{} of {all} texts have {}.", rows.rows.n, rows.reason),
        )
    });
    limits.chain(without_value).chain(left_out).collect()
}

/// Themes, groups and categories with too few texts to test.
fn untested(study: &Study<'_>, tested: &[usize]) -> Option<Note> {
    let names: Vec<String> = (0..study.metrics.len())
        .filter(|metric| !tested.contains(metric))
        .map(|metric| match study.metrics[metric].kind {
            Kind::Rating | Kind::Mean => format!("the mean of {}", study.metrics[metric].name),
            Kind::Score => format!("the net promoter score of {}", study.metrics[metric].name),
            Kind::Target => format!("the share of texts with {}", study.metrics[metric].name),
            _ => format!("“{}”", study.metrics[metric].name),
        })
        .collect();
    (!names.is_empty()).then(|| {
        Note::new(format!(
            "Not tested, because both periods have too few texts (fewer than {}, or fewer than two different ones in a period) or \
             there are more than {} themes: {}.",
            study.options.min_texts,
            study.options.max_themes,
            names.join(", ")
        ))
    })
}

fn merged<'s>(study: &'s Study<'_>) -> impl Iterator<Item = Note> + 's {
    let merged = study.segmentations.iter().filter(|of| !of.merged.is_empty());
    merged.map(|of| {
        Note::new(format!(
            "Values of {} with fewer than {} texts in both periods are put together as “other values”: {}.",
            of.name,
            study.options.min_rows,
            of.merged.join(", ")
        ))
    })
}

fn fields<'s>(study: &'s Study<'_>) -> impl Iterator<Item = Note> + 's {
    let left_out = study.uses.iter().filter(|field| field.role == FieldRole::LeftOut);
    left_out.map(|field| Note::new(format!("The field {} is not used: {}.", field.name, field.reason)))
}
