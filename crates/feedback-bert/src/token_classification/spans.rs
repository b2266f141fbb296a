//! Converts between the labelled spans of a text and the BIO labels of its tokens.
//!
//! `B-product` begins a product, `I-product` continues it, `O` is outside (Ramshaw and Marcus 1995). A word has the label
//! of its first token; its other tokens are neither trained nor evaluated, as with the aggregation strategy `first` of
//! Transformers.

use crate::tokenizer::TokenSpan;

/// A labelled part of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledSpan {
    /// The label without `B-` or `I-`.
    pub label: String,
    /// Index of the first character, counted in Unicode scalar values from 0.
    pub start: usize,
    /// Index of the character after the last one.
    pub end: usize,
    /// Mean probability of the words' labels, 0 to 1; 1 for an annotated span.
    pub score: f64,
}

/// The characters of a word and the index of its first token.
struct Word {
    start: usize,
    end: usize,
    first_token: usize,
}

/// Returns the words of a text, in order.
fn words(tokens: &[Option<TokenSpan>]) -> Vec<Word> {
    let mut words: Vec<(usize, Word)> = Vec::new();
    for (first_token, token) in tokens.iter().enumerate() {
        let Some(token) = token else { continue };
        match words.last_mut() {
            Some((word, last)) if *word == token.word => last.end = token.end,
            _ => words.push((
                token.word,
                Word {
                    start: token.start,
                    end: token.end,
                    first_token,
                },
            )),
        }
    }
    words.into_iter().map(|(_, word)| word).collect()
}

/// Returns the label of each token, as an index into `labels`. The first token of a word has the word's label.
/// All other tokens, including special tokens, are not trained and have `None`. A word belongs to a span if
/// they share a character.
///
/// A word outside all spans is `O`, and so is a word whose label is missing in `labels`. Returns `None` if `labels` has no
/// `O`.
pub fn token_labels(
    labels: &[String],
    tokens: &[Option<TokenSpan>],
    spans: &[LabelledSpan],
) -> Option<Vec<Option<usize>>> {
    let id = |name: &str| labels.iter().position(|label| label == name);
    let outside = id("O")?;
    let mut ids = vec![None; tokens.len()];
    let mut before: Option<usize> = None;
    for word in words(tokens) {
        let inside = spans
            .iter()
            .position(|span| word.start < span.end && span.start < word.end);
        let name = inside.map(|index| {
            let begin = if before == inside { "I" } else { "B" };
            format!("{begin}-{}", spans[index].label)
        });
        before = inside;
        ids[word.first_token] = Some(name.and_then(|name| id(&name)).unwrap_or(outside));
    }
    Some(ids)
}

/// Returns the spans that result from `predictions`, which contains a label id and its probability for each
/// token.
///
/// A span ends before a word with `O`, `B-` or another label; an `I-` after `O` begins a span.
pub(crate) fn aggregate_bio(
    labels: &[String],
    tokens: &[Option<TokenSpan>],
    predictions: &[(usize, f64)],
) -> Vec<LabelledSpan> {
    let mut spans: Vec<(LabelledSpan, usize)> = Vec::new();
    let mut open = false;
    for word in words(tokens) {
        let prediction = predictions.get(word.first_token);
        let Some((name, score)) = prediction.and_then(|(id, score)| Some((labels.get(*id)?, *score))) else {
            continue;
        };
        let Some((part, label)) = name.split_once('-').filter(|_| name != "O") else {
            open = false;
            continue;
        };
        match spans.last_mut() {
            Some((span, n_words)) if open && part == "I" && span.label == label => {
                span.end = word.end;
                span.score += score;
                *n_words += 1;
            }
            _ => spans.push((
                LabelledSpan {
                    label: label.to_owned(),
                    start: word.start,
                    end: word.end,
                    score,
                },
                1,
            )),
        }
        open = true;
    }
    let mean = |(span, n_words): (LabelledSpan, usize)| LabelledSpan {
        score: span.score / n_words as f64,
        ..span
    };
    spans.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Vec<String> {
        ["O", "B-product", "I-product", "B-place", "I-place"]
            .map(str::to_owned)
            .into()
    }

    /// `[CLS] the new Photo Book ##let fails in Ulm [SEP]`, one space between words.
    fn tokens() -> Vec<Option<TokenSpan>> {
        let places = [
            (0, 3, 0),
            (4, 7, 1),
            (8, 13, 2),
            (14, 18, 3),
            (18, 21, 3),
            (22, 27, 4),
            (28, 30, 5),
            (31, 34, 6),
        ];
        let real = places.map(|(start, end, word)| Some(TokenSpan { start, end, word }));
        [None].into_iter().chain(real).chain([None]).collect()
    }

    fn span(label: &str, start: usize, end: usize) -> LabelledSpan {
        LabelledSpan {
            label: label.to_owned(),
            start,
            end,
            score: 1.0,
        }
    }

    #[test]
    fn spans_become_labels_of_first_tokens_and_back() {
        let spans = [span("product", 8, 21), span("place", 31, 34)];
        let ids = token_labels(&labels(), &tokens(), &spans).unwrap();
        let expected = [
            None,
            Some(0),
            Some(0),
            Some(1),
            Some(2),
            None,
            Some(0),
            Some(0),
            Some(3),
            None,
        ];
        assert_eq!(ids, expected);
        let predictions: Vec<(usize, f64)> = ids.iter().map(|id| (id.unwrap_or(4), 1.0)).collect();
        assert_eq!(aggregate_bio(&labels(), &tokens(), &predictions), spans);
    }

    #[test]
    fn b_ends_the_previous_span_and_i_may_begin_one() {
        let mut predictions = vec![(0, 0.9); 10];
        predictions[3] = (1, 0.8); // Photo: B-product
        predictions[4] = (1, 0.6); // Booklet: B-product again
        predictions[8] = (4, 0.5); // Ulm: I-place
        let spans = aggregate_bio(&labels(), &tokens(), &predictions);
        let places: Vec<_> = spans
            .iter()
            .map(|span| (span.label.as_str(), span.start, span.end))
            .collect();
        assert_eq!(
            places,
            [("product", 8, 13), ("product", 14, 21), ("place", 31, 34)]
        );
        predictions[4] = (2, 0.6);
        let spans = aggregate_bio(&labels(), &tokens(), &predictions);
        assert_eq!((spans[0].start, spans[0].end), (8, 21));
        assert!((spans[0].score - 0.7).abs() < 1e-12);
    }

    #[test]
    fn without_an_outside_label_there_are_no_token_labels() {
        assert!(token_labels(&["B-x".to_owned()], &tokens(), &[]).is_none());
    }
}
