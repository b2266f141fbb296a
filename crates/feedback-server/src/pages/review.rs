//! The least certain texts, reviewed one by one with the keyboard.

use axum::extract::State;
use maud::html;

use super::labels::label_form;
use super::layout::{Frame, Tab, percent};
use crate::problem::PageResult;
use crate::services::history::least_certain;
use crate::services::theme_labels::choosable;
use crate::state::Shared;

/// Maximum number of texts on the page.
const SHOWN: usize = 25;

pub(crate) async fn review(State(state): State<Shared>, frame: Frame) -> PageResult {
    let items = least_certain(&state, SHOWN).await?;
    let served = state.models.engine().current();
    let labels = choosable(&state).await?;
    let shown_scores = if served.model.is_multi_label() { 4 } else { 2 };
    let content = html! {
        h1 { "Review" }
        p { "Least certain first. Duplicates shown once. Labels given here are used in the next training." }
        p.only-script { kbd { "j" } " next, " kbd { "k" } " previous, " kbd { "1" } "–" kbd { (labels.len().min(9)) } " give a label, " kbd { "a" } " accept the prediction, " kbd { "u" } " undo." }
        @if items.is_empty() {
            p role="status" { "Nothing to review." }
        } @else {
            ol.queue data-review {
                @for item in &items {
                    @let prediction = &item.prediction;
                    li tabindex="-1" id={ "p" (item.id) } {
                        blockquote { (prediction.text) }
                        p {
                            @for score in prediction.scores.iter().take(shown_scores) {
                                span.tag { (score.label) " " (percent(score.score)) } " "
                            }
                            span.soft { (prediction.source) }
                        }
                        (label_form(&frame, item.id, &*served.model, labels.iter().map(String::as_str), &prediction.labels, "/review"))
                    }
                }
            }
            p { a.button href="/review" { "Load more" } }
        }
    };
    Ok(frame.page(Some(Tab::Review), "Review", &content))
}
