//! The page Home: classify a text, and see what changed and what needs attention.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::analyze;
use super::facts::figures;
use super::layout::{Frame, Tab, percent, redirect, texts, when};
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
use crate::services::{audits, batches, reclassify, reports, views};
use crate::state::{Inner, Shared};
use feedback_store::{Filter, Overview};

/// How many headlines of the newest report are shown.
const HEADLINES: usize = 3;

pub(crate) async fn home(State(state): State<Shared>, frame: Frame) -> PageResult {
    let found = overview(&state, Filter::default()).await?;
    let saved = views::all(&state).await?;
    let content = html! {
        h1 { "Home" }
        @if found.total == 0 { (first_steps(&state, &frame)) } @else {
            div.columns {
                div {
                    (changes(&state, &found))
                    section.card { h2 { "How good is the model?" } (quality(&state).await?) }
                }
                div {
                    section.card { h2 { "To do" } (answers(&state).await?) (to_do(&found, &choices(&state).await?)) (of_earlier_models(&state).await?) }
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
    Ok(html! {
        p {
            a href="/inbox?state=open&when=today" { "Who needs an answer today?" }
            " " strong { (today) } " of " a href="/inbox" { (waiting) " in the inbox" } "."
        }
    })
}

fn to_do(found: &Overview, fields: &[Choice]) -> Markup {
    html! {
        @if found.doubtful > 0 {
            p { a href="/review" { "Doubtful: " (texts(found.doubtful)) } ", " (percent(found.doubtful as f64 / found.total as f64)) " of all, for a person to check." }
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

/// Which texts have labels of another model than the one that serves?
async fn of_earlier_models(state: &Inner) -> crate::problem::ServiceResult<Markup> {
    let found = reclassify::find(state).await?;
    Ok(html! {
        @if found.waiting > 0 {
            p {
                a href="/models" { @if found.waiting == 1 { "1 text has" } @else { (texts(found.waiting)) " have" } " the label of an earlier model" }
                @if found.status.started.is_some() { "; they are being reclassified." } @else { "." }
            }
        }
    })
}

async fn quality(state: &Inner) -> crate::problem::ServiceResult<Markup> {
    let model = state.models.serving().await?;
    let figures = figures(&model.manifest);
    let audits = audits::sample(state, Filter::default(), 1).await?;
    Ok(html! {
        @match figures {
            Some(figures) => p {
                strong { (percent(figures.accuracy)) } " of " (figures.n) " test texts get the right category"
                @if let Some(interval) = &figures.accuracy_interval { " (95 % interval " (percent(interval.low)) " to " (percent(interval.high)) ")" }
                ". Your feedback may differ from them."
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
            p { strong { "New texts differ from earlier ones." } " The figures may not hold for them: " a href="/drift" { "see what moved" } "." }
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
pub(crate) async fn sample(State(state): State<Shared>, _form: Form) -> PageResult {
    let id = batches::add_sample(&state).await?;
    let to: Response = redirect(&format!("/batches/{id}"));
    Ok(to)
}
