//! The report pages: what people write about, what changed, for whom, and which texts show it.

use axum::extract::{Path as UrlPath, State};
use axum::http::HeaderValue;
use maud::{Markup, html};

use super::cards;
use super::filters::{filters, hidden};
use super::layout::{Frame, Tab, empty_state, part, redirect, texts, when};
use super::similar;
use crate::dto::ReportRequest;
use crate::http::body::Form;
use crate::http::extract::Actor;
use crate::http::url::with_query;
use crate::phrases::number;
use crate::problem::PageResult;
use crate::reports::{COMPARISONS, FEW, Finding, PERIODS, Report, ReportState, Reports, Summary};
use crate::services::explore::filter_choices;
use crate::services::history::HistoryQuery;
use crate::services::reports::{self, available};
use crate::state::Shared;

pub(crate) async fn list(State(state): State<Shared>, frame: Frame, query: HistoryQuery) -> PageResult {
    let Ok(all) = available(&state) else {
        let content = html! { h1 { "Report" } p { "Reports are not available on this server. Make them with " code { "insight" } "." } };
        return Ok(frame.page(Some(Tab::Report), "Report", &content));
    };
    let (made, choices) = (all.list()?, filter_choices(&state).await?);
    let n = {
        let filter = query.filter()?;
        state.store.run(move |store| store.count(&filter)).await?
    };
    let served = state.models.engine().current();
    let content = html! {
        h1 { "Report" }
        p { "What people write about, what changed since the period before, in which segment, and which texts show it. Only what stands out from chance is a headline." }
        (filters(&query, Some(&*served.model), &choices, "/report", &html! {}))
        @if n == 0 {
            @if query.fields().next().is_some() { p { "No text matches. " a href="/report" { "Clear the filter" } "." } }
            @else { (empty_state("A report appears here: what changed since the period before, for whom, and which texts show it.")) }
        } @else {
            @if served.model.is_multi_label() {
                p.note { "A report counts each text once: under its first label, which has the highest score." }
            }
            (form(&frame, &query, n))
        }
        @if !made.is_empty() { (table(all, &made)) }
    };
    Ok(frame.page(Some(Tab::Report), "Report", &content))
}

fn form(frame: &Frame, query: &HistoryQuery, n: u64) -> Markup {
    html! {
        form.card method="post" action="/report" {
            (frame.token())
            (hidden("filter", &query.without_cursor()))
            div.fields {
                div {
                    label for="period" { "Period" }
                    select id="period" name="period" {
                        option value="" { "the longest that fits twice" }
                        @for period in PERIODS { option value=(period) { (period) } }
                    }
                }
                div {
                    label for="compare" { "Compared with" }
                    select id="compare" name="compare" {
                        option value=(COMPARISONS[0]) { "the period before" }
                        option value=(COMPARISONS[1]) { "the same period a year before" }
                    }
                }
            }
            @if n < FEW { p.hint { "With so few texts, a report can hardly tell a change from chance." } }
            div.row { button.main { "Report on " (texts(n)) } }
        }
    }
}

fn table(all: &Reports, made: &[Report]) -> Markup {
    let columns = [
        ("Made", false),
        ("State", false),
        ("Report", false),
        ("Texts", true),
        ("Filter", false),
    ];
    let about = |report: &Report| {
        let done = (report.state == ReportState::Done)
            .then(|| all.summary(&report.id).ok())
            .flatten();
        html! {
            @match done {
                Some(summary) => {
                    (summary.title)
                    @if let Some(first) = summary.headlines.first() { br; span.soft { (first.text) } }
                },
                None => (report.job.period.as_deref().unwrap_or("automatic")),
            }
        }
    };
    let rows = made.iter().map(|report| {
        vec![
            html! { a href={ "/report/" (report.id) } { (when(report.job.created_at)) } },
            html! { span.tag { (report.state.name()) } },
            about(report),
            html! { (number(report.job.texts)) },
            html! { (filter(report)) },
        ]
    });
    html! {
        section.card {
            (cards::table("Reports", &columns, rows))
            p.hint { "The newest 30 are kept. Reports quote texts, so all of them are removed when a text is erased." }
        }
    }
}

fn filter(report: &Report) -> String {
    let parts = report
        .job
        .filter
        .iter()
        .map(|(name, value)| format!("{name} = {value}"));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return "all texts".to_owned();
    }
    parts.join(", ")
}

pub(crate) async fn start(State(state): State<Shared>, Actor(actor): Actor, form: Form) -> PageResult {
    let query = HistoryQuery::parse(form.get("filter"))?.resolved(&state).await?;
    let given = |name: &str| Some(form.get(name).to_owned());
    let request = ReportRequest {
        period: given("period"),
        compare: given("compare"),
    };
    let id = reports::start(&state, &query, request, &actor).await?;
    Ok(redirect(&format!("/report/{id}")))
}

pub(crate) async fn one(
    State(state): State<Shared>,
    UrlPath(id): UrlPath<String>,
    frame: Frame,
) -> PageResult {
    let all = available(&state)?;
    let report = all.get(&id)?;
    let content = html! {
        h1 { "Report of " (when(report.job.created_at)) }
        p.soft {
            (report.job.texts) " texts, " (filter(&report))
            @if report.job.texts < report.job.matching { "; the newest of " (report.job.matching) }
            @if report.job.labels_left_out > 0 {
                ". People labelled " (report.job.labels_left_out) " of them; the report counts the model's labels of all texts, so that both periods are counted in the same way"
            }
        }
        @match report.state {
            ReportState::Running => (waiting(&id)),
            ReportState::Failed => {
                div.note.problem role="alert" { p { "The report failed." } @if let Some(message) = &report.message { pre.scroll tabindex="0" { (message) } } }
            },
            ReportState::Done => (findings(&id, &all.summary(&id)?)),
        }
        p { a href=(with_query("/report", "")) { "All reports" } }
    };
    Ok(frame.page(Some(Tab::Report), "Report", &content))
}

fn waiting(id: &str) -> Markup {
    html! {
        div id="moving" hx-get={ "/report/" (id) "/progress" } hx-trigger="every 1s" hx-swap="none" {
            p role="status" { "The report is being made. For each 1,000 texts, this takes a few seconds." }
            progress {}
            div.row { a.button href={ "/report/" (id) } { "Refresh" } }
        }
    }
}

/// Tells the page to reload once the report is no longer being made.
pub(crate) async fn progress_part(State(state): State<Shared>, UrlPath(id): UrlPath<String>) -> PageResult {
    let report = available(&state)?.get(&id)?;
    let mut response = part(html! {});
    if report.state != ReportState::Running {
        response
            .headers_mut()
            .insert("hx-refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn findings(id: &str, found: &Summary) -> Markup {
    html! {
        p { strong { (found.title) } }
        p role="status" { (found.summary) }
        div.row {
            a.button.main href={ "/report/" (id) "/insight.html" } { "Open the whole report" }
            a.button href={ "/report/" (id) "/insight.md" } download={ "insight-" (id) ".md" } { "Markdown" }
            a.button href={ "/report/" (id) "/insight.xlsx" } download={ "insight-" (id) ".xlsx" } { "Excel" }
            a.button href={ "/report/" (id) "/insight.json" } download={ "insight-" (id) ".json" } { "JSON" }
        }
        p.hint { "For a PDF or for slides, open the whole report and print it, or copy its charts. The workbook has every number with its rows." }
        div.stack { @for headline in &found.headlines { (finding(headline)) } }
        @if !found.unknown.is_empty() {
            section.card { h2 { "What is not known" } ul { @for remark in &found.unknown { li { (remark.text) } } } }
        }
    }
}

fn finding(headline: &Finding) -> Markup {
    html! {
        section.card {
            h2 { (headline.text) }
            @for quote in &headline.quotes {
                blockquote.quote { "“" (quote.text) "” " span.soft { "no. " (quote.id) } " " (similar::link(quote.id)) }
            }
        }
    }
}
