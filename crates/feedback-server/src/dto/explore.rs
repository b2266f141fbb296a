//! The JSON types of fields and breakdowns.

use serde::Serialize;
use utoipa::ToSchema;

use crate::services::breakdown::{Breakdown, Group};
use crate::services::explore::{Choice, share};

/// A field and its values.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Field)]
pub(crate) struct FieldDto {
    name: String,
    /// The values among the newest texts, in ascending order.
    values: Vec<String>,
}

impl From<Choice> for FieldDto {
    fn from(choice: Choice) -> Self {
        Self {
            name: choice.name,
            values: choice.values,
        }
    }
}

/// Texts by the values of a field, or by source, theme or answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Breakdown)]
pub(crate) struct BreakdownDto {
    /// What the request says.
    by: String,
    /// Number of texts. With several answers, a text is in several groups; a text may also be in no theme.
    texts: u64,
    /// The values with the most texts, in ascending order; the themes in the order of the page of themes.
    groups: Vec<GroupDto>,
    /// Number of further values.
    other_values: usize,
    /// Number of texts with these values.
    other_texts: u64,
}

/// The texts with one value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Group)]
struct GroupDto {
    /// The value, or the id of a theme; empty for the texts whose record has no such field, or an empty one.
    value: String,
    /// The name of a theme.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Number of texts.
    texts: u64,
    /// The labels of these texts, in ascending order.
    labels: Vec<LabelShareDto>,
}

/// How many texts have a label.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LabelShare)]
struct LabelShareDto {
    /// The label, corrected or predicted; empty for the texts without labels. A text with several labels counts under each of them.
    label: String,
    /// Number of texts.
    texts: u64,
    /// Share of the texts of the group, 0 to 1.
    share: f64,
    /// Lower end of the 95 % interval of the share (Wilson).
    low: f64,
    /// Upper end of the interval.
    high: f64,
}

impl BreakdownDto {
    pub(crate) fn new(by: String, found: Breakdown) -> Self {
        Self {
            by,
            texts: found.n,
            groups: found.groups.into_iter().map(Into::into).collect(),
            other_values: found.others.0,
            other_texts: found.others.1,
        }
    }
}

impl From<Group> for GroupDto {
    fn from(group: Group) -> Self {
        let labels = group.labels.into_iter().filter_map(|(label, texts)| {
            let (share, interval) = share(texts, group.n)?;
            Some(LabelShareDto {
                label,
                texts,
                share,
                low: interval.low,
                high: interval.high,
            })
        });
        Self {
            value: group.value,
            name: group.name,
            texts: group.n,
            labels: labels.collect(),
        }
    }
}
