//! The pages to start and follow trainings, which run in the background on a labelled file and all corrections.

use axum::extract::{Path as UrlPath, State};
use axum::http::HeaderValue;
use feedback_corrections::{Figures, JobPooling, Outcome, SeenRows};
use maud::{Markup, html};
use serde::Deserialize;

use super::batches::duration;
use super::cards;
use super::charts::{Line, numbers_by_epoch, shares_by_epoch};
use super::layout::{Frame, Tab, part, percent, redirect, sentence, when};
use super::models::accept;
use super::questions;
use super::train_upload::{reading, upload};
use crate::dto::TrainingRequest;
use crate::http::body::Form;
use crate::http::extract::{Actor, ApiQuery};
use crate::problem::PageResult;
use crate::problem::{Problem, ServiceResult};
use crate::services::explore::{Choice, choices};
use crate::services::models;
use crate::services::trainings::{self, SERVING, available, short_name};
use crate::state::{Inner, Shared};
use crate::training::{Curve, MIN_TEXTS, Training, TrainingState, Trainings, Validation, read_curve};
use feedback_store::{Filter, ModelState};

/// The value of the choice of texts that people labelled.
const PEOPLE: &str = "people";
/// The start of the values of the choices of fields; a number is a file.
const FIELD: &str = "field:";

/// What the page Train is asked to show.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct FileQuery {
    /// The batch of a labelled file that was uploaded here.
    file: Option<i64>,
}

pub(crate) async fn list(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(FileQuery { file }): ApiQuery<FileQuery>,
) -> PageResult {
    let Some(all) = &state.trainings else {
        let content = html! { h1 { "Train" } p { "Training is not available on this server. Train models with " code { "train" } "." } };
        return Ok(frame.page(Some(Tab::Train), "Train", &content));
    };
    let jobs = all.list()?;
    let labelled = Filter {
        corrected: Some(true),
        ..Filter::default()
    };
    let corrections = state.store.run(move |store| store.count(&labelled)).await?;
    let several = state.models.engine().current().model.is_multi_label();
    let content = html! {
        h1 { "Train" }
        (reading(&state, &frame, file).await?)
        (form(&frame, all, &Offered { corrections, fields: choices(&state).await?, several }))
        (upload(&frame, jobs.is_empty() && corrections == 0))
        @if !jobs.is_empty() {
            section.card {
                @let rows = jobs.iter().map(|job| vec![
                    html! { a href={ "/train/" (job.id) } { (when(job.job.created_at)) } },
                    html! { span.tag { (job.state.name()) } },
                    html! { (job.job.base) },
                    html! { @if let Some(model) = &job.model { code { (model) } } @else { "–" } },
                ]);
                (cards::table("Trainings", &[("Started", false), ("State", false), ("From", false), ("Model", false)], rows))
            }
        }
    };
    Ok(frame.page(Some(Tab::Train), "Train", &content))
}

/// What a training can use.
struct Offered {
    /// Number of texts that people labelled.
    corrections: u64,
    /// Fields of the stored texts that may be labels.
    fields: Vec<Choice>,
    /// Whether the new model gives each text any number of labels.
    several: bool,
}

/// Renders the form that starts a training.
fn form(frame: &Frame, all: &Trainings, offered: &Offered) -> Markup {
    let data = all.trainer().data();
    let corrections = offered.corrections;
    let bases = all.trainer().bases();
    // A new set of labels is learnt better from an encoder than from a classifier of other labels.
    let standard = bases
        .iter()
        .find(|base| *base == "builtin")
        .filter(|_| data.is_empty());
    if data.is_empty() && corrections == 0 && offered.fields.is_empty() {
        return first_steps();
    }
    html! {
        form.card method="post" action="/train" {
            (frame.token())
            p { "A training learns the categories of labelled texts, at least " (MIN_TEXTS) " for each category. It runs beside the server, for some minutes with a few thousand texts, and changes nothing: the new model serves once you promote it." }
            p.hint { "The texts are split into training, validation and test rows. " @if !data.is_empty() { strong { (corrections) } " corrections join the training rows of a file, except those whose text is in the validation or test rows: a model must not train on its own test set." } }
            div.fields {
                div.wide {
                    label for="data" { "Labelled texts" }
                    select id="data" name="data" required {
                        @if data.is_empty() && corrections == 0 { option value="" { "choose a column" } }
                        @for (index, path) in data.iter().enumerate() { option value=(index) { "the file " (short_name(path, &data)) } }
                        @if corrections > 0 { option value=(PEOPLE) { "texts that people labelled here (" (corrections) ")" } }
                        @for field in &offered.fields { option value={ (FIELD) (field.name) } { "stored texts by their field " (field.name) } }
                    }
                }
                div {
                    label for="base" { "Start from" }
                    select id="base" name="base" {
                        option value=(SERVING) { "serving model" }
                        @for base in &bases { option value=(base) selected[standard == Some(base)] { (base) } }
                    }
                }
            }
            @if !offered.several {
                (check_box("several_labels", "A text can have several labels", "in a field as “bug; slow”"))
            }
            (more_settings(offered))
            div.row { button.main { "Train" } }
        }
    }
}

/// Says where labels come from.
fn first_steps() -> Markup {
    html! {
        section.card {
            h2 { "A model of your own" }
            p { "A model learns your categories from texts that have them. There are none yet:" }
            ul {
                li { "Upload a file with a column of categories below." }
                li { "Or label texts on the page " a href="/review" { "Review" } ", also with labels of your own; 10 texts for each label are a start." }
            }
        }
    }
}

fn check_box(name: &str, label: &str, hint: &str) -> Markup {
    html! { div { label { input name=(name) type="checkbox" value="yes"; " " (label) " " span.hint { (hint) } } } }
}

fn more_settings(offered: &Offered) -> Markup {
    html! {
        details {
            summary { "More settings" }
            @if offered.corrections > 0 || !offered.fields.is_empty() {
                (check_box("leave_out_rare", &format!("Leave out labels of stored texts with fewer than {MIN_TEXTS} texts"), "otherwise the training does not start, and they are named"))
            }
            @if !offered.several {
                (check_box("ask_people", "Ask about hard rows during training", "one more pass over the training rows per epoch"))
            }
            div.fields {
                div { label for="pooling" { "Pooling" } select id="pooling" name="pooling" { option value="auto" { "the base's default" } option value="cls" { "cls" } option value="mean" { "mean" } } }
                div { label for="epochs" { "Epochs " span.hint { "empty: chosen for you" } } input id="epochs" name="num_train_epochs" type="number" min="1" max="1000"; }
                div { label for="rate" { "Learning rate " span.hint { "empty: chosen for you" } } input id="rate" name="learning_rate" type="number" min="0" max="1" step="any"; }
                div { label for="size" { "Batch size " span.hint { "empty: 16" } } input id="size" name="per_device_train_batch_size" type="number" min="1" max="512"; }
                div { label for="seed" { "Seed" } input id="seed" name="seed" type="number" min="0" value="42"; }
            }
        }
    }
}

pub(crate) async fn start(State(state): State<Shared>, Actor(actor): Actor, form: Form) -> PageResult {
    let request = request(available(&state)?, &form)?;
    let id = trainings::start(&state, request, &actor).await?;
    Ok(redirect(&format!("/train/{id}")))
}

fn request(all: &Trainings, form: &Form) -> ServiceResult<TrainingRequest> {
    let data = all.trainer().data();
    let source = form.get("data");
    let people = source == PEOPLE;
    let label_field = source.strip_prefix(FIELD).map(str::to_owned);
    let index: Option<usize> = source.parse().ok();
    let chosen = index.and_then(|index| data.get(index));
    let file = (!people && label_field.is_none())
        .then(|| chosen.map(|path| short_name(path, &data)).unwrap_or_default());
    Ok(TrainingRequest {
        data: file,
        label_field,
        people,
        several_labels: !form.get("several_labels").is_empty(),
        leave_out_rare: !form.get("leave_out_rare").is_empty(),
        base: Some(form.get("base").to_owned()),
        pooling: match form.get("pooling") {
            "cls" => JobPooling::Cls,
            "mean" => JobPooling::Mean,
            _ => JobPooling::Auto,
        },
        num_train_epochs: number(form, "num_train_epochs")?,
        learning_rate: number(form, "learning_rate")?,
        per_device_train_batch_size: number(form, "per_device_train_batch_size")?,
        ask_people: !form.get("ask_people").is_empty(),
        seed: number(form, "seed")?,
    })
}

/// Parses a number field of a form; `None` if the field is empty.
fn number<T: std::str::FromStr>(form: &Form, name: &str) -> ServiceResult<Option<T>> {
    match form.get(name).trim() {
        "" => Ok(None),
        value => match value.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Problem::invalid(format!("`{name}` must be a number"))),
        },
    }
}

pub(crate) async fn one(
    State(state): State<Shared>,
    UrlPath(id): UrlPath<String>,
    frame: Frame,
) -> PageResult {
    let all = available(&state)?;
    let training = all.get(&id)?;
    let content = html! {
        h1 { "Training of " (when(training.job.created_at)) }
        (progress(&state, &frame, all, &training).await?)
        (questions::section(&frame, all, &training)?)
    };
    Ok(frame.page(Some(Tab::Train), "Training", &content))
}

/// Returns the part of the page that changes during training.
pub(crate) async fn progress_part(
    State(state): State<Shared>,
    UrlPath(id): UrlPath<String>,
    frame: Frame,
) -> PageResult {
    let all = available(&state)?;
    let training = all.get(&id)?;
    let mut response = part(progress(&state, &frame, all, &training).await?);
    if training.state != TrainingState::Running {
        // The rest of the page, such as the questions, also depends on the state, so the whole page is reloaded.
        response
            .headers_mut()
            .insert("hx-refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

async fn progress(
    state: &Inner,
    frame: &Frame,
    all: &Trainings,
    training: &Training,
) -> ServiceResult<Markup> {
    let curve = read_curve(&all.events_of(training));
    let running = training.state == TrainingState::Running;
    let id = &training.id;
    let promotable = match training.model.clone() {
        None => None,
        Some(model) => {
            let record = models::get(state, model).await?;
            record.filter(|record| record.state != ModelState::Serving)
        }
    };
    Ok(html! {
        // Only the part that changes is replaced: replacing a button while it is pressed loses the click and the focus.
        div id="progress" hx-get=[running.then(|| format!("/train/{id}/progress"))] hx-trigger=[running.then_some("every 2s")] hx-select="#moving" hx-target="#moving" hx-swap="outerHTML" {
            div.row {
                @if running {
                    form method="post" action={ "/train/" (id) "/stop" } { (frame.token()) button.danger { "Stop" } }
                    a.button href={ "/train/" (id) } { "Refresh" }
                } @else if training.state != TrainingState::Done {
                    // Resuming repeats what failed, so it is not the first thing to do.
                    form method="post" action={ "/train/" (id) "/resume" } { (frame.token()) button.main[training.state == TrainingState::Stopped] { "Resume" } }
                }
                @if let Some(model) = &promotable {
                    form method="post" action={ "/models/" (model.id) "/promote" } { (frame.token()) (accept(&models::doubts(state, model, std::slice::from_ref(training))?)) button.main { "Promote " code { (model.id) } } }
                    form method="post" action={ "/models/" (model.id) "/discard" } { (frame.token()) button.danger { "Discard" } }
                }
            }
            div id="moving" {
                p role="status" { span.tag { (training.state.name()) } " from " (training.job.base) @if let Some(last) = curve.validation.last() { ", epoch " (format!("{:.1}", last.epoch)) }
                    @if let Some(left) = training.job.num_train_epochs.and_then(|epochs| curve.seconds_left(epochs)).filter(|_| running) { ", about " (duration(left)) " left" }
                }
                @if training.state == TrainingState::Failed { (failed(&training.log)) }
                @if let Some(outcome) = &training.outcome { (comparison(outcome)) }
                (curves(&curve))
                section.card { h2 { "Log" } pre.scroll tabindex="0" { (training.log) } }
            }
        }
    })
}

/// Says why a training failed, and what to do now.
fn failed(log: &str) -> Markup {
    let reason = log.lines().rev().find_map(|line| line.strip_prefix("error: "));
    html! {
        div.note.problem role="alert" {
            p { strong { "The training failed" } @if let Some(reason) = reason { ": " (reason) } "." }
            p {
                "If the data or the settings are the cause, " a href="/train" { "start another training" } " with others. If memory, the disk or the                  end of the server was, resume this one: it goes on from its last checkpoint. The whole log is below."
            }
        }
    }
}

fn comparison(outcome: &Outcome) -> Markup {
    let rows = outcome.test.as_ref().map_or(0, |test| test.n);
    let seen = outcome.serving.as_ref().and_then(|serving| serving.leakage);
    let seen = seen.map_or(0, |SeenRows { in_train, .. }| in_train);
    let counts = outcome.corrections;
    let several = outcome
        .test
        .as_ref()
        .is_some_and(|test| test.hamming_loss.is_some());
    let accuracy = if several {
        "All labels right, 95 % interval"
    } else {
        "Accuracy, 95 % interval"
    };
    html! {
        section.card {
            @if let Some(same) = &outcome.same_rows {
                p { strong { (sentence(&models::in_words(same))) } }
                @if !same.lacking.is_empty() {
                    p { "The serving model does not have the labels " @for (place, label) in same.lacking.iter().enumerate() { @if place > 0 { ", " } span.tag { (label) } } "; rows with them are left out of this comparison." }
                }
            }
            div.scroll tabindex="0" role="region" aria-label="Comparison" { table {
                caption { "On the same " (rows) " test rows" }
                thead { tr { th scope="col" { "Model" } th.number scope="col" { (accuracy) } th.number scope="col" { "Weighted F1" } th.number scope="col" { "Macro F1" } } }
                tbody { (compared("new model", outcome.test.as_ref())) (compared("serving model", outcome.serving.as_ref())) }
            } }
            @if let Some(own) = outcome.test.as_ref().and_then(|test| test.leakage).filter(|own| own.in_train > 0) {
                p.warn { "The model that the training started from was trained on " (own.in_train) " of these rows, so the metrics of the new model are too high." }
            }
            @if seen > 0 { p.warn { "The serving model was trained on " (seen) " of these rows, so its metrics are too high." } }
            @if counts.used + counts.held_out > 0 { p { (counts.used) " corrections were trained on, " (counts.held_out) " left out because their text is in the validation or test rows." } }
            @if counts.unknown_label > 0 { p { (counts.unknown_label) " corrections were left out because the data has no such label." } }
            @if counts.not_one_label > 0 { p { (counts.not_one_label) " corrections were left out because they have several labels or none, but each text of the data has exactly one." } }
        }
    }
}

fn compared(name: &str, figures: Option<&Figures>) -> Markup {
    let figure = |get: fn(&Figures) -> f64| figures.map_or("–".into(), |figures| percent(get(figures)));
    let interval = figures.and_then(|figures| figures.accuracy_interval);
    html! {
        tr {
            th scope="row" { (name) }
            td.number { (figure(|one| one.accuracy)) @if let Some(interval) = interval { br; span.soft { (percent(interval.low)) " – " (percent(interval.high)) } } }
            td.number { (figure(|one| one.weighted.f1)) }
            td.number { (figure(|one| one.macro_average.f1)) }
        }
    }
}

fn curves(curve: &Curve) -> Markup {
    if curve.train_loss.is_empty() && curve.validation.is_empty() {
        return html! { p { "No data yet." } };
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
    available(&state)?.stop(&id)?;
    Ok(redirect(&format!("/train/{id}")))
}

pub(crate) async fn resume(
    State(state): State<Shared>,
    UrlPath(id): UrlPath<String>,
    _form: Form,
) -> PageResult {
    available(&state)?.resume(&id)?;
    Ok(redirect(&format!("/train/{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_training_says_why() {
        let page = failed("model on cpu\nerror: there is no label `a`\nhint: look\n").into_string();
        assert!(page.contains("failed</strong>: there is no label `a`."), "{page}");
        let page = failed("killed\n").into_string();
        assert!(page.contains("failed</strong>."), "{page}");
    }
}
