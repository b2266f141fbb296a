//! Rasa's marks of entities within an example.

/// Removes the marks of entities: `to [Berlin](city)` and `to [Berlin]{"entity": "city"}` become `to Berlin`. Brackets without an entity
/// after them are kept.
pub(crate) fn without_entities(example: &str) -> String {
    let mut text = String::with_capacity(example.len());
    let mut rest = example;
    while let Some(open) = rest.find('[') {
        text.push_str(&rest[..open]);
        let inner = &rest[open + 1..];
        let Some((marked, after)) = inner.split_once(']').and_then(|(marked, after)| {
            let after = after_annotation(after)?;
            (!marked.is_empty()).then_some((marked, after))
        }) else {
            text.push('[');
            rest = inner;
            continue;
        };
        text.push_str(marked);
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Returns what follows an annotation in parentheses or braces; `None` if there is none.
fn after_annotation(text: &str) -> Option<&str> {
    let end = match text.as_bytes().first()? {
        b'(' => ')',
        b'{' => '}',
        _ => return None,
    };
    let (annotation, after) = text[1..].split_once(end)?;
    (!annotation.is_empty()).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_removed_and_other_brackets_kept() {
        for (example, expected) in [
            ("fly to [Berlin](city)!", "fly to Berlin!"),
            ("[a](x) and [b]{\"entity\": \"y\", \"value\": \"z\"}", "a and b"),
            ("[new york](city:NYC)", "new york"),
            ("see [1] (page 2)", "see [1] (page 2)"),
            ("[a][b](c)", "[a]b"),
            ("array[0](", "array[0]("),
            ("[](x)", "[](x)"),
            ("[ä](ö)ü", "äü"),
            ("[", "["),
            ("", ""),
        ] {
            assert_eq!(without_entities(example), expected, "{example}");
        }
    }
}
