//! Lines of fastText: labels that begin with `__label__`, and a text.

/// How fastText marks a label.
pub(super) const PREFIX: &str = "__label__";

/// Returns the labels of a line and its text without them. As in fastText, a label can be anywhere in the line.
pub(super) fn split(line: &str) -> (Vec<&str>, String) {
    let (mut labels, mut text) = (Vec::new(), String::new());
    for piece in line.split_inclusive(char::is_whitespace) {
        match piece.trim_end().strip_prefix(PREFIX) {
            Some(label) if !label.is_empty() => labels.push(label),
            _ => text.push_str(piece),
        }
    }
    (labels, text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_anywhere() {
        for (line, labels, text) in [
            ("__label__bug it  crashes", vec!["bug"], "it  crashes"),
            ("__label__a __label__b x", vec!["a", "b"], "x"),
            ("so slow\t__label__bug", vec!["bug"], "so slow"),
            ("a __label__b c", vec!["b"], "a c"),
            ("__label__ x", vec![], "__label__ x"),
            ("x__label__y", vec![], "x__label__y"),
            ("__label__a", vec!["a"], ""),
            ("", vec![], ""),
        ] {
            assert_eq!(split(line), (labels, text.to_owned()), "{line}");
        }
    }
}
