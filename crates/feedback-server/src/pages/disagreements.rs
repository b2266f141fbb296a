//! Texts to which people gave different labels, and the choice that settles each.

use axum::extract::State;
use maud::{Markup, html};

use super::labels::{label_form_that_settles, tags};
use super::layout::{Frame, Tab, percent};
use crate::problem::PageResult;
use crate::services::agreement::{Agreement, Disagreement, agreement};
use crate::services::labels::choosable;
use crate::state::Shared;

pub(crate) async fn page(State(state): State<Shared>, frame: Frame) -> PageResult {
    let found = agreement(&state).await?;
    let served = state.models.engine().current();
    let labels = choosable(&state).await?;
    let content = html! {
        h1 { "Where people disagree" }
        (people(&found))
        @if found.open.is_empty() {
            @if !found.pairs.is_empty() { p role="status" { "Nothing to settle." } }
        } @else {
            p role="status" { (found.n_open) " texts have different labels from different people. The label that you give here settles it." }
            ol.queue data-review {
                @for Disagreement { stored, said } in &found.open {
                    li tabindex="-1" id={ "p" (stored.id) } {
                        blockquote { (stored.prediction.text) }
                        ul { @for (actor, labels) in said { li { (actor) ": " (tags(labels)) } } }
                        (label_form_that_settles(&frame, stored, &*served.model, &labels))
                    }
                }
            }
            @if found.n_open > found.open.len() { p { a.button href="/disagreements" { "Load more" } } }
        }
    };
    Ok(frame.page(Some(Tab::Review), "Where people disagree", &content))
}

/// Renders how often each two people agree.
fn people(found: &Agreement) -> Markup {
    html! {
        @if found.pairs.is_empty() {
            p {
                "No text has labels from two people yet. Somebody with a key of their own can "
                a href="/review?why=second" { "give second opinions" } "."
            }
        } @else {
            section.card {
                h2 { "How often do people agree?" }
                div.scroll tabindex="0" role="region" aria-label="Agreement" {
                    table {
                        thead { tr { th scope="col" { "People" } th.number scope="col" { "Common texts" } th.number scope="col" { "Same label" } th.number scope="col" { "Cohen's kappa" } } }
                        tbody {
                            @for pair in &found.pairs {
                                tr {
                                    th scope="row" { (pair.people[0]) " and " (pair.people[1]) }
                                    td.number { (pair.texts) }
                                    td.number { (percent(pair.same as f64 / pair.texts.max(1) as f64)) }
                                    td.number { @match pair.kappa { Some(kappa) => (format!("{kappa:.2}")), None => "–" } }
                                }
                            }
                        }
                    }
                }
                p.hint { "The first label of each person counts. A kappa of 0 is chance, 1 is perfect; a model can hardly agree more with people than they do with each other." }
            }
        }
    }
}
