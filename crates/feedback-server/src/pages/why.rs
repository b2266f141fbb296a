//! The explanation of a label: the text in which the words that mattered are marked.

use feedback_inference::{Explanation, WordScore};
use maud::{Markup, html};

/// Number of shades of a mark, from faint to strong; `app.css` must define the same number.
const SHADES: f64 = 4.0;
/// Minimum change of the probability for a word to be marked: half a percentage point.
const FAINT: f64 = 0.005;
/// Maximum number of words in the sentence below the text.
const NAMED: usize = 3;

/// Renders the text with marked words, a sentence that names the strongest words, and a table of all words.
pub(super) fn why(text: &str, explanation: &Explanation) -> Markup {
    let text = explanation.cleaned_text.as_deref().unwrap_or(text);
    let strongest = explanation.words.iter().map(|word| word.score.abs());
    let strongest = strongest.fold(FAINT, f64::max);
    html! {
        h3 { "Why: the words that mattered" }
        p.quote { (marked(text, explanation, strongest)) }
        p { (sentence(explanation)) }
        details {
            summary { "All words" }
            div.scroll tabindex="0" {
                table {
                    caption { "Change of the probability of “" (explanation.label) "” by each word, in percentage points" }
                    thead { tr { th scope="col" { "Word" } th.number scope="col" { "Change" } } }
                    tbody {
                        @for word in explanation.ranked() {
                            tr { td { (word.word) } td.number { (points(word.score)) } }
                        }
                    }
                }
            }
        }
    }
}

fn marked(text: &str, explanation: &Explanation, strongest: f64) -> Markup {
    let mut end = 0;
    html! {
        @for word in &explanation.words {
            @let before = text.get(end..word.byte_start).unwrap_or_default();
            (before)
            @if word.score.abs() < FAINT {
                (word.word)
            } @else {
                mark class=(class(word.score, strongest)) title=(points(word.score)) { (word.word) }
            }
            ({ end = word.byte_end; "" })
        }
        (text.get(end..).unwrap_or_default())
    }
}

fn class(score: f64, strongest: f64) -> String {
    let shade = (score.abs() / strongest * SHADES).ceil().clamp(1.0, SHADES);
    let side = if score > 0.0 { "for" } else { "against" };
    format!("{side}{shade:.0}")
}

fn sentence(explanation: &Explanation) -> String {
    let said: Vec<String> = explanation
        .ranked()
        .into_iter()
        .take(NAMED)
        .filter(|word| word.score.abs() >= FAINT)
        .map(|WordScore { word, score, .. }| format!("“{word}” ({})", points(*score)))
        .collect();
    if said.is_empty() {
        return format!(
            "No single word matters: removing any one of them changes the probability of “{}” by less than 0.5 percentage points.",
            explanation.label
        );
    }
    format!(
        "Change of the probability of “{}” by the strongest words, in percentage points: {}.",
        explanation.label,
        said.join(", ")
    )
}

/// Formats a score in percentage points with its sign, such as `+12.3` or `−4.0`.
fn points(score: f64) -> String {
    let sign = if score < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1}", score.abs() * 100.0)
}

#[cfg(test)]
mod tests {
    use feedback_inference::ExplainMethod;

    use super::*;

    fn explanation(words: &[(&str, usize, f64)]) -> Explanation {
        let words = words.iter().map(|&(word, start, score)| WordScore {
            word: word.into(),
            start,
            end: start + word.chars().count(),
            byte_start: start,
            byte_end: start + word.len(),
            score,
        });
        Explanation {
            method: ExplainMethod::Occlusion,
            label: "bug".into(),
            words: words.collect(),
            cleaned_text: None,
            truncated: false,
            windows: None,
            forward_passes: 0,
        }
    }

    #[test]
    fn words_are_marked_by_their_score_and_the_rest_of_the_text_is_kept() {
        let explanation = explanation(&[("it", 0, 0.001), ("<crashes>", 4, 0.4), ("again", 16, -0.1)]);
        let html = why("it  <crashes> , again & now", &explanation).into_string();
        assert!(
            html.contains("it  <mark class=\"for4\" title=\"+40.0\">&lt;crashes&gt;</mark> , "),
            "{html}"
        );
        let html = why("it  <crashes> , again & now", &explanation).into_string();
        assert!(html.contains("<mark class=\"against1\" title=\"−10.0\">again</mark> &amp; now"));
        assert!(html.contains("“&lt;crashes&gt;” (+40.0), “again” (−10.0)."));
        assert!(html.find("crashes&gt;</td>").unwrap() < html.find("again</td>").unwrap());
    }

    #[test]
    fn the_page_says_if_no_word_matters() {
        let html = why("it is", &explanation(&[("it", 0, 0.0), ("is", 3, -0.001)])).into_string();
        assert!(html.contains("No single word matters") && !html.contains("<mark"));
    }
}
