//! What the model is, how well it was measured, and what that does not promise.

use axum::extract::State;
use maud::{Markup, html};
use serde_json::Value;

use super::{Frame, PageResult, Tab, percent, when};
use crate::state::Shared;
use feedback_store::ModelRecord;

pub(crate) async fn about(State(state): State<Shared>, frame: Frame) -> PageResult {
    let model = state.models.serving().await?;
    Ok(frame.page(Some(Tab::About), "About the model", &content(&model)))
}

fn content(model: &ModelRecord) -> Markup {
    let manifest = &model.manifest;
    html! {
        h1 { "About the model" }
        section.card {
            h2 { "What it is" }
            dl {
                dt { "Id" } dd { code { (model.id) } }
                dt { "Labels" } dd { @for label in &model.labels { span.tag { (label) } " " } }
                @if let Some(base) = manifest["base_model"].as_str() { dt { "Trained from" } dd { (base) } }
                @if let Some(length) = manifest["max_length"].as_u64() {
                    dt { "Reads" } dd { "up to " (length) " tokens of a text; the rest is ignored, and the answer says so" }
                }
                @if let Some(temperature) = manifest["temperature"].as_f64() {
                    dt { "Calibration" } dd { "logits are divided by " (format!("{temperature:.3}")) " before softmax" }
                }
                @if let Some(threshold) = manifest["abstain_below"].as_f64() {
                    dt { "Threshold" } dd { "below " (percent(threshold)) " it asks for a person" }
                }
                dt { "Added" } dd { (when(model.added_at)) }
            }
        }
        (measured(&manifest["metrics"]))
        section.card {
            h2 { "What this does not promise" }
            ul {
                li { "Figures hold for feedback like that of the test set. Other products, other languages and other times may do worse." }
                li { "The interval says how much the figure would vary with other test texts of the same kind, nothing about other kinds." }
                li { "A confidence is an estimate: of many answers with 80 %, about 80 in 100 were right on such data. It is no proof for one text." }
                li { "Texts that fit none of the labels still get one." }
            }
        }
    }
}

/// The figures on the test set, in the words of `evaluate`.
pub(crate) fn measured(metrics: &Value) -> Markup {
    let Some(n) = metrics["n"].as_u64() else {
        return html! {
            section.card {
                h2 { "How well it was measured" }
                p { "This model folder carries no figures: nothing is known about its accuracy here. " code { "evaluate" } " measures it." }
            }
        };
    };
    let empty = serde_json::Map::new();
    let labels = metrics["labels"].as_object().unwrap_or(&empty);
    html! {
        section.card {
            h2 { "How well it was measured" }
            p {
                "On its own test set of " strong { (n) } " texts, which training never saw: accuracy "
                strong { (figure(&metrics["accuracy"])) }
                @if let Some((low, high)) = interval(&metrics["accuracy_interval"]) {
                    " (95 % interval " (percent(low)) " to " (percent(high)) ")"
                }
                ", macro F1 " (figure(&metrics["macro"]["f1"])) ", weighted F1 " (figure(&metrics["weighted"]["f1"])) "."
            }
            div.scroll tabindex="0" role="region" aria-label="Figures by label" {
                table {
                    thead { tr { th scope="col" { "Label" } th.number scope="col" { "Precision" } th.number scope="col" { "Recall" } th.number scope="col" { "F1" } th.number scope="col" { "Texts" } } }
                    tbody {
                        @for (label, row) in labels {
                            tr {
                                th scope="row" { (label) }
                                td.number { (figure(&row["precision"])) }
                                td.number { (figure(&row["recall"])) }
                                td.number { (figure(&row["f1"])) }
                                td.number { (row["support"].as_u64().unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn figure(value: &Value) -> String {
    value.as_f64().map_or_else(|| "unknown".into(), percent)
}

/// An interval as two numbers, or as an object with `low` and `high`.
pub(crate) fn interval(value: &Value) -> Option<(f64, f64)> {
    let at = |index: usize, name: &str| value[index].as_f64().or(value[name].as_f64());
    Some((
        at(0, "low").or(value["lower"].as_f64())?,
        at(1, "high").or(value["upper"].as_f64())?,
    ))
}
