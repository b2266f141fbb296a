//! The fields of a file and its first rows.

use std::fmt::Write;

use feedback_inspect::MappingFinding;

use super::excerpt::short;

/// Returns what the fields are taken for, and the first rows.
pub(super) fn mapping(found: &MappingFinding) -> String {
    let mut text = match found.recognised {
        Some(tool) => format!("format: {}, an export of {tool}\n", found.format),
        None => format!("format: {}\n", found.format),
    };
    let fields = [
        ("text", Some(&found.text), "--text-field"),
        ("label", found.label.as_ref(), "--label-field"),
        ("date", found.date.as_ref(), "--date-field"),
        ("rating", found.rating.as_ref(), ""),
    ];
    for (role, field, option) in fields {
        let field = field.map_or("none".to_owned(), |field| format!("`{field}`"));
        let option = if option.is_empty() {
            String::new()
        } else {
            format!(" ({option})")
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {role:<7}{field}{option}");
    }
    let rows: Vec<[String; 4]> = found
        .first_rows
        .iter()
        .map(|row| {
            [
                row.line.to_string(),
                short(&row.date),
                short(&row.label),
                short(&row.text),
            ]
        })
        .collect();
    let header = ["line", "date", "label", "text"].map(str::to_owned);
    let table: Vec<&[String; 4]> = std::iter::once(&header).chain(&rows).collect();
    let used: Vec<usize> = (0..4)
        .filter(|&at| rows.iter().any(|row| !row[at].is_empty()))
        .collect();
    let width = |at: usize| table.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    for row in &table {
        let cells = used.iter().map(|&at| match at {
            3 => row[at].clone(),
            _ => format!("{:<width$}", row[at], width = width(at)),
        });
        let _ = writeln!(text, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}
