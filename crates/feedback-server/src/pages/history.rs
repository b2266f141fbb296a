//! What was classified: searched, corrected, taken away.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Frame, PageResult, Tab, label_buttons, percent, when, with_field};
use crate::api::{ApiQuery, HistoryQuery, batches::download};
use crate::batch::escape_formula;
use crate::dto::HistoryItem;
use crate::problem::{Answer, Problem};
use crate::state::Shared;
use feedback_store::{Cursor, StoredPrediction};

/// Most rows of an export; a filter gets at the rest.
const MAX_EXPORT: usize = 1_000_000;
/// Rows that are fetched at a time.
const PAGE: usize = 1000;

pub(crate) async fn history(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> PageResult {
    let (filter, cursor) = (query.filter()?, query.cursor()?);
    let (items, total) = state
        .store
        .run(move |store| -> crate::Result<_> {
            Ok((store.history(&filter, cursor)?, store.count(&filter)?))
        })
        .await?;
    let served = state.models.engine().current();
    let content = html! {
        h1 { "History" }
        (filters(&query, served.model.labels(), "/history"))
        p role="status" { (total) " texts" }
        @if items.is_empty() {
            p { "Nothing matches." }
        } @else {
            (list(&frame, &query, &items, served.model.labels()))
            nav.pages aria-label="More" {
                @if !query.before.is_empty() { a href=(with_query("/history", &query.without_cursor())) { "Newest" } }
                @if let Some(last) = items.last().filter(|_| items.len() == cursor.limit) {
                    a rel="next" href=(with_field("/history", &query.without_cursor(), "before", &last.id.to_string())) { "Older" }
                }
            }
            div.row {
                a.button href=(with_field("/history/export", &query.without_cursor(), "format", "csv")) { "Export CSV" }
                a.button href=(with_field("/history/export", &query.without_cursor(), "format", "jsonl")) { "Export JSON lines" }
            }
        }
    };
    Ok(frame.page(Some(Tab::History), "History", &content))
}

pub(crate) fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// The form of filters that the history and the dashboard share.
pub(crate) fn filters(query: &HistoryQuery, labels: &[String], action: &str) -> Markup {
    html! {
        form.card method="get" action=(action) role="search" {
            div.fields {
                div { label for="q" { "Text holds" } input id="q" name="q" type="search" value=(query.q); }
                div {
                    label for="label" { "Label" }
                    select id="label" name="label" {
                        option value="" { "all" }
                        @for label in labels { option value=(label) selected[*label == query.label] { (label) } }
                    }
                }
                div { label for="source" { "Source" } input id="source" name="source" value=(query.source); }
                div { label for="from" { "From" } input id="from" name="from" type="date" value=(query.from); }
                div { label for="to" { "To" } input id="to" name="to" type="date" value=(query.to); }
                div { label for="min" { "Confidence from" } input id="min" name="min_confidence" type="number" min="0" max="1" step="0.01" value=(query.min_confidence); }
                div { label for="max" { "to" } input id="max" name="max_confidence" type="number" min="0" max="1" step="0.01" value=(query.max_confidence); }
                div {
                    label for="corrected" { "Corrected" }
                    select id="corrected" name="corrected" {
                        option value="" { "either" }
                        option value="true" selected[query.corrected == "true"] { "yes" }
                        option value="false" selected[query.corrected == "false"] { "no" }
                    }
                }
            }
            div.row { button.main { "Filter" } a.button href=(action) { "Clear" } }
        }
    }
}

fn list(frame: &Frame, query: &HistoryQuery, items: &[StoredPrediction], labels: &[String]) -> Markup {
    let back = with_query("/history", &query.without_cursor());
    html! {
        p.only-script { kbd { "j" } " next, " kbd { "k" } " previous, " kbd { "1" } "–" kbd { (labels.len().min(9)) } " correct the label, " kbd { "u" } " undo." }
        ol.queue data-review {
            @for item in items {
                li tabindex="-1" id={ "p" (item.id) } {
                    blockquote { (item.prediction.text) }
                    p {
                        span.tag { (item.effective_label()) } " "
                        span.soft {
                            @if item.corrected.is_some() { "corrected; the model said " (item.prediction.label) ", " }
                            (percent(item.prediction.confidence)) " · " (item.prediction.source) " · " (when(item.prediction.at))
                        }
                    }
                    (label_buttons(frame, item.id, labels.iter().map(String::as_str), Some(item.effective_label()), &back))
                }
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct ExportQuery {
    #[serde(default)]
    format: String,
}

pub(crate) async fn export(
    State(state): State<Shared>,
    ApiQuery(ExportQuery { format }): ApiQuery<ExportQuery>,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> Answer<Response> {
    let as_csv = match format.as_str() {
        "csv" => true,
        "jsonl" | "" => false,
        _ => return Err(Problem::invalid("`format` must be `csv` or `jsonl`")),
    };
    let filter = query.filter()?;
    let folder = state.batches.uploads().to_owned();
    let file = state
        .store
        .run(move |store| -> crate::Result<_> {
            let mut file = tempfile::tempfile_in(folder)?;
            let mut rows = Rows::new(std::io::BufWriter::new(&mut file), as_csv)?;
            let mut cursor = Cursor::newest(PAGE);
            for _ in 0..MAX_EXPORT / PAGE {
                let page = store.history(&filter, cursor)?;
                let Some(last) = page.last() else { break };
                cursor.before = last.id;
                for item in page {
                    rows.write(item)?;
                }
            }
            rows.finish()?;
            std::io::Seek::rewind(&mut file)?;
            Ok(file)
        })
        .await?;
    Ok(if as_csv {
        download(file, "history.csv", "text/csv; charset=utf-8")
    } else {
        download(file, "history.jsonl", "application/x-ndjson")
    })
}

const COLUMNS: [&str; 8] = [
    "id",
    "at",
    "source",
    "text",
    "predicted_label",
    "corrected_label",
    "confidence",
    "model",
];

/// Rows of the history as a file.
enum Rows<W: std::io::Write> {
    Csv(Box<feedback_dataset::write::CsvWriter<W>>),
    Jsonl(W),
}

impl<W: std::io::Write> Rows<W> {
    fn new(output: W, as_csv: bool) -> crate::Result<Self> {
        Ok(if as_csv {
            Self::Csv(Box::new(feedback_dataset::write::CsvWriter::new(
                output, b',', COLUMNS,
            )?))
        } else {
            Self::Jsonl(output)
        })
    }

    fn write(&mut self, item: StoredPrediction) -> crate::Result<()> {
        let item = HistoryItem::from(item);
        match self {
            Self::Jsonl(output) => {
                let line = serde_json::to_string(&item).unwrap_or_default();
                Ok(writeln!(output, "{line}")?)
            }
            Self::Csv(writer) => {
                let mut record = feedback_dataset::Record::from_text(escape_formula(&item.text));
                record.set("id", item.id);
                record.set("at", item.at);
                record.set("source", escape_formula(&item.source).into_owned());
                record.set(
                    "predicted_label",
                    escape_formula(&item.predicted_label).into_owned(),
                );
                record.set(
                    "corrected_label",
                    item.corrected_label
                        .as_deref()
                        .map(|label| escape_formula(label).into_owned()),
                );
                record.set("confidence", item.confidence);
                record.set("model", item.model);
                Ok(writer.write(&record)?)
            }
        }
    }

    fn finish(self) -> crate::Result<()> {
        match self {
            Self::Csv(writer) => drop(writer.finish()?),
            Self::Jsonl(mut output) => output.flush()?,
        }
        Ok(())
    }
}
