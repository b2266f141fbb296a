//! One piece of feedback with all its fields, and rows that cannot be used.

pub(crate) mod bad_row;
pub(crate) mod fields;
pub(crate) mod json_fields;
mod json_line;
pub(crate) mod table_row;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use fields::{FieldNames, Fields};
use json_line::JsonLine;
use table_row::TableRow;

use feedback_text::labels::{is_choices, listed_labels};
use feedback_text::{has_visible_character, json::repaired, json_path};

pub use bad_row::{BadRow, BadRowReason, JsonStructure};

/// One piece of feedback: all fields of the input, unchanged and in the order of the input.
///
/// Numbers that 64-bit floats or integers cannot represent exactly are kept as they are written in the input, so a record that
/// is read and written again does not change.
///
/// # Examples
///
/// ```
/// use feedback_dataset::record::Record;
///
/// let mut record = Record::from_text("The export crashes");
/// record.set("label", "bug");
/// assert_eq!(record.text(), "The export crashes");
/// assert_eq!(record.label(), Some("bug"));
/// assert_eq!(record.to_json(), r#"{"text":"The export crashes","label":"bug"}"#);
/// ```
#[derive(Debug, Clone)]
pub struct Record {
    content: Content,
    names: Arc<FieldNames>,
    /// The text of a label that is not a string, once it was asked for.
    label_text: OnceLock<Option<Box<str>>>,
}

#[derive(Debug, Clone)]
enum Content {
    /// A line of JSON as it was read. Fields other than the text and the label are parsed when they are first needed.
    Line(JsonLine),
    /// A row of a table. Its fields are made when they are first needed.
    Row(TableRow),
    Fields(Fields),
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.content() == other.content() && self.names == other.names
    }
}

impl Record {
    /// Creates a record with these fields; the text is in the field `text`, the label in the field `label`.
    #[must_use]
    pub fn new(fields: Map<String, Value>) -> Self {
        let fields = Fields {
            map: fields,
            verbatim: Vec::new(),
        };
        Self::from_fields(fields, &Arc::default())
    }

    /// Creates a record with only a text.
    #[must_use]
    pub fn from_text(text: impl Into<String>) -> Self {
        let mut fields = Map::new();
        fields.insert("text".to_string(), Value::String(text.into()));
        Self::new(fields)
    }

    pub(crate) fn from_fields(fields: Fields, names: &Arc<FieldNames>) -> Self {
        Self {
            content: Content::Fields(fields),
            names: Arc::clone(names),
            label_text: OnceLock::new(),
        }
    }

    pub(crate) fn from_table_row(row: TableRow, names: &Arc<FieldNames>) -> Self {
        Self {
            content: Content::Row(row),
            names: Arc::clone(names),
            label_text: OnceLock::new(),
        }
    }

    /// Parses one line of JSON. The caller must check that the required fields exist.
    ///
    /// `NaN` and infinities become `null`, and halves of surrogate pairs U+FFFD.
    pub(crate) fn from_json_line(line: &str, names: &Arc<FieldNames>) -> Result<Self, BadRowReason> {
        if let Some(line) = json_line::scan(line, names) {
            return Ok(Self {
                content: Content::Line(line),
                names: Arc::clone(names),
                label_text: OnceLock::new(),
            });
        }
        let fields = json_fields::parse_fields(line).or_else(|reason| match repaired(line) {
            Some(line) => json_fields::parse_fields(&line),
            None => Err(reason),
        });
        fields.map(|fields| Self::from_fields(fields, names))
    }

    /// Whether it is known that no field is a list or an object.
    pub(crate) fn is_flat(&self) -> bool {
        matches!(self.content, Content::Line(_) | Content::Row(_))
    }

    fn content(&self) -> &Fields {
        match &self.content {
            Content::Line(line) => line.fields(),
            Content::Row(row) => row.fields(),
            Content::Fields(fields) => fields,
        }
    }

    /// Changes the fields. The record then keeps the parsed fields instead of the line.
    fn edit<T>(&mut self, change: impl FnOnce(&mut Fields) -> T) -> T {
        let content = std::mem::replace(&mut self.content, Content::Fields(Fields::default()));
        let mut fields = match content {
            Content::Line(line) => line.into_fields(),
            Content::Row(row) => row.into_fields(),
            Content::Fields(fields) => fields,
        };
        let result = change(&mut fields);
        self.content = Content::Fields(fields);
        self.label_text = OnceLock::new();
        result
    }

    /// All fields in the order of the input.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.content().map
    }

    /// The value of a field; `None` if the field is missing.
    ///
    /// If no field has this name, it can be a path to a value within a field, such as `data.text` or `annotations[0].result`. The
    /// names of the text field and the label field can be paths, too.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        json_path::find(self.fields(), name)
    }

    /// The text. Records from a reader always have a text; for other records, a missing text is the empty string.
    #[must_use]
    pub fn text(&self) -> &str {
        let text = match &self.content {
            Content::Line(line) => line.text(),
            Content::Row(row) => row.text(),
            Content::Fields(_) => self.string(&self.names.text),
        };
        text.unwrap_or_default()
    }

    /// The label; `None` if it is missing, empty, `null`, an object, or a list of several labels.
    ///
    /// A number is its digits as they are in the input, a boolean is `true` or `false`, and a list with one label is this label. The
    /// objects of [`listed_labels`] are lists.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        let (label, may_be_other) = match &self.content {
            Content::Line(line) => (line.label(), line.has_other_label()),
            Content::Row(row) => (row.label(), false),
            Content::Fields(_) => (self.string(&self.names.label), true),
        };
        let other = || self.label_text.get_or_init(|| self.text_of_label()).as_deref();
        let (label, may_be_other) = match label {
            Some(cell) if is_choices(cell) => (None, true),
            label => (label, may_be_other),
        };
        let label = label.or_else(|| may_be_other.then(other).flatten());
        label.filter(|label| has_visible_character(label))
    }

    /// Returns the text of a label that is not a string.
    fn text_of_label(&self) -> Option<Box<str>> {
        let name = &self.names.label;
        let label = self.get(name)?;
        let listed = listed_labels(label);
        match listed.as_ref().unwrap_or(label) {
            Value::Number(_) => Some(self.cell(name).into()),
            Value::Array(labels) => match labels.as_slice() {
                [label] => text_of(label),
                _ => None,
            },
            label => text_of(label),
        }
    }

    /// The field `id`, if it is a string or a number.
    #[must_use]
    pub fn id(&self) -> Option<Cow<'_, str>> {
        match self.get("id")? {
            Value::String(id) => Some(Cow::Borrowed(id)),
            Value::Number(number) => Some(match self.content().verbatim("id") {
                Some(text) => Cow::Borrowed(text),
                None => Cow::Owned(number.to_string()),
            }),
            _ => None,
        }
    }

    /// The field `source`, if it is a string.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.string("source")
    }

    /// The field `created_at`, if it is a string.
    #[must_use]
    pub fn created_at(&self) -> Option<&str> {
        self.string("created_at")
    }

    /// Sets a field. An existing field keeps its position; a new field is added at the end. The name can be the path to an existing
    /// value, as for [`get`](Self::get).
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let name = name.into();
        self.edit(|fields| {
            if !fields.map.contains_key(&name)
                && let Some((root, nested)) = json_path::find_nested(&mut fields.map, &name)
            {
                *nested = value.into();
                fields.verbatim.retain(|(field, _)| field != root);
                return;
            }
            fields.verbatim.retain(|(field, _)| *field != name);
            fields.map.insert(name, value.into());
        });
    }

    /// Removes a field and returns its value; the other fields keep their order.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.edit(|fields| {
            fields.verbatim.retain(|(field, _)| field != name);
            fields.map.shift_remove(name)
        })
    }

    /// The name of the field that contains the text.
    #[must_use]
    pub fn text_field(&self) -> &str {
        &self.names.text
    }

    /// The name of the field that contains the label.
    #[must_use]
    pub fn label_field(&self) -> &str {
        &self.names.label
    }

    /// Returns the record as one line of JSON, without a line break.
    #[must_use]
    pub fn to_json(&self) -> String {
        if let Content::Line(line) = &self.content
            && let Some(written) = line.as_written()
        {
            return written.to_string();
        }
        self.content().to_json()
    }

    /// True if both records have the same value of the field, or both lack it. Numbers must be written with the same digits.
    #[must_use]
    pub fn same_field(&self, other: &Self, name: &str) -> bool {
        self.get(name) == other.get(name) && self.content().verbatim(name) == other.content().verbatim(name)
    }

    /// Returns the field as it is written to a table cell: strings as they are, an empty cell for `null` or a missing field, and
    /// JSON for other values.
    #[must_use]
    pub fn cell(&self, name: &str) -> Cow<'_, str> {
        match self.get(name) {
            None | Some(Value::Null) => Cow::Borrowed(""),
            Some(Value::String(text)) => Cow::Borrowed(text),
            Some(value) => match self.content().verbatim(name) {
                Some(text) => Cow::Borrowed(text),
                None => Cow::Owned(value.to_string()),
            },
        }
    }

    fn string(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

/// Returns a string, number or boolean as text.
fn text_of(value: &Value) -> Option<Box<str>> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A record and where it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The record.
    pub record: Record,
    /// Line on which the row begins, from 1, as a text editor shows it. If several elements of a JSON array begin on a line, each counts
    /// as a further line.
    pub line: u64,
    /// Offset of the row in bytes from the start of the file, counted like [`BadRow::offset`].
    pub offset: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_keeps_the_position_of_a_field_and_appends_new_fields() {
        let mut record = Record::from_text("a");
        record.set("label", "bug");
        record.set("text", "b");
        record.set("score", 0.5);
        assert_eq!(record.to_json(), r#"{"text":"b","label":"bug","score":0.5}"#);
        assert_eq!(record.remove("label"), Some(Value::from("bug")));
        assert_eq!(record.to_json(), r#"{"text":"b","score":0.5}"#);
    }

    #[test]
    fn a_label_of_white_space_does_not_count() {
        let mut record = Record::from_text("a");
        assert_eq!(record.label(), None);
        record.set("label", " \u{200B}");
        assert_eq!(record.label(), None);
    }

    #[test]
    fn a_label_that_is_not_a_string_is_its_text() {
        for (label, expected) in [
            ("3", Some("3")),
            ("1.0", Some("1.0")),
            ("-1e5", Some("-1e5")),
            ("true", Some("true")),
            (r#"["bug"]"#, Some("bug")),
            ("[7]", Some("7")),
            (r#"["bug","praise"]"#, None),
            ("[]", None),
            ("null", None),
            (r#"{"a":1}"#, None),
            (r#"{"choices":["bug"]}"#, Some("bug")),
            (r#""{\"choices\":[\"bug\"]}""#, Some("bug")),
            (r#""{\"choices\":[\"bug\",\"praise\"]}""#, None),
            (r#"{"bug":1.0,"praise":0.0}"#, Some("bug")),
            (r#"{"bug":1.0,"praise":1.0}"#, None),
        ] {
            let line = format!(r#"{{"text":"a","label":{label}}}"#);
            let mut record = parse(&line).unwrap();
            assert_eq!(record.label(), expected, "{label}");
            assert_eq!(record.to_json(), line);
            record.set("label", "x");
            assert_eq!(record.label(), Some("x"));
        }
    }

    #[test]
    fn names_of_fields_may_be_paths() {
        let names = Arc::new(FieldNames {
            text: "data.text".to_string(),
            label: "answers[0].value".to_string(),
        });
        let line = r#"{"data":{"text":"a","n":1.10},"answers":[{"value":["bug"]}],"f":1.10}"#;
        let mut record = Record::from_json_line(line, &names).unwrap();
        assert_eq!((record.text(), record.label()), ("a", Some("bug")));
        record.set("answers[0].value", "praise");
        record.set("answers[1].value", "x");
        assert_eq!(record.label(), Some("praise"));
        assert_eq!(
            record.to_json(),
            r#"{"data":{"text":"a","n":1.10},"answers":[{"value":"praise"}],"f":1.10,"answers[1].value":"x"}"#
        );
    }

    #[test]
    fn ids_may_be_numbers() {
        let mut record = Record::from_text("a");
        assert_eq!(record.id(), None);
        record.set("id", 17);
        assert_eq!(record.id().as_deref(), Some("17"));
        record.set("id", "x");
        assert_eq!(record.id().as_deref(), Some("x"));
    }

    fn parse(line: &str) -> Result<Record, BadRowReason> {
        Record::from_json_line(line, &Arc::default())
    }

    #[test]
    fn fields_keep_order_and_exact_numbers() {
        let line = r#"{"z":1,"text":"ü \"q\"","big":123456789012345678901234567890,"f":1.10,"e":[1e5,{"a":1.0}],"n":null,"b":true}"#;
        assert_eq!(parse(line).map(|record| record.to_json()).as_deref(), Ok(line));
    }

    #[test]
    fn a_number_out_of_range_is_its_digits() {
        let record = parse(r#"{"text":"a","label":1E400,"n":[-1e999,2.50]}"#).unwrap();
        assert_eq!(record.label(), Some("1E400"));
        assert_eq!(
            record.to_json(),
            r#"{"text":"a","label":"1E400","n":["-1e999",2.50]}"#
        );
    }

    #[test]
    fn a_changed_number_is_written_as_changed() {
        let mut record = parse(r#"{"text":"a","n":1.10}"#).unwrap();
        record.set("n", 2);
        assert_eq!(record.to_json(), r#"{"text":"a","n":2}"#);
    }
}
