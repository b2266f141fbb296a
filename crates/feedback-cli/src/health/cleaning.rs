//! Formats the preview of cleaning.

use std::fmt::Write;

use feedback_inspect::Inspection;

use super::excerpt::short;

/// Formats what each step of cleaning would change, with the parts of the examples that differ.
pub(super) fn preview(found: &Inspection) -> String {
    let mut text = String::new();
    if found.cleaning.is_empty() {
        return text;
    }
    let _ = writeln!(text, "cleaning would change, with each switch alone:");
    for step in &found.cleaning {
        let switch = format!("--{}", step.step.name().replace('_', "-"));
        let _ = writeln!(text, "  {switch:<22} {:>7} rows", step.rows);
        for example in &step.examples {
            let (before, after) = excerpts(&example.before, &example.after);
            let _ = writeln!(text, "    line {}: {before} → {after}", example.line);
        }
    }
    text
}

/// Returns parts of two texts from shortly before the first difference, each on one line.
fn excerpts(before: &str, after: &str) -> (String, String) {
    const CONTEXT: usize = 12;
    let same = before
        .chars()
        .zip(after.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let from = same.saturating_sub(CONTEXT);
    let part = |text: &str| {
        let start = if from > 0 { "…" } else { "" };
        let rest: String = text.chars().skip(from).collect();
        format!("“{start}{}”", short(&rest))
    };
    (part(before), part(after))
}
