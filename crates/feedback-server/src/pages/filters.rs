//! The form that filters texts, which several pages share.

use maud::{Markup, html};

use super::layout::percent;
use crate::labels::NO_LABEL;
use crate::services::explore::{Choice, Choices};
use crate::services::history::{HistoryQuery, NO_VALUE, answer_key, field_key};
use crate::services::periods::PERIODS;
use crate::serving::Model;

/// Renders a hidden field; nothing if the value is empty.
pub(super) fn hidden(name: &str, value: &str) -> Markup {
    html! { @if !value.is_empty() { input type="hidden" name=(name) value=(value); } }
}

/// Renders the filter form. The labels of `model` are the choices of the label, if it can be chosen; `more` are further fields to be kept.
pub(super) fn filters(
    query: &HistoryQuery,
    model: Option<&dyn Model>,
    choices: &Choices,
    action: &str,
    more: &Markup,
) -> Markup {
    let is_set = query.fields().next().is_some();
    html! {
        form.card.fold method="get" action=(action) role="search" {
            (more)
            details open[is_set] {
                summary { "Filter" @if is_set { " (on)" } }
                div.fields {
                    div { label for="q" { "Search text" } input id="q" name="q" type="search" value=(query.q); }
                    @if let Some(model) = model {
                        div {
                            label for="label" { "Label" }
                            select id="label" name="label" {
                                option value="" { "all" }
                                @for label in model.labels() { option value=(label) selected[*label == query.label] { (label) } }
                                // One that a theme became, for example.
                                @if !query.label.is_empty() && query.label != NO_VALUE && !model.labels().contains(&query.label) {
                                    option value=(query.label) selected { (query.label) }
                                }
                                @if model.is_multi_label() || query.label == NO_VALUE {
                                    option value=(NO_VALUE) selected[query.label == NO_VALUE] { (NO_LABEL) }
                                }
                            }
                        }
                    }
                    (fields_and_answers(query, choices))
                    (theme(query, &choices.themes))
                    (source(query, &choices.sources))
                    (period(query))
                    div { label for="from" { "From" } input id="from" name="from" type="date" value=(query.from); }
                    div { label for="to" { "To" } input id="to" name="to" type="date" value=(query.to); }
                    (confidence("min", "Confidence at least", "min_confidence", &query.min_confidence))
                    (confidence("max", "Confidence at most", "max_confidence", &query.max_confidence))
                    (states(query, model))
                    @if action == "/history" { (grouping(query)) }
                }
                div.row { button.main { "Filter" } a.button href=(action) { "Clear" } }
            }
        }
    }
}

/// Renders the choices of fields and answers, and those of the filter that are no choice.
fn fields_and_answers(query: &HistoryQuery, choices: &Choices) -> Markup {
    html! {
        @for choice in &choices.fields { (field(query, choice)) }
        @for (name, value) in query.field.iter().filter(|(name, _)| choices.fields.iter().all(|choice| choice.name != **name)) {
            div {
                label for={ "field-" (name) } { (name) }
                input id={ "field-" (name) } name=(field_key(name)) value=(value);
            }
        }
        @for choice in &choices.answers { (answer(query, choice)) }
        // A question of an earlier model, for example.
        @for (name, value) in query.answer.iter().filter(|(name, _)| choices.answers.iter().all(|choice| choice.name != **name)) {
            div {
                label for={ "answer-" (name) } { (name) }
                input id={ "answer-" (name) } name=(answer_key(name)) value=(value);
            }
        }
    }
}

/// Renders the choice of the source; a text field if there are too many sources.
fn source(query: &HistoryQuery, sources: &[String]) -> Markup {
    html! {
        div {
            label for="source" { "Source" }
            @if sources.is_empty() {
                input id="source" name="source" value=(query.source);
            } @else {
                select id="source" name="source" {
                    option value="" { "all" }
                    @if !query.source.is_empty() && !sources.contains(&query.source) { option value=(query.source) selected { (query.source) } }
                    @for source in sources { option value=(source) selected[*source == query.source] { (source) } }
                }
            }
        }
    }
}

/// Renders the choice of a period that ends today.
fn period(query: &HistoryQuery) -> Markup {
    html! {
        div {
            label for="period" { "Period" }
            select id="period" name="period" {
                option value="" { "any time" }
                @for (name, words) in PERIODS { option value=(name) selected[query.period == name] { (words) } }
            }
        }
    }
}

/// Renders the choice of a confidence; addresses have it from 0 to 1, people see percent.
fn confidence(id: &str, label: &str, name: &str, value: &str) -> Markup {
    let chosen: Option<f64> = value.parse().ok();
    let is_chosen = |tenth: &f64| chosen.is_some_and(|chosen| (chosen - tenth).abs() < 1e-9);
    let choices = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];
    html! {
        div {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                option value="" { "any" }
                @if let Some(other) = chosen.filter(|_| !choices.iter().any(is_chosen)) { option value=(value) selected { (percent(other)) } }
                @for choice in choices { option value=(choice) selected[is_chosen(&choice)] { (format!("{:.0} %", choice * 100.0)) } }
            }
        }
    }
}

/// Renders the choices of unfamiliar and of corrected texts.
fn states(query: &HistoryQuery, model: Option<&dyn Model>) -> Markup {
    html! {
        @if model.is_some_and(|model| model.has_unfamiliarity()) || !query.unfamiliar.is_empty() {
            div {
                label for="unfamiliar" { "Unfamiliar" }
                select id="unfamiliar" name="unfamiliar" {
                    option value="" { "all" }
                    option value="true" selected[query.unfamiliar == "true"] { "unfamiliar texts" }
                }
            }
        }
        div {
            label for="corrected" { "Corrections" }
            select id="corrected" name="corrected" {
                option value="" { "all" }
                option value="true" selected[query.corrected == "true"] { "corrected" }
                option value="false" selected[query.corrected == "false"] { "not corrected" }
            }
        }
    }
}

/// Renders the choice whether texts that say the same are folded together.
fn grouping(query: &HistoryQuery) -> Markup {
    html! {
        div {
            label for="group" { "Show" }
            select id="group" name="group" {
                option value="" { "each text" }
                option value="similar" selected[query.group == "similar"] { "similar texts together" }
            }
        }
    }
}

/// Renders the choice of the theme. One of a category, or a hidden one, may have been chosen on another page.
fn theme(query: &HistoryQuery, themes: &[(u64, String)]) -> Markup {
    let is_chosen = |id: u64| query.theme == id.to_string();
    html! {
        @if !query.theme.is_empty() || !themes.is_empty() {
            div {
                label for="theme" { "Theme" }
                select id="theme" name="theme" {
                    option value="" { "all" }
                    @if !query.theme.is_empty() && !themes.iter().any(|(id, _)| is_chosen(*id)) {
                        option value=(query.theme) selected { "no. " (query.theme) }
                    }
                    @for (id, name) in themes { option value=(id) selected[is_chosen(*id)] { (name) } }
                }
            }
        }
    }
}

/// Renders the choice of the value of a field.
fn field(query: &HistoryQuery, choice: &Choice) -> Markup {
    let chosen = query.field.get(&choice.name);
    value(
        &format!("field-{}", choice.name),
        &field_key(&choice.name),
        choice,
        chosen,
    )
}

/// Renders the choice of the answer to a further question.
fn answer(query: &HistoryQuery, choice: &Choice) -> Markup {
    let chosen = query.answer.get(&choice.name);
    value(
        &format!("answer-{}", choice.name),
        &answer_key(&choice.name),
        choice,
        chosen,
    )
}

fn value(id: &str, name: &str, choice: &Choice, chosen: Option<&String>) -> Markup {
    let chosen = chosen.map_or("", String::as_str);
    let is_other =
        !chosen.is_empty() && chosen != NO_VALUE && !choice.values.iter().any(|value| value == chosen);
    html! {
        div {
            label for=(id) { (choice.name) }
            select id=(id) name=(name) {
                option value="" { "all" }
                @if is_other { option value=(chosen) selected { (chosen) } }
                @for value in &choice.values { option value=(value) selected[value == chosen] { (value) } }
                option value=(NO_VALUE) selected[chosen == NO_VALUE] { "no value" }
            }
        }
    }
}
