//! The page that shows an uploaded file before it is classified: what its columns are for, and what will be set aside.

use axum::extract::{Path, State};
use feedback_dataset::record::Row;
use feedback_store::Batch;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Frame, redirect, sentence, texts as texts_of, when};
use crate::batch::{Inspection, SetAside};
use crate::dto::StartRequest;
use crate::http::body::Form;
use crate::http::url::{encoded, with_query};
use crate::phrases::{count_of, number};
use crate::problem::{Code, PageResult, Problem, ServiceResult};
use crate::services::batch_start::{self, Columns, has_file, will_be_set_aside};
use crate::services::batches;
use crate::state::{Inner, Shared};

/// Maximum number of columns of the first rows, and of characters in a cell.
const MAX_SHOWN_COLUMNS: usize = 12;
const MAX_SHOWN_CHARS: usize = 80;

/// The columns that were chosen on the page, to see what will be set aside.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    text_field: Option<String>,
    date_field: Option<String>,
    date_order: Option<String>,
    label_field: Option<String>,
    source_field: Option<String>,
    /// Whether the labels of the file are wanted for a training.
    for_training: Option<String>,
}

impl From<Asked> for StartRequest {
    fn from(asked: Asked) -> Self {
        Self {
            text_field: asked.text_field,
            date_field: asked.date_field,
            date_order: asked.date_order,
            label_field: asked.label_field,
            source_field: asked.source_field,
        }
    }
}

/// Renders the page of a staged batch.
pub(super) async fn columns_of(
    state: &Inner,
    frame: &Frame,
    batch: &Batch,
    asked: Asked,
) -> ServiceResult<Markup> {
    let same = batches::same_file(state, batch).await?;
    let (found, like) = batches::inspected(state, batch).await?;
    let for_training = asked.for_training.is_some();
    let guessed = Columns::guessed(&found, like.as_ref());
    let (mut columns, problem) = match guessed.clone().with(asked.into(), &found.columns) {
        Ok(columns) => (columns, None),
        Err(problem) => (guessed, Some(problem.detail)),
    };
    if for_training && columns.choice.label.is_none() {
        columns.choice.label.clone_from(&found.label);
    }
    let aside = match (problem, has_file(state, batch)) {
        (Some(problem), _) => Err(problem),
        (None, false) => Err("the file is gone; upload it again".to_owned()),
        (None, true) => match will_be_set_aside(state, batch, &columns).await {
            Ok(aside) => Ok(aside),
            Err(problem) if problem.code == Code::InvalidRequest => Err(problem.detail),
            Err(problem) => return Err(problem),
        },
    };
    Ok(html! {
        h1 { (batch.upload.name) }
        form.card method="post" action={ "/batches/" (batch.id) "/start" } {
            (frame.token())
            @if for_training {
                input type="hidden" name="for_training" value="1";
                p.note { "Choose the column with the labels under “Labels of people”. Then the file is classified and stored like any other, its labels become corrections, and the page Train offers its texts." }
            }
            p { (number(found.rows)) " rows, " (batch.upload.bytes) " bytes, read as " (batch.upload.format) "." }
            (remarks(batch, &found, same.as_ref(), like.as_ref()))
            (first_rows(&found, &columns))
            (choices(batch.id, &found, &columns))
            (segments(&found))
            div id="aside" { (will_be(&aside, &columns)) }
            div.row {
                button.main { @if for_training { "Classify and use the labels" } @else { "Classify" } }
                button formaction={ "/batches/" (batch.id) "/check" } { "Check again" }
                button.danger formaction={ "/batches/" (batch.id) "/delete" } { "Delete file" }
            }
        }
    })
}

fn remarks(batch: &Batch, found: &Inspection, same: Option<&Batch>, like: Option<&Batch>) -> Markup {
    html! {
        @if let Some(same) = same {
            p.note.problem {
                "The same file was uploaded before: " a href={ "/batches/" (same.id) } { (same.upload.name) } ", " (when(same.created_at)) ". If \
                 you classify it again, its texts count twice."
            }
        }
        @if let Some(like) = like {
            p.note { "The columns are used as for " a href={ "/batches/" (like.id) } { (like.upload.name) } ", which has the same columns." }
        }
        @for note in &batch.upload.notes {
            p.note { "Please note: " (note) "." }
        }
        @if let Some(export) = &found.recognised {
            p.note {
                "This is an export of " strong { (export.known.name) } ". The texts are in the field " code { (export.text) }
                @if let Some(label) = &export.label { ", labels of people in " code { (label) } }
                ". In the history, the source of these texts is " code { (export.known.source) } "."
            }
        }
    }
}

/// Renders what each column is for. A change shows at once what will be set aside; without scripts, a button does.
fn choices(id: i64, found: &Inspection, columns: &Columns) -> Markup {
    let choice = &columns.choice;
    html! {
        div.fields hx-get={ "/batches/" (id) } hx-trigger="change" hx-include="this" hx-select="#aside" hx-target="#aside" hx-swap="outerHTML" {
            div { label for="text_field" { "Text" } (column("text_field", found, Some(&columns.text), None)) }
            div { label for="date_field" { "Date" } (column("date_field", found, choice.date.as_ref(), Some("none"))) }
            div {
                label for="date_order" { "Dates such as 03/05/2025" }
                select id="date_order" name="date_order" {
                    @for (value, words) in [("", "as all dates tell"), ("day-first", "day first: 3 May"), ("month-first", "month first: March 5")] {
                        option value=(value) selected[choice.order.as_deref().unwrap_or_default() == value] { (words) }
                    }
                }
            }
            div { label for="source_field" { "Source" } (column("source_field", found, choice.source.as_ref(), Some("none"))) }
            div { label for="label_field" { "Labels of people" } (column("label_field", found, choice.label.as_ref(), Some("do not use"))) }
        }
        @if let Some(label) = found.label.as_ref().filter(|_| choice.label.is_none()) {
            p.hint {
                code { (label) } " seems to have labels. If people gave them, choose it under “Labels of people”: they then count as corrections, new \
                 ones are added, and the next training learns them."
            }
        }
        @if choice.date.is_none() {
            p.hint { "Texts without a date are in no period and no chart over time." }
        } @else if found.is_date_ambiguous && choice.order.is_none() {
            p.note.problem { "The first dates can be read with the day or the month first. Choose which, or texts with such a date are in no period." }
        }
    }
}

/// Renders the choice of a column.
fn column(name: &str, found: &Inspection, chosen: Option<&String>, none: Option<&str>) -> Markup {
    html! {
        select id=(name) name=(name) {
            @if let Some(none) = none { option value="" selected[chosen.is_none()] { (none) } }
            @for column in &found.columns {
                option value=(column) selected[chosen == Some(column)] { (column) }
            }
        }
    }
}

/// Says which columns divide the texts into segments.
fn segments(found: &Inspection) -> Markup {
    html! {
        p.hint {
            "All other columns are kept: filter and count by them later."
            @if !found.segments.is_empty() {
                " These have few different values and look like segments: "
                @for (place, name) in found.segments.iter().enumerate() { @if place > 0 { ", " } code { (name) } }
                "."
            }
        }
    }
}

/// Says what will be set aside.
fn will_be(aside: &Result<SetAside, String>, columns: &Columns) -> Markup {
    html! {
        @match aside {
            Err(problem) => p.note.problem role="status" { (sentence(problem)) },
            Ok(aside) => {
                @if aside.bad == 0 { p role="status" { "All " (number(aside.rows)) " rows can be used." } }
                @else {
                    div.note.problem role="status" {
                        "Will be set aside: " (count_of(aside.bad, "row", "rows")) " of " (number(aside.rows)) "."
                        ul { @for (line, reason) in &aside.first { li { "line " (line) ": " (reason) } } }
                        @if aside.bad > aside.first.len() as u64 { "Only the first " (aside.first.len()) " are shown; all are listed when the file is done." }
                    }
                }
                @if let (Some(undated), Some(date)) = (aside.undated.filter(|undated| *undated > 0), &columns.choice.date) {
                    p.note { (texts_of(undated)) @if undated == 1 { " has" } @else { " have" } " no date in " code { (date) } " that can be read, and will be in no period." }
                }
            },
        }
    }
}

/// The first rows of a file: text, label and date first, so that phones show them, then the other columns.
fn first_rows(inspection: &Inspection, chosen: &Columns) -> Markup {
    let cell = |row: &Row, column: &str| clipped(&row.record.cell(column));
    let mut columns: Vec<&String> = Vec::new();
    let choice = &chosen.choice;
    let labels = choice.label.as_ref().or(inspection.label.as_ref());
    let roles = [
        (Some(&chosen.text), "text"),
        (labels, "labels"),
        (choice.date.as_ref(), "date"),
        (choice.source.as_ref(), "source"),
    ];
    let role = |column: &String| {
        let role = roles
            .iter()
            .find(|(name, _)| *name == Some(column))
            .map(|(_, role)| *role);
        role.or_else(|| inspection.segments.contains(column).then_some("segment"))
    };
    for column in roles
        .iter()
        .filter_map(|(name, _)| *name)
        .chain(&inspection.columns)
    {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    let more = columns.len().saturating_sub(MAX_SHOWN_COLUMNS);
    columns.truncate(MAX_SHOWN_COLUMNS);
    html! {
        div.scroll tabindex="0" role="region" aria-label="The first rows of the file" {
            table {
                thead { tr { @for column in &columns { th scope="col" { (column) @if let Some(role) = role(column) { br; span.tag { (role) } } } } } }
                tbody {
                    @for row in &inspection.first {
                        tr { @for column in &columns { td { (cell(row, column)) } } }
                    }
                }
            }
        }
        @if more > 0 {
            p { (more) " more columns are not shown here." }
        }
    }
}

/// Shortens a cell of the preview.
fn clipped(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The choices of columns in the form, for addresses and for the start.
const CHOICES: [&str; 6] = [
    "text_field",
    "date_field",
    "date_order",
    "label_field",
    "source_field",
    "for_training",
];

/// Shows again what will be set aside, for the columns of the form.
pub(crate) async fn check(Path(id): Path<i64>, form: Form) -> PageResult {
    let given = CHOICES.iter().filter_map(|name| Some((*name, form.given(name)?)));
    let query: Vec<String> = given
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    Ok(redirect(&with_query(&format!("/batches/{id}"), &query.join("&"))))
}

pub(crate) async fn start(
    State(state): State<Shared>,
    frame: Frame,
    Path(id): Path<i64>,
    form: Form,
) -> PageResult {
    let given = |name: &str| form.given(name).map(str::to_owned);
    let request = StartRequest {
        text_field: given("text_field"),
        date_field: given("date_field"),
        date_order: given("date_order"),
        label_field: given("label_field"),
        source_field: given("source_field"),
    };
    let for_training = !form.get("for_training").is_empty();
    if for_training && request.label_field.as_deref().unwrap_or_default().is_empty() {
        return Err(Problem::invalid("choose the column with the labels under “Labels of people”").into());
    }
    batch_start::start(&state, id, request, &frame.visitor.who).await?;
    Ok(redirect(&match for_training {
        true => format!("/train?file={id}"),
        false => format!("/batches/{id}"),
    }))
}
