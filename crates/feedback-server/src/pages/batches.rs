//! Batches: upload a file, classify it in the background, download the results.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use maud::{Markup, html};

use super::batch_columns::{Asked, columns_of};
use super::layout::{Frame, Tab, part, percent, redirect, texts, when};
use super::{batch_results, cards};
use crate::clock::now_ms;
use crate::http::body::Form;
use crate::http::extract::{Actor, ApiQuery};
use crate::http::upload::{Sender, receive};
use crate::phrases::number;
use crate::problem::PageResult;
use crate::services::{batches, erasures, own_files, similar};
use crate::state::Shared;
use feedback_store::{BadRowEntry, Batch, BatchState, Erase};

/// Maximum number of results, and of rows set aside, on the page of a batch.
const SHOWN: usize = 25;
/// Maximum number of batches in the list.
const LISTED: usize = 100;

pub(crate) async fn list(State(state): State<Shared>, frame: Frame) -> PageResult {
    let batches = batches::list(&state, LISTED).await?;
    let content = html! {
        h1 { "Files" }
        form.card method="post" action="/batches" enctype="multipart/form-data" {
            (frame.token())
            label for="file" {
                "Feedback file "
                span.hint { "A spreadsheet, CSV, JSON, Parquet, or a text file with one text per line, also compressed; up to "
                    (state.config.max_upload_bytes >> 20) " MiB and " (number(state.config.max_upload_rows)) " rows" }
            }
            input id="file" name="file" type="file" required;
            details {
                summary { "Several sheets, rows above the header, other encodings" }
                p.hint { "These settings are found automatically. Fill them in only if the preview is wrong." }
                div.fields { @for (name, label, hint) in READING { (reading_field(name, label, hint)) } }
            }
            div.row { button.main { "Upload" } }
        }
        form.card.fold method="post" action="/batches/paste" {
            (frame.token())
            details {
                summary { "Paste texts instead" }
                label for="texts" { "One text in each line" }
                textarea id="texts" name="text" required maxlength="65536" {}
                div.row { button.main { "Classify all lines" } }
            }
        }
        section data-events hx-get="/batches" hx-trigger="batch from:body, stream from:body" hx-select="#list" hx-target="#list" hx-swap="outerHTML" {
            div id="list" {
                @if batches.is_empty() {
                    p { "No file was uploaded yet. Each file that you upload appears here, with its rows, its results and what was set aside." }
                } @else {
                    (table(&batches))
                }
            }
        }
    };
    Ok(frame.page(Some(Tab::Batch), "Files", &content))
}

/// The settings that say how a file is read: name, label, what happens without it.
const READING: [(&str, &str, &str); 6] = [
    ("sheet", "Sheet", "the one with the most cells"),
    ("member", "File in the zip archive", "the only one"),
    ("skip_rows", "Rows above the header", "titles are skipped"),
    ("header_rows", "Rows of the header", "1"),
    ("delimiter", "Delimiter", "found; ; or tab"),
    ("encoding", "Encoding", "found; windows-1252"),
];

fn reading_field(name: &str, label: &str, hint: &str) -> Markup {
    html! {
        div {
            label for=(name) { (label) }
            @if name.ends_with("_rows") {
                input id=(name) name=(name) type="number" min="0" max="1000" placeholder=(hint);
            } @else {
                input id=(name) name=(name) type="text" maxlength="255" placeholder=(hint);
            }
        }
    }
}

fn table(batches: &[Batch]) -> Markup {
    let columns = [
        ("File", false),
        ("State", false),
        ("Rows", true),
        ("Classified", true),
        ("Set aside", true),
        ("Uploaded", false),
    ];
    let rows = batches.iter().map(|batch| {
        vec![
            html! { a href={ "/batches/" (batch.id) } { (batch.upload.name) } },
            state_tag(batch.state),
            html! { (number(batch.upload.total_rows)) },
            html! { (number(batch.classified)) },
            html! { (number(batch.bad)) },
            when(batch.created_at),
        ]
    });
    cards::table("Files", &columns, rows)
}

fn state_tag(state: BatchState) -> Markup {
    html! { span.tag { (state.name()) } }
}

/// Classifies pasted texts, one in each line.
pub(crate) async fn paste(State(state): State<Shared>, frame: Frame, form: Form) -> PageResult {
    let id = own_files::add_pasted(&state, form.get("text"), &frame.visitor.who).await?;
    Ok(redirect(&format!("/batches/{id}")))
}

pub(crate) async fn upload(State(state): State<Shared>, request: Request) -> PageResult {
    let upload = receive(&state, request, Sender::Page).await?;
    let for_training = upload.for_training;
    let id = batches::add(&state, upload).await?;
    let more = if for_training { "?for_training=1" } else { "" };
    Ok(redirect(&format!("/batches/{id}{more}")))
}

pub(crate) async fn one(
    State(state): State<Shared>,
    Path(id): Path<i64>,
    frame: Frame,
    ApiQuery(asked): ApiQuery<Asked>,
) -> PageResult {
    let batch = batches::find(&state, id).await?;
    let content = if batch.state == BatchState::Staged {
        columns_of(&state, &frame, &batch, asked).await?
    } else {
        let (rows, bad) = batches::first_rows(&state, id, SHOWN).await?;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let same = similar::same_as(&state, &ids).await?;
        html! {
            h1 { (batch.upload.name) }
            @if batch.state.has_ended() {
                div { (progress(&frame, &batch)) }
            } @else {
                // Only the part that changes is replaced: replacing a button while it is pressed loses the click and the focus.
                div data-events hx-get={ "/batches/" (id) "/progress" } hx-trigger={ "batch-" (id) " from:body, stream from:body" } hx-select="#moving" hx-target="#moving" hx-swap="outerHTML" {
                    (progress(&frame, &batch))
                }
            }
            @if batch.state == BatchState::Done && batch.classified > 0 { (next_steps()) }
            (batch_results::table(&batch, &rows, &same))
            (bad_rows(&batch, &bad))
        }
    };
    Ok(frame.page(Some(Tab::Batch), "Files", &content))
}

/// What can be done with classified texts.
fn next_steps() -> Markup {
    html! {
        section.card {
            h2 { "What next?" }
            div.row {
                a.button.main href="/report" { "See what changed" }
                a.button href="/explore" { "Count by category, plan, country …" }
                a.button href="/review" { "Review the doubtful ones" }
            }
        }
    }
}

pub(crate) async fn cancel(State(state): State<Shared>, Path(id): Path<i64>, _form: Form) -> PageResult {
    batches::cancel(&state, id).await?;
    Ok(redirect(&format!("/batches/{id}")))
}

pub(crate) async fn remove(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<i64>,
    form: Form,
) -> PageResult {
    if form.get("texts") == "1" {
        erasures::erase(&state, Erase::Batch(id), &actor).await?;
    } else {
        batches::remove(&state, id, &actor).await?;
    }
    Ok(redirect("/batches"))
}

/// Returns the part of the page that changes while a batch runs.
pub(crate) async fn progress_part(
    State(state): State<Shared>,
    Path(id): Path<i64>,
    frame: Frame,
) -> PageResult {
    let batch = batches::find(&state, id).await?;
    let mut response: Response = part(progress(&frame, &batch));
    if batch.state.has_ended() {
        // The results below the progress are complete now, so the whole page is reloaded.
        response
            .headers_mut()
            .insert("hx-refresh", axum::http::HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn progress(frame: &Frame, batch: &Batch) -> Markup {
    let total = batch.upload.total_rows.max(1);
    let share = batch.position as f64 / total as f64;
    let id = batch.id;
    html! {
        section.card {
            div id="moving" {
                p role="status" {
                    (state_tag(batch.state)) " " (batch.position) " of " (batch.upload.total_rows) " rows"
                    @if batch.bad > 0 { ", " (batch.bad) " of them set aside" }
                    @if let Some((speed, left)) = pace(batch) {
                        ", " (format!("{speed:.0}")) " rows/s"
                        @if let Some(left) = left { ", about " (duration(left)) " left" }
                    }
                }
                progress max="1" value=(format!("{share:.4}")) aria-label="Rows done" { (percent(share)) }
                @if let Some(message) = &batch.message { p.note.problem { (message) } }
            }
            div.row {
                @if batch.state.has_ended() {
                    a.button.main href={ "/batches/" (id) "/results?format=xlsx" } { "Download Excel" }
                    a.button href={ "/batches/" (id) "/results?format=csv" } { "Download CSV" }
                    a.button href={ "/batches/" (id) "/results?format=jsonl" } { "Download JSON lines" }
                    a.button href={ "/batches/" (id) "/results?format=parquet" } { "Download Parquet" }
                } @else {
                    form method="post" action={ "/batches/" (id) "/cancel" } { (frame.token()) button.danger { "Cancel" } }
                    a.button href={ "/batches/" (id) } { "Refresh" }
                }
            }
            @if batch.state.has_ended() { (removal(frame, batch)) }
        }
    }
}

/// Asks what to remove.
fn removal(frame: &Frame, batch: &Batch) -> Markup {
    let path = format!("/batches/{}/delete", batch.id);
    html! {
        details {
            summary { "Remove" }
            @if batch.classified > 0 {
                form.row method="post" action=(path) {
                    (frame.token())
                    input type="hidden" name="texts" value="1";
                    span { "The file and its " (texts(batch.classified)) " with their corrections leave history, charts and reports for good." }
                    button.danger { "Remove file and texts" }
                }
            }
            form.row method="post" action=(path) {
                (frame.token())
                span { "Only the file is removed; classified texts stay in history, charts and reports." }
                button.danger { "Remove only the file" }
            }
        }
    }
}

/// Returns the rows per second since the start and, while the batch runs, the remaining seconds at that speed. `None` before
/// the first row is done.
fn pace(batch: &Batch) -> Option<(f64, Option<f64>)> {
    let until = batch.ended_at.unwrap_or_else(now_ms);
    let seconds = (until - batch.started_at?) as f64 / 1000.0;
    if seconds <= 0.0 || batch.position == 0 {
        return None;
    }
    let speed = batch.position as f64 / seconds;
    let left = batch.upload.total_rows.saturating_sub(batch.position) as f64 / speed;
    Some((speed, Some(left).filter(|_| !batch.state.has_ended())))
}

/// Returns a duration in words, rounded up.
pub(super) fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..=89 => format!("{seconds} s"),
        90..=5399 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

fn bad_rows(batch: &Batch, bad: &[BadRowEntry]) -> Markup {
    html! {
        @if !bad.is_empty() {
            section.card {
                div.scroll tabindex="0" role="region" aria-label="Rows set aside" {
                    table {
                        caption { "Set aside: " (bad.len()) " of " (batch.bad) " rows" }
                        thead { tr { th.number scope="col" { "Line" } th scope="col" { "Reason" } } }
                        tbody { @for row in bad { tr { td.number { (row.line) } td { (row.reason) } } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_up() {
        assert_eq!(duration(0.2), "1 s");
        assert_eq!(duration(89.0), "89 s");
        assert_eq!(duration(100.0), "2 min");
        assert_eq!(duration(9000.0), "3 h");
    }
}
