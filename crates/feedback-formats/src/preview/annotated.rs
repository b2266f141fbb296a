//! Exports of annotation tools, recognised by the shape of their first rows.
//!
//! To add a tool, add an entry to [`TOOLS`] and a row to the table in `docs/server.md`. A test compares the two.

use std::collections::{BTreeSet, HashSet};

use feedback_dataset::labels::listed_labels;
use feedback_dataset::read::Format;
use feedback_dataset::record::Row;
use serde_json::Value;

use crate::contents::FileFormat;
use crate::preview::exports::{KnownExport, RecognisedExport};
use crate::preview::fields::FieldSample;
use crate::preview::values::{most_like_text, repeats};

/// What the first rows of a file look like.
struct Look<'a> {
    format: FileFormat,
    fields: &'a [FieldSample],
    rows: &'a [Row],
}

type Find = fn(&Look<'_>) -> Option<(String, Vec<String>)>;

/// An annotation tool.
struct Tool {
    export: KnownExport,
    /// Where the text is, for the documentation.
    #[cfg_attr(not(test), expect(dead_code, reason = "compared with the documentation"))]
    text: &'static str,
    /// Where the label is, for the documentation.
    #[cfg_attr(not(test), expect(dead_code, reason = "compared with the documentation"))]
    label: &'static str,
    /// Returns where the text and the answers to each question are, if the file is an export of this tool. The first question counts.
    find: Find,
}

/// The columns that Label Studio adds in JSON-MIN and CSV.
const LABEL_STUDIO: [&str; 4] = ["annotation_id", "annotator", "lead_time", "updated_at"];

const TOOLS: &[Tool] = &[
    Tool {
        export: KnownExport::tool("Label Studio (JSON)", "label-studio"),
        text: "`data.text`, or the longest of `data`",
        label: "`annotations[0].result[from_name=QUESTION].value.choices`",
        find: label_studio,
    },
    Tool {
        export: KnownExport::tool("Label Studio (JSON-MIN, CSV)", "label-studio"),
        text: "the longest column",
        label: "the column with choices",
        find: label_studio_flat,
    },
    Tool {
        export: KnownExport::tool("Argilla", "argilla"),
        text: "`fields.text`, or the longest of `fields`",
        label: "`responses.QUESTION[0].value`",
        find: argilla,
    },
    Tool {
        export: KnownExport::tool("Argilla (flat)", "argilla"),
        text: "`text`, or the longest column",
        label: "`QUESTION.responses`",
        find: argilla_flat,
    },
    Tool {
        export: KnownExport::tool("Argilla (feedback dataset)", "argilla"),
        text: "`text`, or the longest column",
        label: "`QUESTION[0].value`",
        find: argilla_feedback,
    },
    Tool {
        export: KnownExport::tool("Argilla 1", "argilla"),
        text: "`text`",
        label: "`annotation`",
        find: argilla_1,
    },
    Tool {
        export: KnownExport::tool("Prodigy", "prodigy"),
        text: "`text`",
        label: "`accept`, or `label`",
        find: prodigy,
    },
    Tool {
        export: KnownExport::tool("doccano (JSON Lines)", "doccano"),
        text: "`text`, or `data`",
        label: "`label`",
        find: doccano,
    },
    Tool {
        export: KnownExport::tool("spaCy", "spacy"),
        text: "`text`",
        label: "`cats`, where at least 0.5",
        find: spacy,
    },
    Tool {
        export: KnownExport::tool("Rasa (YAML, JSON)", "rasa"),
        text: "`text`",
        label: "`intent`",
        find: rasa,
    },
    Tool {
        export: KnownExport::tool("fastText", "fasttext"),
        text: "the line without its labels",
        label: "`__label__…`",
        find: fasttext,
    },
];

/// Returns the annotation tool that wrote these rows, if any.
pub(super) fn recognise(
    format: FileFormat,
    fields: &[FieldSample],
    rows: &[Row],
) -> Option<RecognisedExport> {
    let look = Look { format, fields, rows };
    TOOLS.iter().find_map(|tool| {
        let (text, labels) = (tool.find)(&look)?;
        let several = look.annotated_by_several();
        let by_several = (several > 0).then(|| {
            format!("{several} of the first {} rows were annotated by several people: the first annotation counts", rows.len())
        });
        let (label, others) = labels.split_first()?;
        let unread = (!others.is_empty()).then(|| {
            format!("answers to other questions are not read; their label fields are `{}`", others.join("`, `"))
        });
        Some(RecognisedExport {
            remarks: by_several.into_iter().chain(unread).collect(),
            known: &tool.export,
            text,
            date: None,
            label: Some(label.clone()),
        })
    })
}

impl Look<'_> {
    /// Number of rows with the answers of several people.
    fn annotated_by_several(&self) -> usize {
        let counts = |answer: &&Value| {
            answer.get("was_cancelled") != Some(&Value::Bool(true))
                && answer.get("status") != Some(&Value::from("discarded"))
        };
        let is_several = |list: &Value| {
            let answers = list
                .as_array()
                .map(|answers| answers.iter().filter(counts).count());
            answers.is_some_and(|n| n > 1)
        };
        let of_row = |row: &&Row| {
            let responses = row.record.get("responses").and_then(Value::as_object);
            row.record.get("annotations").is_some_and(is_several)
                || responses.is_some_and(|questions| questions.values().any(is_several))
        };
        self.rows.iter().filter(of_row).count()
    }

    /// The first value of a field that is not missing.
    fn value(&self, field: &str) -> Option<&Value> {
        let mut values = self.rows.iter().filter_map(|row| row.record.get(field));
        values.find(|value| !value.is_null())
    }

    fn has(&self, field: &str) -> bool {
        self.rows.iter().any(|row| row.record.get(field).is_some())
    }

    /// The field within `object` that is called `text`, or that has the longest values.
    fn text_in(&self, object: &str) -> Option<String> {
        let within: Vec<FieldSample> = self
            .fields
            .iter()
            .filter(|field| {
                field
                    .name
                    .strip_prefix(object)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
            .cloned()
            .collect();
        let text = format!("{object}.text");
        match within.iter().any(|field| field.name == text) {
            true => Some(text),
            false => most_like_text(&within),
        }
    }

    /// The names of all fields, in the order in which they first occur.
    fn names(&self) -> Vec<&String> {
        let mut seen = HashSet::new();
        let all = self.rows.iter().flat_map(|row| row.record.fields().keys());
        all.filter(|name| seen.insert(*name)).collect()
    }

    /// Returns the text beside the labels, which are not empty. A suggestion is not a text.
    fn question_beside_text(&self, labels: Vec<String>, others: &[&str]) -> Option<(String, Vec<String>)> {
        let is_other = |name: &str| {
            let part_of_question = [".responses", ".suggestion", "-suggestion"]
                .iter()
                .any(|part| name.contains(part));
            part_of_question || others.contains(&name)
        };
        let fields = self.fields.iter().filter(|field| !is_other(&field.name)).cloned();
        let text = self
            .text("text")
            .or_else(|| most_like_text(&fields.collect::<Vec<_>>()));
        (!labels.is_empty()).then_some((text?, labels))
    }

    /// The field `name`, which must have a text.
    fn text(&self, name: &str) -> Option<String> {
        self.value(name)?.is_string().then(|| name.to_owned())
    }
}

fn label_studio(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    let is_task = look.value("data")?.is_object() && look.value("annotations")?.is_array();
    let text = look.text_in("data").filter(|_| is_task)?;
    // A task can have several questions, and people answer them in any order: the first question with choices by name counts.
    let results = look
        .rows
        .iter()
        .filter_map(|row| row.record.get("annotations[0].result")?.as_array());
    let choices = results
        .flatten()
        .filter(|result| result.pointer("/value/choices").is_some());
    let names: BTreeSet<&str> = choices
        .filter_map(|result| result.get("from_name")?.as_str())
        .collect();
    let mut labels: Vec<String> = names
        .iter()
        .map(|name| format!("annotations[0].result[from_name={name}].value.choices"))
        .collect();
    if labels.is_empty() {
        labels.push("annotations[0].result[0].value.choices".to_owned());
    }
    Some((text, labels))
}

fn label_studio_flat(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    look.value("annotation_id")?;
    let own = |name: &str| LABEL_STUDIO.contains(&name) || ["id", "created_at"].contains(&name);
    let names = look.names().into_iter().map(String::as_str);
    let candidates: Vec<&str> = names.filter(|name| !own(name)).collect();
    let has_choices = |name: &str| {
        let mut values = look.rows.iter().filter_map(|row| row.record.get(name));
        values.any(|value| listed_labels(value).is_some())
    };
    let sample = |name: &str| look.fields.iter().find(|field| field.name == name);
    let others = |label: &str| {
        let fields = look
            .fields
            .iter()
            .filter(|field| !own(&field.name) && field.name != label);
        most_like_text(&fields.cloned().collect::<Vec<_>>())
    };
    let mut labels: Vec<String> = (candidates.iter().filter(|name| has_choices(name)))
        .map(|name| (*name).to_owned())
        .collect();
    if labels.is_empty() {
        let text = others("");
        let is_label = |name: &&&str| Some(**name) != text.as_deref() && sample(name).is_some_and(repeats);
        labels.push((**candidates.iter().find(is_label)?).to_owned());
    }
    Some((others(&labels[0])?, labels))
}

fn argilla(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    let text = look.text_in("fields")?;
    let is_label = |answers: &Value| {
        let value = answers.pointer("/0/value");
        value.is_some_and(|value| value.is_string() || value.is_array())
    };
    let mut labels = Vec::new();
    for row in look.rows {
        let responses = row.record.get("responses").and_then(Value::as_object);
        for (question, _) in responses
            .into_iter()
            .flatten()
            .filter(|(_, answers)| is_label(answers))
        {
            let label = format!("responses.{question}[0].value");
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
    }
    (!labels.is_empty()).then_some((text, labels))
}

/// Argilla 2, written with `to_datasets`.
fn argilla_flat(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    let is_answered = |name: &&String| name.ends_with(".responses") && look.has(&format!("{name}.status"));
    let labels = look.names().into_iter().filter(is_answered).cloned().collect();
    look.question_beside_text(labels, &["id", "status", "_server_id"])
}

/// The feedback datasets of Argilla 1.
fn argilla_feedback(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    let is_answer = |answer: &Value| {
        ["user_id", "value", "status"]
            .iter()
            .all(|key| answer.get(key).is_some())
    };
    let is_question = |name: &&String| {
        let answers = look
            .rows
            .iter()
            .filter_map(|row| row.record.get(name)?.as_array());
        answers.flatten().next().is_some_and(is_answer)
    };
    let questions = look.names().into_iter().filter(is_question);
    let labels = questions.map(|name| format!("{name}[0].value")).collect();
    look.question_beside_text(labels, &["external_id", "metadata"])
}

fn argilla_1(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    let is_record = look.has("annotation_agent") && look.has("prediction_agent");
    let text = look.text("text").filter(|_| is_record)?;
    Some((text, vec!["annotation".to_owned()]))
}

fn prodigy(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    look.value("_task_hash")?;
    let label = match look.value("accept") {
        Some(Value::Array(_)) => "accept",
        _ => "label",
    };
    Some((look.text("text")?, vec![label.to_owned()]))
}

fn doccano(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    let is_list = |field| matches!(look.value(field), Some(Value::Array(_)));
    if !look.has("id") || !is_list("label") || !is_list("Comments") {
        return None;
    }
    let text = look.text("text").or_else(|| look.text("data"))?;
    Some((text, vec!["label".to_owned()]))
}

fn spacy(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    listed_labels(look.value("cats")?)?;
    Some((look.text("text")?, vec!["cats".to_owned()]))
}

fn rasa(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    let is_json = look.has("entities") && look.value("intent").is_some_and(Value::is_string);
    (look.format == FileFormat::Rasa || is_json).then_some(())?;
    Some((look.text("text")?, vec!["intent".to_owned()]))
}

fn fasttext(look: &Look<'_>) -> Option<(String, Vec<String>)> {
    let is_fasttext = look.format == FileFormat::Text(Format::FastText);
    is_fasttext.then(|| ("text".to_owned(), vec!["label".to_owned()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in the documentation lists each tool.
    #[test]
    fn the_documentation_lists_all_tools() {
        let documented = include_str!("../../../../docs/server.md");
        for tool in TOOLS {
            let line = format!(
                "| {} | {} | {} | `{}` |",
                tool.export.name, tool.text, tool.label, tool.export.source
            );
            assert!(documented.contains(&line), "docs/server.md lacks {line}");
        }
    }
}
