//! A new model from the data and everybody's corrections, in the background.

use std::path::{Path, PathBuf};

use axum::extract::{Path as UrlPath, State};
use axum::http::HeaderValue;
use maud::{Markup, html};
use serde_json::Value;

use super::about::interval;
use super::charts::{Line, numbers_by_epoch, shares_by_epoch};
use super::questions;
use super::{Frame, PageResult, Tab, part, percent, redirect, when};
use crate::clock::now_ms;
use crate::http::body::Form;
use crate::problem::{Answer, Problem};
use crate::state::{Inner, Shared};
use crate::training::{Curve, Training, TrainingJob, TrainingState, Trainings, Validation, read_curve};
use feedback_store::{Correction, ModelState};

/// What the form calls the model that serves.
const SERVING: &str = "serving";
/// Corrections that are fetched at a time.
const PAGE: usize = 500;

pub(crate) fn trainings(state: &Inner) -> Answer<&Trainings> {
    state
        .trainings
        .as_ref()
        .ok_or_else(|| Problem::not_found("training", "because this server only serves"))
}

pub(crate) async fn list(State(state): State<Shared>, frame: Frame) -> PageResult {
    let Some(all) = &state.trainings else {
        let content =
            html! { h1 { "Train" } p { "This server only serves; " code { "train" } " makes models." } };
        return Ok(frame.page(Some(Tab::Train), "Train", &content));
    };
    let jobs = all.list()?;
    let corrections = corrections(&state).await?.len();
    let content = html! {
        h1 { "Train" }
        (form(&frame, all, corrections))
        @if !jobs.is_empty() {
            section.card {
                div.scroll tabindex="0" role="region" aria-label="Trainings" {
                    table {
                        caption { "Trainings" }
                        thead { tr { th scope="col" { "Begun" } th scope="col" { "State" } th scope="col" { "From" } th scope="col" { "Model" } } }
                        tbody {
                            @for job in &jobs {
                                tr {
                                    td { a href={ "/train/" (job.id) } { (when(job.job.created_at)) } }
                                    td { span.tag { (job.state.name()) } }
                                    td { (job.job.base) }
                                    td { @if let Some(model) = &job.model { code { (model) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(frame.page(Some(Tab::Train), "Train", &content))
}

/// The file's name, where it is the only one of that name: paths are long, and nobody's business but the server's.
fn short_name(path: &Path, all: &[PathBuf]) -> String {
    let same = all.iter().filter(|other| other.file_name() == path.file_name());
    match path.file_name() {
        Some(name) if same.count() == 1 => name.to_string_lossy().into_owned(),
        _ => path.display().to_string(),
    }
}

fn form(frame: &Frame, all: &Trainings, corrections: usize) -> Markup {
    let data = all.trainer().data();
    if data.is_empty() {
        return html! { p.note { "No labelled file is on offer: start " code { "serve" } " with " code { "--train-data FILE" } "." } };
    }
    html! {
        form.card method="post" action="/train" {
            (frame.token())
            p { "The file is split into training, validation and test rows. " strong { (corrections) } " corrections join the training rows, apart from those whose text stands in validation or test: nobody may teach a model its own test." }
            div.fields {
                div { label for="data" { "Labelled file" } select id="data" name="data" { @for (index, path) in data.iter().enumerate() { option value=(index) { (short_name(path, &data)) } } } }
                div {
                    label for="base" { "Start from" }
                    select id="base" name="base" {
                        option value=(SERVING) { "the model that serves" }
                        @for base in all.trainer().bases() { option value=(base) { (base) } }
                    }
                }
                div { label for="pooling" { "Pooling" } select id="pooling" name="pooling" { option value="cls" { "cls" } option value="mean" { "mean" } } }
                div { label for="epochs" { "Epochs " span.hint { "empty: what suits" } } input id="epochs" name="num_train_epochs" type="number" min="1" max="1000"; }
                div { label for="rate" { "Learning rate " span.hint { "empty: what suits" } } input id="rate" name="learning_rate" type="number" min="0" max="1" step="any"; }
                div { label for="size" { "Batch size " span.hint { "empty: 16" } } input id="size" name="per_device_train_batch_size" type="number" min="1" max="512"; }
                div { label for="seed" { "Seed" } input id="seed" name="seed" type="number" min="0" value="42"; }
            }
            div { label { input name="ask_people" type="checkbox" value="yes"; " Ask people about hard rows while it learns " span.hint { "costs a look at every training row each epoch" } } }
            div.row { button.main { "Train" } }
        }
    }
}

pub(crate) async fn start(State(state): State<Shared>, form: Form) -> PageResult {
    let all = trainings(&state)?;
    let job = job(&state, all, &form)?;
    let corrections = corrections(&state).await?;
    let id = all.start(job, &corrections)?;
    let subject = id.clone();
    state
        .store
        .run(move |store| store.add_audit("training.start", &subject, ""))
        .await?;
    Ok(redirect(&format!("/train/{id}")))
}

fn job(state: &Inner, all: &Trainings, form: &Form) -> Answer<TrainingJob> {
    let data = all.trainer().data();
    let data = form
        .get("data")
        .parse()
        .ok()
        .and_then(|index: usize| data.get(index).cloned());
    let serving = state.models.folder(&state.models.engine().current().id);
    let base = match form.get("base") {
        SERVING => serving.display().to_string(),
        other if all.trainer().bases().iter().any(|base| base == other) => other.to_owned(),
        _ => return Err(Problem::invalid("`base` is none of those on offer")),
    };
    Ok(TrainingJob {
        data: data.ok_or_else(|| Problem::invalid("`data` is none of those on offer"))?,
        corrections: PathBuf::new(),
        base,
        pooling: match form.get("pooling") {
            "mean" => "mean".into(),
            _ => "cls".into(),
        },
        num_train_epochs: number(form, "num_train_epochs")?,
        learning_rate: number(form, "learning_rate")?,
        per_device_train_batch_size: number(form, "per_device_train_batch_size")?,
        ask_people: !form.get("ask_people").is_empty(),
        seed: number(form, "seed")?.unwrap_or(42),
        serving,
        created_at: now_ms(),
    })
}

/// A field that may be empty.
fn number<T: std::str::FromStr>(form: &Form, name: &str) -> Answer<Option<T>> {
    match form.get(name).trim() {
        "" => Ok(None),
        value => match value.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Problem::invalid(format!("`{name}` is no number"))),
        },
    }
}

/// All corrections that stand.
async fn corrections(state: &Inner) -> Answer<Vec<Correction>> {
    let all = state
        .store
        .run(|store| -> crate::Result<_> {
            let mut all: Vec<Correction> = Vec::new();
            loop {
                let page = store.corrections(all.last().map_or(0, |one| one.id), PAGE)?;
                let ended = page.len() < PAGE;
                all.extend(page);
                if ended {
                    return Ok(all);
                }
            }
        })
        .await?;
    Ok(all)
}

pub(crate) async fn one(
    State(state): State<Shared>,
    UrlPath(id): UrlPath<String>,
    frame: Frame,
) -> PageResult {
    let all = trainings(&state)?;
    let training = all.get(&id)?;
    let content = html! {
        h1 { "Training of " (when(training.job.created_at)) }
        (progress(&state, &frame, all, &training).await?)
        (questions::section(&frame, all, &training)?)
    };
    Ok(frame.page(Some(Tab::Train), "Training", &content))
}

/// The part that moves.
pub(crate) async fn progress_part(
    State(state): State<Shared>,
    UrlPath(id): UrlPath<String>,
    frame: Frame,
) -> PageResult {
    let all = trainings(&state)?;
    let training = all.get(&id)?;
    let mut response = part(progress(&state, &frame, all, &training).await?);
    if training.state != TrainingState::Running {
        // The rest of the page, such as its questions, depends on it too.
        response
            .headers_mut()
            .insert("hx-refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

async fn progress(state: &Inner, frame: &Frame, all: &Trainings, training: &Training) -> Answer<Markup> {
    let curve = read_curve(&all.events_of(training));
    let running = training.state == TrainingState::Running;
    let id = &training.id;
    let promotable = match training.model.clone() {
        None => None,
        Some(model) => {
            let record = state.store.run(move |store| store.model(&model)).await?;
            record.filter(|record| record.state != ModelState::Serving)
        }
    };
    Ok(html! {
        // Only what moves is exchanged: a button that is exchanged under a finger is not pressed, and loses the focus.
        div id="progress" hx-get=[running.then(|| format!("/train/{id}/progress"))] hx-trigger=[running.then_some("every 2s")] hx-select="#moving" hx-target="#moving" hx-swap="outerHTML" {
            div.row {
                @if running {
                    form method="post" action={ "/train/" (id) "/stop" } { (frame.token()) button.danger { "Stop" } }
                    a.button href={ "/train/" (id) } { "Refresh" }
                } @else if training.state != TrainingState::Done {
                    form method="post" action={ "/train/" (id) "/resume" } { (frame.token()) button.main { "Go on" } }
                }
                @if let Some(model) = &promotable {
                    form method="post" action={ "/models/" (model.id) "/promote" } { (frame.token()) button.main { "Promote " code { (model.id) } } }
                    form method="post" action={ "/models/" (model.id) "/discard" } { (frame.token()) button.danger { "Discard" } }
                }
            }
            div id="moving" {
                p role="status" { span.tag { (training.state.name()) } " from " (training.job.base) @if let Some(last) = curve.validation.last() { ", epoch " (format!("{:.1}", last.epoch)) } }
                @if let Some(result) = &training.result { (comparison(result)) }
                (curves(&curve))
                section.card { h2 { "Log" } pre.scroll tabindex="0" { (training.log) } }
            }
        }
    })
}

fn comparison(result: &Value) -> Markup {
    let row = |name: &str, figures: &Value| {
        let figure = |value: &Value| value.as_f64().map_or("–".into(), percent);
        html! {
            tr {
                th scope="row" { (name) }
                td.number { (figure(&figures["accuracy"])) @if let Some((low, high)) = interval(&figures["accuracy_interval"]) { br; span.soft { (percent(low)) " – " (percent(high)) } } }
                td.number { (figure(&figures["weighted"]["f1"])) }
                td.number { (figure(&figures["macro"]["f1"])) }
            }
        }
    };
    html! {
        section.card {
            div.scroll tabindex="0" role="region" aria-label="Comparison" { table {
                caption { "On the same " (result["test"]["n"].as_u64().unwrap_or_default()) " test rows" }
                thead { tr { th scope="col" { "Model" } th.number scope="col" { "Accuracy, 95 % interval" } th.number scope="col" { "Weighted F1" } th.number scope="col" { "Macro F1" } } }
                tbody { (row("the new one", &result["test"])) (row("the one that served", &result["serving"])) }
            } }
            @let seen = result["serving"]["leakage"]["in_train"].as_u64().unwrap_or_default();
            @if seen > 0 { p.warn { (seen) " of these rows stand in the training data of the one that served: its figures are too good." } }
            p { (result["corrections"]["used"].as_u64().unwrap_or_default()) " corrections were trained on, " (result["corrections"]["held_out"].as_u64().unwrap_or_default()) " left out because their text stands in validation or test." }
        }
    }
}

fn curves(curve: &Curve) -> Markup {
    if curve.train_loss.is_empty() && curve.validation.is_empty() {
        return html! { p { "Nothing to draw yet." } };
    }
    let losses = [Line {
        name: "training loss",
        points: curve.train_loss.clone(),
    }];
    let points =
        |get: fn(&Validation) -> f64| curve.validation.iter().map(|one| (one.epoch, get(one))).collect();
    let figures = [
        Line {
            name: "weighted F1",
            points: points(|one| one.weighted_f1),
        },
        Line {
            name: "accuracy",
            points: points(|one| one.accuracy),
        },
    ];
    html! {
        div.two {
            section.card { h2 { "Training loss" } (numbers_by_epoch("training-loss", "Training loss", &losses)) }
            section.card { h2 { "Validation" } (shares_by_epoch("validation", "Weighted F1 and accuracy on validation", &figures))
                details { summary { "As a table" } table {
                    caption { "Validation" }
                    thead { tr { th scope="col" { "Epoch" } th.number scope="col" { "Loss" } th.number scope="col" { "Accuracy" } th.number scope="col" { "Weighted F1" } } }
                    tbody { @for one in &curve.validation { tr { th scope="row" { (format!("{:.2}", one.epoch)) } td.number { (format!("{:.4}", one.loss)) } td.number { (percent(one.accuracy)) } td.number { (percent(one.weighted_f1)) } } } }
                } }
            }
        }
    }
}

pub(crate) async fn stop(
    State(state): State<Shared>,
    UrlPath(id): UrlPath<String>,
    _form: Form,
) -> PageResult {
    trainings(&state)?.stop(&id)?;
    Ok(redirect(&format!("/train/{id}")))
}

pub(crate) async fn resume(
    State(state): State<Shared>,
    UrlPath(id): UrlPath<String>,
    _form: Form,
) -> PageResult {
    trainings(&state)?.resume(&id)?;
    Ok(redirect(&format!("/train/{id}")))
}
