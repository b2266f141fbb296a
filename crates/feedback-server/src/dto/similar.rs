//! The JSON types of similar texts.

use serde::Serialize;
use utoipa::ToSchema;

use super::history::HistoryItem;
use crate::services::similar::Similar;

/// The texts that are similar to a text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Similar)]
pub(crate) struct SimilarDto {
    /// The text that was compared with.
    text: String,
    /// The similarity above which texts count.
    min_similarity: f64,
    /// Number of texts that are similar enough and match the filter; a stored text counts itself.
    count: u64,
    /// Number of stored texts that could be compared.
    covered: u64,
    /// Number of stored texts.
    texts: u64,
    /// The most similar texts, the most similar first.
    items: Vec<SimilarItemDto>,
}

/// A similar text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimilarItem)]
struct SimilarItemDto {
    /// The cosine of the vectors of both texts, -1 to 1.
    similarity: f64,
    prediction: HistoryItem,
}

impl SimilarDto {
    pub(crate) fn new(found: Similar, min_similarity: f64) -> Self {
        let items = found
            .items
            .into_iter()
            .map(|(similarity, prediction)| SimilarItemDto {
                similarity,
                prediction: prediction.into(),
            });
        Self {
            text: found.text,
            min_similarity,
            count: found.count,
            covered: found.covered.0,
            texts: found.covered.1,
            items: items.collect(),
        }
    }
}
