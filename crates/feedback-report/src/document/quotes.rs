//! Quotes with their lines.

use feedback_metrics::document::Quote as Quoted;

use crate::quotes::Quote;

/// A quote with its line.
pub(super) fn quoted(quote: &Quote) -> Quoted {
    Quoted {
        text: quote.text.clone(),
        remark: format!("line {}", quote.line),
    }
}
