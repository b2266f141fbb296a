//! The texts that a person should label next, one by one with the keyboard.

use axum::extract::State;
use feedback_metrics::prevalence::MIN_AUDITS;
use feedback_store::Filter;
use maud::{Markup, html};
use serde::Deserialize;

use super::filters::hidden;
use super::labels::{LabelledQuery, just_labelled, label_form};
use super::layout::{Frame, Tab, empty_state, percent, redirect};
use super::reclassify::notice;
use crate::audits::Sample;
use crate::audits::can_be_sampled;
use crate::http::body::Form;
use crate::http::extract::ApiQuery;
use crate::http::url::{encoded, local, with_query};
use crate::phrases::{count_of, number};
use crate::problem::PageResult;
use crate::services::audits::sample;
use crate::services::explore::share;
use crate::services::history::HistoryQuery;
use crate::services::labels::{self, Origin};
use crate::services::review::{Asked, Why, queue};
use crate::services::review_left::{AHEAD, Expected, Left, left, when_to_stop};
use crate::serving::Model;
use crate::state::Shared;

/// Maximum number of texts on the page.
const SHOWN: usize = 8;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct WhyQuery {
    #[serde(default)]
    why: String,
}

pub(crate) async fn review(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(WhyQuery { why }): ApiQuery<WhyQuery>,
    ApiQuery(LabelledQuery { labelled }): ApiQuery<LabelledQuery>,
    query: HistoryQuery,
) -> PageResult {
    let filter = query.filter()?;
    let actor = frame.visitor.who.actor();
    let ahead = queue(&state, filter.clone(), Why::parse(&why)?, (actor, AHEAD)).await?;
    let items = &ahead[..ahead.len().min(SHOWN)];
    let left = left(&state, filter.clone()).await?;
    let audits = match can_be_sampled(&filter) {
        true => {
            let n = filter.clone();
            let n = state.store.run(move |store| store.count(&n)).await?;
            Some((sample(&state, filter, 1).await?, n))
        }
        false => None,
    };
    let is_empty = items.is_empty() && state.store.run(|store| store.count(&Filter::default())).await? == 0;
    let served = state.models.engine().current();
    let known = labels::all(&state).await?;
    let labels: Vec<&str> = known.iter().map(|(label, _)| label.as_str()).collect();
    let here = address(&query, &why);
    let content = html! {
        h1 { "Review" }
        (notice(&state).await?)
        p {
            "Each text appears once. A label given here counts at once in charts and shares; the model learns it in the next training. "
            a href="/disagreements" { "Where people disagree" } "."
        }
        (choice(&query, &why, &left))
        @if is_empty { (empty_state("The texts that a person should check appear here: those of which the model is unsure, some drawn at random, those unlike its training texts, and some about themes with few labels.")) }
        @else if let Some((audits, n)) = &audits { (progress(audits, *n, &query)) }
        (just_labelled(&state, &frame, &labelled, &here).await?)
        @if items.is_empty() && !is_empty {
            (nothing(why == Why::Unfamiliar.name() && !served.model.has_unfamiliarity()))
        } @else if !is_empty {
            @if why != Why::Second.name() { (outlook(&Expected::from_items(&ahead), audits.as_ref())) }
            p { "Choose the right label; the marked one is what the model says. Each label can be undone." }
            p.touch.soft { "Tap a label to give it; the next text moves up. Tap “Undo” to take it back." }
            p.only-script.keys { kbd { "j" } " next, " kbd { "k" } " previous, " kbd { "1" } "–" kbd { (labels.len().min(9)) } " give a label, " kbd { "a" } " accept the prediction, " kbd { "u" } " undo." }
            ol.queue data-review {
                @for asked in items { (item(&frame, asked, &*served.model, &labels, &here)) }
            }
            @if ahead.len() > SHOWN { p { a.button href=(here) { "Load more" } } }
        }
        (own_labels(&frame, &known, &here))
    };
    Ok(frame.page(Some(Tab::Review), "Review", &content))
}

/// One text, what the model says of it, and the labels to choose from.
fn item(
    frame: &Frame,
    Asked { stored, why }: &Asked,
    model: &dyn Model,
    labels: &[&str],
    here: &str,
) -> Markup {
    let prediction = &stored.prediction;
    let shown_scores = if model.is_multi_label() { 4 } else { 2 };
    // To measure the model, a person must not be led by what it says.
    let is_blind = *why == Why::Random;
    let marked: &[String] = if is_blind { &[] } else { &prediction.labels };
    html! {
        li tabindex="-1" id={ "p" (stored.id) } {
            blockquote { (prediction.text) }
            p {
                @if is_blind { span.soft { "What the model says is hidden, so that it does not lead you. " } }
                @else { @for score in prediction.scores.iter().take(shown_scores) {
                    span.tag { (score.label) " " (percent(score.score)) } " "
                    @if !labels.contains(&score.label.as_str()) { span.soft { "(of an earlier model) " } }
                } }
                span.soft { (prediction.source) " · " (reason(*why)) }
            }
            @if let Some(label) = unknown(marked, labels) { p.hint { "The prediction, " strong { (label) } ", is not a label of the model that serves, so none is marked." } }
            (label_form(frame, stored.id, model, labels.iter().copied(), marked, here))
        }
    }
}

/// `is_unknown` says that the model cannot tell which texts are unfamiliar.
fn nothing(is_unknown: bool) -> Markup {
    html! {
        p role="status" {
            "Nothing to review."
            @if is_unknown {
                " The serving model does not say how unlike a text is to those of its training; a model that `train` writes does."
            }
        }
    }
}

/// Adds a label, or removes one that was added.
pub(crate) async fn change_labels(State(state): State<Shared>, frame: Frame, form: Form) -> PageResult {
    let actor = frame.visitor.who.actor();
    match form.get("remove") {
        "" => {
            labels::add(&state, form.get("label"), actor).await?;
        }
        label => labels::remove(&state, label, actor).await?,
    }
    Ok(redirect(&local(form.get("back"))))
}

/// Renders the labels that people added, and the form to add one.
fn own_labels(frame: &Frame, known: &[(String, Origin)], here: &str) -> Markup {
    let own = || known.iter().filter(|(_, origin)| *origin == Origin::Person);
    html! {
        section.card aria-labelledby="own" {
            h2 id="own" { "A label is missing?" }
            form.row method="post" action="/labels" {
                (frame.token())
                input type="hidden" name="back" value=(here);
                div { label for="new-label" { "New label" } input id="new-label" name="label" required maxlength="80"; }
                button { "Add" }
            }
            p.hint { "It can be given at once. The model predicts it after the next training, once some texts have it." }
            @if own().next().is_some() {
                ul {
                    @for (label, _) in own() {
                        li {
                            form.row method="post" action="/labels" {
                                (frame.token())
                                input type="hidden" name="back" value=(here);
                                span.tag { (label) } " "
                                button name="remove" value=(label) aria-label={ "Remove the label " (label) } { "Remove" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn address(query: &HistoryQuery, why: &str) -> String {
    let mut parts = vec![query.without_cursor()];
    if !why.is_empty() {
        parts.push(format!("why={}", encoded(why)));
    }
    parts.retain(|part| !part.is_empty());
    with_query("/review", &parts.join("&"))
}

/// Renders the choice of the reason, which keeps the filter of the page that led here.
fn choice(query: &HistoryQuery, chosen: &str, left: &Left) -> Markup {
    let names = [None].into_iter().chain(Why::ALL.map(Some)).map(|why| match why {
        None => ("", "a mix of all".to_owned()),
        Some(why) => {
            let left = left.of(why).map(|left| match why {
                Why::Diverse => format!(" ({})", count_of(left, "theme", "themes")),
                Why::Unsure => format!(" ({} doubtful)", number(left)),
                _ => format!(" ({} left)", number(left)),
            });
            (why.name(), format!("{}{}", reason(why), left.unwrap_or_default()))
        }
    });
    let is_filtered = query.fields().next().is_some();
    html! {
        form.row method="get" action="/review" {
            @for (name, value) in query.fields() { (hidden(&name, value)) }
            div {
                label for="why" { "Texts" }
                select id="why" name="why" {
                    @for (value, name) in names { option value=(value) selected[value == chosen] { (name) } }
                }
            }
            button { "Show" }
        }
        @if is_filtered {
            p { "Only texts of the filter " code { (query.without_cursor()) } ". " a href="/review" { "Review all texts" } "." }
        }
    }
}

/// Returns the first predicted label that cannot be chosen.
fn unknown<'a>(predicted: &'a [String], known: &[&str]) -> Option<&'a String> {
    predicted.iter().find(|label| !known.contains(&label.as_str()))
}

fn reason(why: Why) -> &'static str {
    match why {
        Why::Unsure => "the model is unsure",
        Why::Random => "drawn at random",
        Why::Unfamiliar => "unlike the training texts",
        Why::Diverse => "about a theme with few labels",
        Why::Second => "for a second opinion",
    }
}

/// Says what the labels of random texts have shown so far, and when there are enough.
/// `texts` is the number of texts that they are drawn from.
fn progress(audits: &Sample, texts: u64, query: &HistoryQuery) -> Markup {
    let (n, right) = (audits.audited.len(), audits.right());
    let random = address(query, Why::Random.name());
    html! {
        section.card aria-labelledby="audits" {
            h2 id="audits" { "How often is the model right?" }
            @match share(right as u64, n as u64) {
                Some((value, interval)) => {
                    p role="status" {
                        "For " strong { (right) " of " (n) } " random texts that people labelled: " (percent(value))
                        " (95 % interval: " (percent(interval.low)) " to " (percent(interval.high)) ")."
                    }
                },
                None => { p role="status" { "No random text has a label yet." } },
            }
            @if audits.up_to.is_some() { p.hint { "Newer texts are not included: random ones of them are still to be labelled." } }
            @if audits.next.is_empty() {
                p { "Every text has a label from a person." }
            } @else if texts < MIN_AUDITS as u64 {
                p { "From " (MIN_AUDITS) " texts on, labels of random ones correct the shares of categories for the model's mistakes." }
            } @else if n < MIN_AUDITS {
                p {
                    a href=(random) { "Label " (MIN_AUDITS - n) " more random texts" }
                    "; then the shares of categories are corrected for the model's mistakes, with intervals."
                }
            } @else {
                p {
                    "That is enough to correct the shares of categories. Intervals half as wide need " (4 * n) " random texts. "
                    a href=(random) { "Label more" } "."
                }
            }
        }
    }
}

/// Says what the next texts are expected to bring, and when to stop. `audits` are the random texts, and the number of texts that they are
/// drawn from.
fn outlook(expected: &Expected, audits: Option<&(Sample, u64)>) -> Markup {
    let stop = audits
        .map(|(audits, texts)| when_to_stop(expected, audits.audited.len(), *texts >= MIN_AUDITS as u64));
    html! {
        @if expected.texts > 1 {
            p.soft {
                "Of the next " (expected.texts) " texts, the model is probably wrong about " (format!("{:.0}", expected.wrong)) ", by its own confidence"
                @if expected.new > 0 { "; " (expected.new) @if expected.new == 1 { " is" } @else { " are" } " unlike the training texts or about a theme with few labels" }
                ". "
                @if let Some(stop) = stop { (stop) }
            }
        }
    }
}
