//! The history of predictions.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::schema::Object;

use crate::clock::now_ms;
use crate::error::Result;
use crate::http::extract::{ApiQuery, limit};
use crate::http::url::{encoded, with_query};
use crate::limits::end_page;
use crate::openapi::choice;
use crate::problem::{Problem, ServiceResult};
use crate::services::periods::PERIODS;
use crate::services::spellings::spellings;
use crate::services::themes;
use crate::state::{Inner, Shared};
use feedback_inference::UNFAMILIAR_ABOVE;
use feedback_store::{AnswerFilter, Cursor, FieldFilter, FieldValue, Filter, Overview, StoredPrediction};

/// The query parameters of the history, the dashboard and exports. Empty values, as forms send them, are ignored.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// Only texts that contain this, ignoring case.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) q: String,
    /// Only texts with this label: among the corrected labels or, without a correction, among the predicted ones. `∅` selects the texts
    /// without labels.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) label: String,
    /// Only texts from this source.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) source: String,
    /// From this date or time on (ISO 8601; UTC if it has no time zone).
    #[serde(default)]
    #[param(required = false)]
    pub(crate) from: String,
    /// Before this time, or up to the end of this date.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) to: String,
    /// Only texts of this period, relative to today in UTC: `7d`, `30d`, `90d`, `month`, `last-month`, `year` or `last-year`. Together with
    /// `from` and `to`, the text must be in both.
    #[serde(default)]
    #[param(schema_with = period_values, required = false)]
    pub(crate) period: String,
    /// Minimum confidence, 0 to 1.
    #[serde(default)]
    #[param(required = false, pattern = r"^(0(\.[0-9]+)?|1(\.0+)?)?$")]
    pub(crate) min_confidence: String,
    /// Maximum confidence, 0 to 1.
    #[serde(default)]
    #[param(required = false, pattern = r"^(0(\.[0-9]+)?|1(\.0+)?)?$")]
    pub(crate) max_confidence: String,
    /// `true`: only texts that the model finds unfamiliar, those with an `unfamiliarity` above 0.95.
    #[serde(default)]
    #[param(schema_with = unfamiliar_values, required = false)]
    pub(crate) unfamiliar: String,
    /// `true`: only corrected predictions; `false`: only predictions without a correction.
    #[serde(default)]
    #[param(schema_with = corrected_values, required = false)]
    pub(crate) corrected: String,
    /// Only texts whose record has these values in these fields, such as `field[plan]=pro`; at most 10 fields and answers. If no text has
    /// exactly this value, upper and lower case are ignored, unless the field has more than 20,000 values. The value `∅` selects the texts whose
    /// record has no such field, or an empty one.
    #[serde(default)]
    #[param(required = false, style = DeepObject, explode, value_type = HashMap<String, String>)]
    pub(crate) field: BTreeMap<String, String>,
    /// Only texts to which the model gave these answers to its further questions, such as `answer[sentiment]=negative`; at most 10 fields and
    /// answers. The answer `∅` selects the texts without an answer.
    #[serde(default)]
    #[param(required = false, style = DeepObject, explode, value_type = HashMap<String, String>)]
    pub(crate) answer: BTreeMap<String, String>,
    /// `similar`: each item says which earlier item of the page says the same (`same_as`).
    #[serde(default)]
    #[param(schema_with = group_values, required = false)]
    pub(crate) group: String,
    /// Only texts of the theme with this id.
    #[serde(default)]
    #[param(required = false, pattern = "^[0-9]{0,18}$")]
    pub(crate) theme: String,
    /// The texts of that theme.
    #[serde(skip)]
    pub(crate) theme_texts: Option<Vec<i64>>,
    /// The values that differ only in case, for those that no text has exactly.
    #[serde(skip)]
    pub(crate) spellings: BTreeMap<String, Vec<String>>,
    /// The value of `next` from the previous page.
    #[serde(default)]
    #[param(required = false, pattern = "^([1-9][0-9]{0,17})?$")]
    pub(crate) before: String,
    /// Maximum number of items.
    #[param(value_type = usize, required = false, minimum = 1, maximum = 500, default = 50)]
    pub(crate) limit: Option<usize>,
}

fn unfamiliar_values() -> Object {
    choice(
        &["", "true"],
        "`true`: only texts that the model finds unfamiliar, those with an `unfamiliarity` above 0.95.",
    )
}

fn period_values() -> Object {
    let names: Vec<&str> = std::iter::once("").chain(PERIODS.map(|(name, _)| name)).collect();
    choice(&names, "Only texts of this period, relative to today in UTC.")
}

fn group_values() -> Object {
    choice(
        &["", "similar"],
        "`similar`: each item says which earlier item of the page says the same (`same_as`).",
    )
}

fn corrected_values() -> Object {
    choice(
        &["", "true", "false"],
        "`true`: only corrected predictions; `false`: only predictions without a correction.",
    )
}

/// The value of a field that selects the texts whose record has no such field; as a label, it selects the texts without labels.
pub(crate) const NO_VALUE: &str = "∅";
/// The names of filters, and of the other parameters of pages and lists with filters.
const KNOWN: [&str; 20] = [
    "period",
    "q",
    "label",
    "source",
    "from",
    "to",
    "min_confidence",
    "max_confidence",
    "unfamiliar",
    "corrected",
    "group",
    "theme",
    "before",
    "limit",
    "by",
    "compare",
    "window",
    "format",
    "why",
    "labelled",
];
/// Maximum number of fields and answers in a filter.
const MAX_FIELDS: usize = 10;

impl FromRequestParts<Shared> for HistoryQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> ServiceResult<Self> {
        let ApiQuery(query) = ApiQuery::<Self>::from_request_parts(parts, state).await?;
        let query = query.with_fields(parts.uri.query().unwrap_or_default())?;
        query.resolved(state).await
    }
}

impl HistoryQuery {
    /// Parses a query string, as [`without_cursor`](Self::without_cursor) returns it.
    pub(crate) fn parse(text: &str) -> ServiceResult<Self> {
        let uri =
            Uri::try_from(with_query("/", text)).map_err(|error| Problem::invalid(error.to_string()))?;
        let Query(query) =
            Query::<Self>::try_from_uri(&uri).map_err(|error| Problem::invalid(error.body_text()))?;
        query.with_fields(text)
    }

    /// Looks up the texts of the theme, and how values of fields are spelt; without this, the filter ignores the theme, and values match exactly.
    ///
    /// # Errors
    ///
    /// `not_found` if there is no such theme.
    pub(crate) async fn resolved(mut self, state: &Inner) -> ServiceResult<Self> {
        for field in self.field.iter().map(field_value) {
            let name = field.name.clone();
            if let Some(spellings) = spellings(state, field).await? {
                self.spellings.insert(name, spellings);
            }
        }
        if !self.theme.is_empty() {
            let id = self.theme.parse();
            let id = id.map_err(|_| Problem::invalid("`theme` must be a number"))?;
            self.theme_texts = Some(themes::texts(state, id).await?);
        }
        Ok(self)
    }

    /// Adds the fields, and refuses unknown names: a misspelt filter would otherwise be ignored and select all texts.
    fn with_fields(mut self, text: &str) -> ServiceResult<Self> {
        let mut seen = HashSet::new();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            if value.is_empty() {
                continue;
            }
            if !seen.insert(key.clone().into_owned()) {
                return Err(Problem::invalid(format!("`{key}` is given more than once")));
            }
            let within = |kind: &str| key.strip_prefix(kind)?.strip_prefix('[')?.strip_suffix(']');
            match (within("field"), within("answer")) {
                (Some(name), _) => {
                    self.field.insert(name.to_owned(), value.into_owned());
                }
                (None, Some(question)) => {
                    self.answer.insert(question.to_owned(), value.into_owned());
                }
                _ if KNOWN.contains(&&*key) => {}
                _ => {
                    let known = KNOWN.join(", ");
                    return Err(Problem::invalid(format!(
                        "there is no filter `{key}`; the filters are {known}, field[NAME] and answer[QUESTION]"
                    )));
                }
            }
        }
        if self.field.len() + self.answer.len() > MAX_FIELDS {
            return Err(Problem::invalid(format!(
                "the filter has more than {MAX_FIELDS} fields and answers"
            )));
        }
        Ok(self)
    }
}

impl HistoryQuery {
    pub(crate) fn filter(&self) -> ServiceResult<Filter> {
        let text = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
        let (from, to) = self.times(now_ms())?;
        Ok(Filter {
            text: text(&self.q),
            label: text(&self.label).map(label_value),
            source: text(&self.source),
            from,
            to,
            older_than: None,
            max_id: None,
            not_by_model: None,
            min_confidence: share("min_confidence", &self.min_confidence)?,
            max_confidence: share("max_confidence", &self.max_confidence)?,
            unfamiliar_above: match self.unfamiliar.as_str() {
                "" => None,
                "true" => Some(UNFAMILIAR_ABOVE),
                _ => return Err(Problem::invalid("`unfamiliar` must be `true` or left out")),
            },
            corrected: match self.corrected.as_str() {
                "" => None,
                "true" => Some(true),
                "false" => Some(false),
                _ => return Err(Problem::invalid("`corrected` must be `true` or `false`")),
            },
            doubtful: None,
            fields: self.field.iter().map(|field| self.field_filter(field)).collect(),
            answers: self.answer.iter().map(answer_filter).collect(),
            ids: self.theme_texts.clone(),
        })
    }

    fn field_filter(&self, field: (&String, &String)) -> FieldFilter {
        let name = field.0.clone();
        match self.spellings.get(&name) {
            Some(spellings) => FieldFilter {
                name,
                values: spellings.clone(),
            },
            None => field_value(field).into(),
        }
    }

    /// Whether texts that say the same belong together.
    ///
    /// # Errors
    ///
    /// `invalid_request` for another value than `similar`.
    pub(crate) fn groups_similar(&self) -> ServiceResult<bool> {
        match self.group.as_str() {
            "" => Ok(false),
            "similar" => Ok(true),
            _ => Err(Problem::invalid("`group` must be `similar` or left out")),
        }
    }

    pub(crate) fn cursor(&self) -> ServiceResult<Cursor> {
        let limit = limit(self.limit)?;
        if self.before.is_empty() {
            return Ok(Cursor::newest(limit));
        }
        let before = self.before.parse().ok().filter(|before| *before > 0);
        let before = before.ok_or_else(|| Problem::invalid("`before` must be a number above 0"))?;
        Ok(Cursor { before, limit })
    }

    /// Returns the given filters, without the position in the list.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (Cow<'static, str>, &str)> {
        [
            ("q", &self.q),
            ("label", &self.label),
            ("source", &self.source),
            ("from", &self.from),
            ("to", &self.to),
            ("period", &self.period),
            ("min_confidence", &self.min_confidence),
            ("max_confidence", &self.max_confidence),
            ("unfamiliar", &self.unfamiliar),
            ("corrected", &self.corrected),
            ("group", &self.group),
            ("theme", &self.theme),
        ]
        .into_iter()
        .map(|(name, value)| (Cow::Borrowed(name), value.as_str()))
        .chain(
            self.field
                .iter()
                .map(|(name, value)| (Cow::Owned(field_key(name)), value.as_str())),
        )
        .chain(
            self.answer
                .iter()
                .map(|(question, label)| (Cow::Owned(answer_key(question)), label.as_str())),
        )
        .filter(|(_, value)| !value.is_empty())
    }

    /// Returns the given filters as a query string, for links to other pages of the list.
    pub(crate) fn without_cursor(&self) -> String {
        let pairs: Vec<String> = self
            .fields()
            .map(|(name, value)| format!("{}={}", encoded(&name), encoded(value)))
            .collect();
        pairs.join("&")
    }
}

/// Returns the name of the query parameter for a field.
pub(crate) fn field_key(name: &str) -> String {
    format!("field[{name}]")
}

/// Returns the name of the query parameter for the answer to a question.
pub(crate) fn answer_key(question: &str) -> String {
    format!("answer[{question}]")
}

fn answer_filter((question, label): (&String, &String)) -> AnswerFilter {
    AnswerFilter {
        question: question.clone(),
        label: label_value(label.clone()),
    }
}

fn label_value(label: String) -> String {
    if label == NO_VALUE { String::new() } else { label }
}

fn field_value((name, value): (&String, &String)) -> FieldValue {
    let value = if value == NO_VALUE { "" } else { value };
    FieldValue {
        name: name.clone(),
        value: value.to_owned(),
    }
}

fn share(name: &str, value: &str) -> ServiceResult<Option<f64>> {
    if value.is_empty() {
        return Ok(None);
    }
    let share = value.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share
        .map(Some)
        .ok_or_else(|| Problem::invalid(format!("`{name}` must be from 0 to 1")))
}

/// A page of predictions, and whether there are more.
pub(crate) struct Page {
    pub(crate) items: Vec<StoredPrediction>,
    has_more: bool,
}

impl Page {
    fn new(mut items: Vec<StoredPrediction>, limit: usize) -> Self {
        let has_more = end_page(&mut items, limit, |item| {
            item.prediction.text.len() + item.prediction.fields.n_bytes()
        });
        Self { items, has_more }
    }

    /// Returns the value of `before` for the next page; `None` on the last page.
    pub(crate) fn next(&self) -> Option<i64> {
        self.items.last().map(|item| item.id).filter(|_| self.has_more)
    }
}

/// Returns a page of predictions, newest first.
pub(crate) async fn list(state: &Inner, filter: Filter, cursor: Cursor) -> ServiceResult<Page> {
    let _turn = state.lists.acquire().await;
    let items = state.store.run(move |store| store.history(&filter, cursor));
    Ok(Page::new(items.await?, cursor.limit))
}

/// Returns a page of predictions, and how many predictions match the filter in total.
pub(crate) async fn list_and_count(
    state: &Inner,
    filter: Filter,
    cursor: Cursor,
) -> ServiceResult<(Page, u64)> {
    let _turn = state.lists.acquire().await;
    let (items, count) = state
        .store
        .run(move |store| -> Result<_> {
            let items = store.history(&filter, cursor)?;
            // Counting the texts with a word takes longest. The last page tells their number, if it is the first one, too.
            let count = match cursor.before == i64::MAX && items.len() < cursor.limit {
                true => items.len() as u64,
                false => store.count(&filter)?,
            };
            Ok((items, count))
        })
        .await?;
    Ok((Page::new(items, cursor.limit), count))
}

/// Returns the prediction with this id.
///
/// # Errors
///
/// `not_found` if there is no such prediction.
pub(crate) async fn find(state: &Inner, id: i64) -> ServiceResult<StoredPrediction> {
    let found = state.store.run(move |store| store.prediction(id)).await?;
    found.ok_or_else(|| Problem::not_found("prediction", id))
}

/// Returns counts of the predictions that match the filter, for the dashboard.
pub(crate) async fn overview(state: &Inner, filter: Filter) -> ServiceResult<Overview> {
    Ok(state.store.run(move |store| store.overview(&filter)).await?)
}
