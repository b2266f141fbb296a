//! The JSON types of themes.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use crate::clock::rfc3339;
use crate::openapi::one_of;
use crate::services::theme_labels::Labelled;
use crate::services::themes::{Direction, Shown, ShownGroup, ShownTheme, ShownValue, ThemeChange};
use crate::themes::{Change, Trend, What};

fn directions() -> Object {
    one_of(&["up", "down", "steady"])
}

/// The body of `PATCH /api/v1/themes/{id}`. What is missing stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThemeRequest {
    /// Another name; empty for the theme's own.
    #[schema(value_type = String, required = false, max_length = 80)]
    pub(crate) name: Option<String>,
    /// Whether pages show it last and folded.
    #[schema(value_type = bool, required = false)]
    pub(crate) hidden: Option<bool>,
    /// Whether pages show it first.
    #[schema(value_type = bool, required = false)]
    pub(crate) pinned: Option<bool>,
    /// The id of the theme of which it becomes a part; `null` to separate it again.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u64>, required = false)]
    pub(crate) merged_into: Option<Option<u64>>,
    /// Whether to split it into parts: the largest keeps its id, the others are new themes, and they stay apart. The themes are found again
    /// in the background; if no parts can be told apart, the theme is `indivisible` afterwards.
    #[serde(default)]
    #[schema(required = false)]
    pub(crate) split: bool,
}

/// Tells `null` from a field that is missing.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl From<ThemeRequest> for ThemeChange {
    fn from(request: ThemeRequest) -> Self {
        Self {
            name: request.name,
            hidden: request.hidden,
            pinned: request.pinned,
            merged_into: request.merged_into,
            split: request.split,
        }
    }
}

/// The body of `POST /api/v1/themes/{id}/label`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThemeLabelRequest {
    /// The name of the label: a new one, or one of the serving model.
    #[schema(min_length = 1, max_length = 80)]
    pub(crate) label: String,
}

/// What became of the texts of a theme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ThemeLabel)]
pub(crate) struct ThemeLabelDto {
    label: String,
    /// Number of texts that were given the label: the typical ones first, then the newest, at most 50.
    examples: usize,
    /// Number of texts that a person had labelled before; they keep their labels.
    kept: usize,
    /// Number of other texts of the theme: repetitions, and those beyond 50.
    left_out: usize,
}

impl From<Labelled> for ThemeLabelDto {
    fn from(made: Labelled) -> Self {
        Self {
            label: made.label,
            examples: made.examples,
            kept: made.kept,
            left_out: made.left_out,
        }
    }
}

/// All themes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Themes)]
pub(crate) struct ThemesDto {
    /// When they were found (RFC 3339); `null` if they never were.
    #[schema(required)]
    found_at: Option<String>,
    /// Whether they are being found at the moment.
    finding: bool,
    /// Number of texts that they were found from: the newest 50,000.
    texts: usize,
    /// Number of texts that came since, which joined the nearest theme or wait.
    added: usize,
    /// The themes of all texts, then those of each category.
    groups: Vec<ThemeGroupDto>,
}

/// The themes of all texts, or of one category.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ThemeGroup)]
struct ThemeGroupDto {
    /// The category; `null` for all texts.
    #[schema(required)]
    label: Option<String>,
    /// Number of texts.
    texts: u64,
    /// Number of texts that belong to no theme.
    unassigned: u64,
    /// Pinned themes first, then the largest.
    themes: Vec<ThemeDto>,
    /// What became of the themes when they were found again the last time; themes that only gained or lost texts are not listed.
    changes: Vec<ThemeChangeDto>,
}

fn whats() -> Object {
    one_of(&["born", "split", "merged", "died"])
}

/// What became of a theme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ThemeChange)]
struct ThemeChangeDto {
    /// `born` or `split` for a new theme, `merged` or `died` for one that is gone.
    #[schema(schema_with = whats)]
    what: What,
    /// The theme.
    id: u64,
    /// The theme that it was split from, or that has most of its texts now; `null` if there is none.
    #[schema(required)]
    other: Option<u64>,
    /// Number of texts that it has or had.
    texts: usize,
}

impl From<Change> for ThemeChangeDto {
    fn from(change: Change) -> Self {
        Self {
            what: change.what,
            id: change.id,
            other: change.other,
            texts: change.texts,
        }
    }
}

/// A theme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Theme)]
struct ThemeDto {
    /// It stays the same when the themes are found again.
    id: u64,
    /// The name that a person gave it, or words of its texts. Empty for a moment after one of its texts was erased.
    name: String,
    pinned: bool,
    hidden: bool,
    /// Whether no parts were found when it was to be split.
    indivisible: bool,
    /// The label that it became; `null` if it did not.
    #[schema(required)]
    label: Option<String>,
    /// The ids of the themes that are parts of it.
    merged: Vec<u64>,
    /// Number of texts.
    texts: u64,
    /// Share of the texts of the group, 0 to 1.
    share: f64,
    /// Lower end of the 95 % interval of the share (Wilson).
    low: f64,
    /// Upper end of the interval.
    high: f64,
    /// When its first text was written (RFC 3339); `null` if no text has a date.
    #[schema(required)]
    first: Option<String>,
    /// When its last text was written.
    #[schema(required)]
    last: Option<String>,
    /// The last period and the one before; `null` if the dates cover less than two days.
    #[schema(required)]
    trend: Option<TrendDto>,
    /// Typical texts.
    quotes: Vec<ThemeQuoteDto>,
    /// The values with the most texts of the field that the request names.
    values: Vec<ThemeValueDto>,
}

/// A theme in the last period and in the one before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trend)]
struct TrendDto {
    /// The length of a period in days; the last one ends with the newest text of all.
    days: i64,
    /// Texts of the theme in the last period.
    texts: u64,
    /// Texts of the theme in the period before.
    texts_before: u64,
    /// All texts of the group in the last period.
    of: u64,
    /// All texts of the group in the period before.
    of_before: u64,
    /// Whether the share changed beyond chance (test for two proportions at 5 %).
    #[schema(schema_with = directions)]
    direction: &'static str,
}

/// A typical text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ThemeQuote)]
struct ThemeQuoteDto {
    /// The id of the prediction.
    id: i64,
    text: String,
}

/// A value of a field, and how many texts of a theme have it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ThemeValue)]
struct ThemeValueDto {
    /// Empty for the texts whose record has no such field, or an empty one.
    value: String,
    texts: u64,
    /// Share of the texts of the theme, 0 to 1.
    share: f64,
    /// Lower end of the 95 % interval of the share (Wilson).
    low: f64,
    /// Upper end of the interval.
    high: f64,
}

impl From<Shown> for ThemesDto {
    fn from(shown: Shown) -> Self {
        Self {
            found_at: shown.found_at.map(rfc3339),
            finding: shown.is_finding,
            texts: shown.texts,
            added: shown.added,
            groups: shown.groups.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ShownGroup> for ThemeGroupDto {
    fn from(group: ShownGroup) -> Self {
        Self {
            label: group.label,
            texts: group.n,
            unassigned: group.waiting,
            themes: group.themes.into_iter().map(Into::into).collect(),
            changes: group.changes.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ShownTheme> for ThemeDto {
    fn from(theme: ShownTheme) -> Self {
        let (share, low, high) = theme.share.map_or((0.0, 0.0, 1.0), |(share, interval)| {
            (share, interval.low, interval.high)
        });
        let quote = |item: feedback_store::StoredPrediction| ThemeQuoteDto {
            id: item.id,
            text: item.prediction.text,
        };
        Self {
            id: theme.id,
            name: theme.name,
            pinned: theme.is_pinned,
            hidden: theme.is_hidden,
            indivisible: theme.is_indivisible,
            label: theme.label,
            merged: theme.merged.into_iter().map(|(id, _)| id).collect(),
            texts: theme.n,
            share,
            low,
            high,
            first: theme.figures.first.map(rfc3339),
            last: theme.figures.last.map(rfc3339),
            trend: theme.figures.trend.map(Into::into),
            quotes: theme.quotes.into_iter().map(quote).collect(),
            values: theme.values.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Trend> for TrendDto {
    fn from(trend: Trend) -> Self {
        Self {
            days: trend.days,
            texts: trend.texts[0],
            texts_before: trend.texts[1],
            of: trend.of[0],
            of_before: trend.of[1],
            direction: Direction::of(&trend).name(),
        }
    }
}

impl From<ShownValue> for ThemeValueDto {
    fn from(value: ShownValue) -> Self {
        let (share, low, high) = value.share.map_or((0.0, 0.0, 1.0), |(share, interval)| {
            (share, interval.low, interval.high)
        });
        Self {
            value: value.value,
            texts: value.n,
            share,
            low,
            high,
        }
    }
}
