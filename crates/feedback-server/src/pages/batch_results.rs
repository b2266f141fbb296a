//! The first results of a file.

use maud::{Markup, html};

use super::labels::tags;
use super::layout::percent;
use crate::labels::words;
use feedback_store::{Batch, StoredPrediction};

/// The first results; `same` has for each the earlier one that says the same, below which it is folded.
pub(super) fn table(batch: &Batch, rows: &[StoredPrediction], same: &[Option<i64>]) -> Markup {
    let number = |row: &StoredPrediction| row.prediction.batch.map_or(0, |(_, number)| number + 1);
    let like = |id: i64| {
        let pairs = rows.iter().zip(same).filter(move |(_, same)| **same == Some(id));
        pairs.map(|(row, _)| row)
    };
    html! {
        @if !rows.is_empty() {
            section.card {
                p { "The first " (rows.len()) " of " (batch.classified) " results. Downloads contain all of them; search them in the " a href="/history" { "history" } "." }
                div.scroll tabindex="0" role="region" aria-label="Results" {
                    table data-sortable {
                        caption { "Results" }
                        thead { tr { th.number scope="col" { "Row" } th scope="col" { "Label" } th.number scope="col" { "Confidence" } th scope="col" { "Text" } } }
                        tbody {
                            @for (row, _) in rows.iter().zip(same).filter(|(_, same)| same.is_none()) {
                                tr {
                                    td.number { (number(row)) }
                                    td { (tags(row.effective_labels())) }
                                    td.number { (percent(row.prediction.confidence)) }
                                    td.text {
                                        (row.prediction.text)
                                        @if like(row.id).next().is_some() {
                                            details {
                                                summary { "and " (like(row.id).count()) " that say the same" }
                                                @for other in like(row.id) {
                                                    p { "Row " (number(other)) ", " (words(other.effective_labels())) ", " (percent(other.prediction.confidence)) ": " (other.prediction.text) }
                                                }
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
