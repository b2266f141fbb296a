//! The page Home: classify a text, and see what changed and what needs attention.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::analyze;
use super::facts::figures;
use super::layout::{Frame, Tab, percent, redirect, texts, when};
use super::reclassify::notice;
use super::views::links;
use crate::auth::Role;
use crate::http::body::Form;
use crate::http::url::{encoded, with_query};
use crate::phrases::number;
use crate::problem::PageResult;
use crate::reports::{FEW, Report, ReportState, Summary};
use crate::services::explore::{Choice, choices, share};
use crate::services::history::overview;
use crate::services::inbox::{self, Wanted};
use crate::services::{audits, own_files, reports, views};
use crate::state::{Inner, Shared};
use feedback_store::{Filter, Overview};

/// How many headlines of the newest report are shown.
const HEADLINES: usize = 3;

pub(crate) async fn home(State(state): State<Shared>, frame: Frame) -> PageResult {
    let found = overview(&state, Filter::default()).await?;
    let saved = views::all(&state).await?;
    let content = html! {
        h1 { "Home" }
        (notice(&state).await?)
        @if found.total == 0 { (first_steps(&state, &frame)) } @else {
            div.columns {
                div {
                    (changes(&state, &found))
                    section.card { h2 { "How good is the model?" } (quality(&state, found.total).await?) }
                }
                div {
                    section.card { h2 { "To do" } (answers(&state).await?) (to_do(&found, &choices(&state).await?)) }
                    @if !saved.is_empty() { section.card { h2 { "Saved views" } (links(&saved, "/")) } }
                }
            }
        }
        (analyze::form(&frame, ""))
        div id="result" aria-live="polite" {}
    };
    Ok(frame.page(Some(Tab::Home), "Home", &content))
}

/// From nothing to a first answer.
fn first_steps(state: &Inner, frame: &Frame) -> Markup {
    let may_upload = frame.visitor.who.may(Role::Label, "batches");
    html! {
        section.card {
            h2 { "Start here" }
            p {
                "Upload a file with feedback, such as a spreadsheet of reviews or an export of your help desk. Each text gets a category; then \
                 you see what people write about, for whom, and what changed. Nothing leaves this machine."
            }
            div.row {
                @if may_upload {
                    a.button.main href="/batches" { "Upload your file" }
                    @if let Some(sample) = &state.config.sample {
                        form method="post" action="/sample" { (frame.token()) button { "Try it with " (sample.name) } }
                    }
                } @else {
                    p { "Your key may not upload files." }
                }
            }
        }
    }
}

fn changes(state: &Inner, found: &Overview) -> Markup {
    let newest = newest_report(state);
    html! {
        section.card {
            h2 { "What changed?" }
            @match newest {
                Some((report, summary)) => {
                    @if summary.headlines.is_empty() { p { (summary.summary) } }
                    p.hint { (summary.title) }
                    @if summary.headlines.len() > 1 { p.hint { "The strongest first: look at it first." } }
                    @for headline in summary.headlines.iter().take(HEADLINES) { p { strong { (headline.text) } } }
                    p.soft { "Report of " (when(report.job.created_at)) " on " (texts(report.job.texts)) }
                    div.row { a.button href={ "/report/" (report.id) } { "Texts that show it" } a.button href="/report" { "New report" } }
                },
                None if found.total < FEW => {
                    p { "Stored: " (texts(found.total)) ". From some dozens of texts on, a report can say what moved between two periods, and for whom." }
                    div.row { a.button.main href="/batches" { "Upload a file" } }
                },
                None => {
                    p { "Stored: " (texts(found.total)) ". A report compares the last period with the one before and says what moved, for whom." }
                    div.row { a.button.main href="/report" { "See what changed" } }
                },
            }
        }
    }
}

fn newest_report(state: &Inner) -> Option<(Report, Summary)> {
    let all = reports::available(state).ok()?;
    let done = all
        .list()
        .ok()?
        .into_iter()
        .find(|report| report.state == ReportState::Done)?;
    let summary = all.summary(&done.id).ok()?;
    Some((done, summary))
}

/// Who needs an answer today?
async fn answers(state: &Inner) -> crate::problem::ServiceResult<Markup> {
    let today = inbox::count(state, &Wanted::today()).await?;
    let waiting = inbox::count(state, &Wanted::default()).await?;
    let earlier = inbox::earlier(state).await?;
    Ok(html! {
        p {
            a href="/inbox?state=open&when=today" { "Who needs an answer today?" }
            " " strong { (number(today)) } " of " a href="/inbox" { (number(waiting)) " in the inbox" } "."
            @if earlier > 0 { " " a href="/inbox" { "Not looked at yet: " (texts(earlier)) } ", stored before the inbox was first used." }
        }
    })
}

fn to_do(found: &Overview, fields: &[Choice]) -> Markup {
    html! {
        @if found.doubtful > 0 {
            p { a href="/review" { "Doubtful: " (texts(found.doubtful)) } ", " (percent(found.doubtful as f64 / found.total as f64)) " of all: the model's confidence is low. It is wrong about some of the others, too." }
        } @else {
            p { "No text is doubtful." }
        }
        @if found.undated > 0 { p { "In no period, since no date can be read: " (texts(found.undated)) "." } }
        p {
            a href="/explore" { "Explore " (texts(found.total)) } " by category"
            @for field in fields { ", " a href=(with_query("/explore", &format!("by={}", encoded(&field.name)))) { (field.name) } }
            " and over time, or read " a href="/themes" { "what they are about" } "."
        }
        @if found.corrected > 0 { p { (number(found.corrected)) @if found.corrected == 1 { " label was" } @else { " labels were" } " corrected by people. " a href="/train" { "Train" } " with them." } }
    }
}

async fn quality(state: &Inner, total: u64) -> crate::problem::ServiceResult<Markup> {
    let model = state.models.serving().await?;
    let figures = figures(&model.manifest);
    let audits = audits::sample(state, Filter::default(), 1).await?;
    Ok(html! {
        @match figures {
            Some(figures) => p {
                strong { (percent(figures.accuracy)) } " of " (figures.n) " test texts get the right category"
                @if let Some(interval) = &figures.accuracy_interval { " (95 % interval " (percent(interval.low)) " to " (percent(interval.high)) ")" }
                "."
                @let wrong = ((1.0 - figures.accuracy) * total as f64).round() as u64;
                @if wrong > 0 { " If your feedback is like them, about " (number(wrong)) " of your " (texts(total)) " have a wrong category." }
            },
            None => p { "The model folder contains no metrics, so its accuracy is unknown." },
        }
        @if let Some((value, interval)) = share(audits.right() as u64, audits.audited.len() as u64) {
            p {
                "On " strong { (audits.audited.len()) " random texts of yours" } " that people labelled, it is right for " strong { (percent(value)) }
                " (95 % interval " (percent(interval.low)) " to " (percent(interval.high)) ")."
            }
        }
        @if has_drifted(state) {
            p { strong { "The newest texts differ from those before." } " " a href="/drift" { "See what moved" } ", and how much." }
        }
        p { a href="/about" { "About the model" } ", " a href="/review?why=random" { "check it on random texts of yours" } "." }
    })
}

fn has_drifted(state: &Inner) -> bool {
    let check = state.drift.as_ref().and_then(|checks| checks.latest());
    let result = check.and_then(|check| check.result);
    result.is_some_and(|result| result.alarm)
}

/// Uploads the sample and classifies it.
pub(crate) async fn sample(State(state): State<Shared>, frame: Frame, _form: Form) -> PageResult {
    let id = own_files::add_sample(&state, &frame.visitor.who).await?;
    let to: Response = redirect(&format!("/batches/{id}"));
    Ok(to)
}
