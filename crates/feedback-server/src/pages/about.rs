//! The page about the serving model: facts, metrics on the test set, and the limits of these metrics.

use axum::extract::State;
use feedback_corrections::Figures;
use maud::{Markup, html};

use super::facts::{facts, figures};
use super::layout::{Frame, Tab, percent, when};
use crate::problem::PageResult;
use crate::state::Shared;
use feedback_store::ModelRecord;

pub(crate) async fn about(State(state): State<Shared>, frame: Frame) -> PageResult {
    let model = state.models.serving().await?;
    Ok(frame.page(Some(Tab::About), "About the model", &content(&model)))
}

fn content(model: &ModelRecord) -> Markup {
    let known = facts(&model.manifest);
    html! {
        h1 { "About the model" }
        section.card {
            h2 { "Model" }
            dl {
                dt { "Id" } dd { code { (model.id) } }
                dt { "Labels" } dd { @for label in &model.labels { span.tag { (label) } " " } }
                @if let Some(base) = &known.base_model { dt { "Trained from" } dd { (base) } }
                @if let Some(length) = known.max_length {
                    dt { "Maximum length" } dd { (length) " tokens; longer texts are truncated and marked, or read in windows" }
                }
                @if let Some(temperature) = known.temperature {
                    dt { "Calibration" } dd { "confidences were adjusted on validation texts so that they match how often the model is right (temperature " (format!("{temperature:.3}")) ")" }
                }
                @if let Some(threshold) = known.abstain_below {
                    dt { "Threshold" } dd { "predictions below " (percent(threshold)) " need review by a person" }
                }
                dt { "Added" } dd { (when(model.added_at)) }
            }
        }
        (measured(figures(&model.manifest).as_ref()))
        section.card {
            h2 { "Limits" }
            ul {
                li { "The metrics apply to feedback similar to the test set. Results may be worse for other products, languages or periods." }
                li { "The interval shows how much the accuracy would vary with other test texts of the same kind. It does not apply to other kinds of texts." }
                li { "Confidence is an estimate: for texts similar to the test set, about 80 of 100 predictions with 80 % confidence are correct. It proves nothing about a single text." }
                li { "Texts that fit no label still get one." }
            }
        }
    }
}

/// Renders the metrics on the test set, or a note if the model folder contains none.
fn measured(figures: Option<&Figures>) -> Markup {
    let Some(figures) = figures else {
        return html! {
            section.card {
                h2 { "Metrics" }
                p { "This model folder contains no metrics, so its accuracy is unknown. " code { "evaluate" } " measures it." }
            }
        };
    };
    html! {
        section.card {
            h2 { "Metrics" }
            p {
                "On its test set of " strong { (figures.n) } " texts, which were not used in training: accuracy "
                strong { (percent(figures.accuracy)) }
                @if let Some(interval) = &figures.accuracy_interval {
                    " (95 % interval " (percent(interval.low)) " to " (percent(interval.high)) ")"
                }
                ", macro F1 " (percent(figures.macro_average.f1)) ", weighted F1 " (percent(figures.weighted.f1)) "."
                (other_scores(figures))
            }
            @if !figures.labels.is_empty() { div.scroll tabindex="0" role="region" aria-label="Metrics by label" {
                table {
                    thead { tr { th scope="col" { "Label" } th.number scope="col" { "Precision" } th.number scope="col" { "Recall" } th.number scope="col" { "F1" } th.number scope="col" { "Texts" } } }
                    tbody {
                        @for (label, row) in &figures.labels {
                            tr {
                                th scope="row" { (label) }
                                td.number { (percent(row.precision)) }
                                td.number { (percent(row.recall)) }
                                td.number { (percent(row.f1)) }
                                td.number { (row.support) }
                            }
                        }
                    }
                }
            } }
        }
    }
}

/// Renders the scores that model folders of older versions may lack; missing scores are left out.
fn other_scores(figures: &Figures) -> Markup {
    let scores = [
        ("balanced accuracy", figures.balanced_accuracy),
        ("Matthews correlation", figures.matthews_corrcoef),
        ("Cohen's kappa", figures.cohen_kappa),
        ("ROC-AUC", figures.roc_auc.macro_average),
        ("average precision", figures.average_precision.macro_average),
    ];
    let known: Vec<String> = scores
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} {:.3}", value?)))
        .collect();
    html! {
        @if !known.is_empty() { " Also measured: " (known.join(", ")) "." }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_scores_are_left_out() {
        let averages = json!({ "precision": 0.5, "recall": 0.5, "f1": 0.5 });
        let mut figures = json!({ "n": 50, "accuracy": 0.5, "macro": averages, "weighted": averages });
        let page = |figures: &serde_json::Value| {
            let figures = serde_json::from_value(figures.clone()).unwrap();
            measured(Some(&figures)).into_string()
        };
        assert!(!page(&figures).contains("Also measured"));
        figures["balanced_accuracy"] = json!(0.48);
        figures["matthews_corrcoef"] = json!(null);
        figures["cohen_kappa"] = json!(0.4);
        figures["roc_auc"] = json!({ "macro": null, "weighted": 0.9 });
        figures["average_precision"] = json!({ "macro": 0.75, "weighted": 0.8 });
        let expected =
            "Also measured: balanced accuracy 0.480, Cohen&#39;s kappa 0.400, average precision 0.750.";
        let page = page(&figures)
            .replace("&#x27;", "&#39;")
            .replace("Cohen's", "Cohen&#39;s");
        assert!(page.contains(expected), "{page}");
    }
}
