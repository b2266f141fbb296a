//! Helpers of all charts: the `<svg>` element, its alternative texts and the format of its numbers.

use maud::{Markup, html};

use crate::display_text::clean;

/// The alternative texts of a chart, which screen readers read aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caption<'a> {
    /// An id that is unique in the page: letters, digits, `-` and `_`.
    pub id: &'a str,
    /// What the chart shows, in a few words.
    pub title: &'a str,
    /// What a reader can see in the chart, in one or two sentences.
    pub description: &'a str,
}

/// Returns an `<svg>` element with its alternative texts. If `fluid` is true, it is as wide as its column on the page;
/// otherwise it has a fixed size.
pub(super) fn svg(caption: &Caption<'_>, width: f64, height: f64, fluid: bool, content: &Markup) -> String {
    let (title, description) = (format!("{}-title", caption.id), format!("{}-desc", caption.id));
    let size = |length: f64| (!fluid).then(|| number(length));
    html! {
        svg class=(if fluid { "chart chart-fluid" } else { "chart" }) xmlns="http://www.w3.org/2000/svg"
            viewBox={ "0 0 " (number(width)) " " (number(height)) } width=[size(width)] height=[size(height)]
            role="img" aria-labelledby={ (title) " " (description) } {
            title id=(title) { (clean(caption.title)) }
            desc id=(description) { (clean(caption.description)) }
            (content)
        }
    }
    .into_string()
}

/// Formats a coordinate with at most two decimals.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// The approximate width of a text at the font size of the charts.
pub(super) fn text_width(n_characters: usize) -> f64 {
    6.2 * n_characters as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        assert_eq!(
            [0.0, 1.5, 100.0, 2.0 / 3.0, -0.001].map(number),
            ["0", "1.5", "100", "0.67", "0"]
        );
    }
}
