//! How many said this: the texts that are similar to a text.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::filters::{filters, hidden};
use super::labels::tags;
use super::layout::{Frame, Tab, percent, when};
use crate::http::url::with_query;
use crate::problem::PageResult;
use crate::services::explore::filter_choices;
use crate::services::similar::{MIN_SIMILARITY, Similar, SimilarQuery, Wanted, similar};
use crate::state::Shared;
use feedback_store::StoredPrediction;

/// The choices of the similarity, and what they mean for most texts with the built-in encoder.
const CHOICES: [(&str, &str); 4] = [
    ("0.8", "almost the same words (80 %)"),
    ("0.7", "the same, in similar words (70 %)"),
    ("0.6", "the same point (60 %)"),
    ("0.5", "the same topic (50 %)"),
];

pub(crate) async fn page(State(state): State<Shared>, frame: Frame, mut query: SimilarQuery) -> PageResult {
    // A text that was typed comes before the one that the page was opened with.
    if !query.params.text.trim().is_empty() {
        query.params.id.clear();
    }
    let is_asked = !query.params.text.trim().is_empty() || !query.params.id.is_empty();
    let found = if is_asked {
        let filter = query.filter.filter()?;
        let min = query.min_similarity()?;
        Some(similar(&state, query.wanted()?, filter, query.k()?, min).await?)
    } else {
        None
    };
    let choices = filter_choices(&state).await?;
    let served = state.models.engine().current();
    let kept = html! {
        (hidden("text", &query.params.text))
        (hidden("id", &query.params.id))
        (hidden("min_similarity", &query.params.min_similarity))
    };
    let content = html! {
        h1 { "How many said this?" }
        p { "Type what somebody wrote, or open this page from any text. The texts that say something similar are counted, in whatever words." }
        @if let Some(found) = &found { (answer(&query, found)?) }
        (form(&query))
        (filters(&query.filter, Some(&*served.model), &choices, "/similar", &kept))
        @if let Some(found) = &found { (list(found)) }
    };
    let response: Response = frame.page(Some(Tab::History), "Similar texts", &content);
    Ok(response)
}

fn form(query: &SimilarQuery) -> Markup {
    let chosen = match query.params.min_similarity.as_str() {
        "" => MIN_SIMILARITY.to_string(),
        chosen => chosen.to_owned(),
    };
    let is_other = CHOICES.iter().all(|(value, _)| *value != chosen);
    html! {
        form.card method="get" action="/similar" {
            (hidden("id", &query.params.id))
            @for (name, value) in query.filter.fields() { (hidden(&name, value)) }
            label for="similar-text" { @if query.params.id.is_empty() { "Text" } @else { "Another text" } }
            textarea id="similar-text" name="text" rows="2" { (query.params.text) }
            div.fields.above {
                div {
                    label for="min_similarity" { "Similarity, at least" }
                    select id="min_similarity" name="min_similarity" {
                        @if is_other { option value=(chosen) selected { (chosen) } }
                        @for (value, name) in CHOICES { option value=(value) selected[value == chosen] { (name) } }
                    }
                }
            }
            div.row { button.main { "Count similar texts" } }
        }
    }
}

fn answer(query: &SimilarQuery, found: &Similar) -> crate::problem::ServiceResult<Markup> {
    let min = query.min_similarity()?;
    let of_stored = matches!(query.wanted()?, Wanted::Id(_));
    let (covered, texts) = found.covered;
    Ok(html! {
        section.card {
            blockquote.quote { "“" (found.text) "”" }
            @if of_stored && found.count <= 1 { p role="status" { "No other text says this with a similarity of at least " (percent(min)) ". A lower similarity finds more." } }
            @else { p role="status" {
                span.big { (found.count) }
                @if found.count == 1 { "text says" } @else { "texts say" } " this with a similarity of at least " (percent(min))
                @if of_stored { ", this one included" } "."
            } }
            @if covered < texts { p.soft { (covered) " of " (texts) " texts can be compared so far; the others follow in the background." } }
        }
    })
}

fn list(found: &Similar) -> Markup {
    html! {
        @if found.items.is_empty() {
            p { "No text is this similar. A lower similarity finds more." }
        } @else {
            @if (found.items.len() as u64) < found.count { p.soft { "The " (found.items.len()) " most similar ones:" } }
            ol.queue { @for (similarity, item) in &found.items { (entry(*similarity, item)) } }
        }
    }
}

fn entry(similarity: f64, item: &StoredPrediction) -> Markup {
    html! {
        li {
            blockquote { (item.prediction.text) }
            p {
                strong { (percent(similarity)) } " similar · "
                (tags(item.effective_labels()))
                span.soft {
                    (item.prediction.source) " · "
                    @if item.prediction.undated { "no date" } @else { (when(item.prediction.at)) }
                }
            }
            p { (link(item.id)) }
        }
    }
}

/// Renders the link from a stored text to the texts that are similar.
pub(super) fn link(id: i64) -> Markup {
    html! { a href=(with_query("/similar", &format!("id={id}"))) { "How many said this?" } }
}
