//! Formats the findings of `inspect` as text for people.

mod cleaning;
mod excerpt;
mod mapping;

use std::fmt::Write;

use feedback_dataset::dates::FoundOrder;
use feedback_inspect::{DuplicateCounts, FixSummary, Inspection, LabelHealth, LeakFinding};

use self::excerpt::short;
use crate::show::percent;

/// Returns all findings as text, with at most `examples` rows for each finding.
pub fn inspection(found: &Inspection, examples: usize) -> String {
    let mut text = format!("{}: {} rows\n", found.file.display(), found.rows.usable);
    let sections = [
        mapping::mapping(&found.mapping),
        bad_rows(found, examples),
        labels(found, examples),
        lengths(found),
        texts_for_nothing(found),
        dates(found),
        duplicates(found, examples),
        conflicts(found, examples),
        found.leaks.iter().map(|leak| leaked(leak, examples)).collect(),
        personal_data(found),
        cleaning::preview(found),
        languages(found),
        label_errors(found, examples),
        difference(found, examples),
        found.output.as_ref().map(output).unwrap_or_default(),
    ];
    for section in sections.iter().filter(|section| !section.is_empty()) {
        text.push('\n');
        text.push_str(section);
    }
    text
}

/// Adds a formatted line; writing to a string cannot fail.
macro_rules! line {
    ($text:expr, $($arguments:tt)*) => {
        let _ = writeln!($text, $($arguments)*);
    };
}

fn bad_rows(found: &Inspection, examples: usize) -> String {
    let rows = &found.rows;
    let mut text = String::new();
    if rows.bad == 0 {
        return text;
    }
    line!(text, "bad rows: {}", rows.bad);
    for (reason, count) in &rows.bad_by_reason {
        line!(text, "  {reason:<16} {count:>7}");
    }
    for row in rows.bad_rows.iter().take(examples) {
        line!(text, "  line {} (byte {}): {}", row.line, row.offset, row.message);
    }
    more(&mut text, rows.bad_rows.len(), examples);
    text
}

fn labels(found: &Inspection, examples: usize) -> String {
    let labels = &found.labels;
    let mut text = String::new();
    if let Some(first) = labels.not_text.first() {
        line!(
            text,
            "labels that are objects or several labels: {} rows, the first in line {first}; `train --task multi-label` learns several labels in `{}`, or name the path of one label (`--label-field`)",
            labels.not_text.len(),
            labels.field
        );
    }
    if labels.labelled == 0 {
        line!(
            text,
            "labels: none in the field `{}` (`--label-field`); the fields are {}",
            labels.field,
            labels.fields.join(", ")
        );
        return text;
    }
    line!(
        text,
        "labels: {} on {} rows, {} rows without a label; largest / smallest label {:.1}, evenness {:.2}",
        labels.counts.len(),
        labels.labelled,
        labels.unlabelled,
        labels.imbalance,
        labels.evenness
    );
    let width = labels
        .counts
        .keys()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, count) in &labels.counts {
        let count = count.as_u64().unwrap_or(0);
        let share = percent(count as f64 / labels.labelled as f64);
        line!(text, "  {name:<width$} {count:>7} {share:>7}");
    }
    text.push_str(&several(labels, examples));
    if labels.variants.is_empty() {
        return text;
    }
    line!(
        text,
        "labels that are probably the same (case, white space, zero-width characters, Unicode form, numbers): {}",
        labels.variants.len()
    );
    for variant in labels.variants.iter().take(examples) {
        let spellings: Vec<String> = variant
            .spellings
            .iter()
            .map(|(name, rows)| format!("`{name}` ({rows})"))
            .collect();
        line!(text, "  {}", spellings.join(", "));
    }
    more(&mut text, labels.variants.len(), examples);
    text
}

fn several(labels: &LabelHealth, examples: usize) -> String {
    let mut text = String::new();
    let Some(several) = &labels.several else {
        return text;
    };
    line!(
        text,
        "labels that look like several labels, separated by `{}`: {} rows; each is a class, unless `train --task multi-label` separates them",
        several.separator.escape_debug(),
        several.rows
    );
    for (cell, rows) in several.cells.iter().take(examples) {
        line!(text, "  `{}` ({rows})", cell.escape_debug());
    }
    more(&mut text, several.cells.len(), examples);
    text
}

fn texts_for_nothing(found: &Inspection) -> String {
    let lines = &found.texts_for_nothing;
    let mut text = String::new();
    if !lines.is_empty() {
        line!(
            text,
            "texts that are a word for nothing, such as `N/A`: {} rows, lines {}",
            lines.len(),
            some(lines)
        );
    }
    text
}

fn dates(found: &Inspection) -> String {
    let mut text = String::new();
    let Some(dates) = &found.dates else {
        return text;
    };
    let is_plain =
        dates.order == FoundOrder::NotNeeded && dates.unreadable.is_empty() && dates.outside.is_empty();
    if is_plain {
        return text;
    }
    let order = match dates.order {
        FoundOrder::NotNeeded => "not needed".to_owned(),
        FoundOrder::Stated(order) | FoundOrder::Found(order) => order.to_string(),
        FoundOrder::Ambiguous => "cannot be told (`--date-order`)".to_owned(),
        FoundOrder::Contradictory => "differs between rows".to_owned(),
    };
    line!(
        text,
        "dates in `{}`: {} read, {} empty; order of day and month: {order}",
        dates.field,
        dates.read,
        dates.empty
    );
    for (name, lines) in [
        ("ambiguous", &dates.ambiguous),
        ("not readable", &dates.unreadable),
        (
            "before 1970 or in the future, and so without a date for the server",
            &dates.outside,
        ),
    ] {
        if !lines.is_empty() {
            line!(text, "  {name}: {} rows, lines {}", lines.len(), some(lines));
        }
    }
    text
}

fn lengths(found: &Inspection) -> String {
    let mut text = String::new();
    let Some(lengths) = &found.lengths else {
        return text;
    };
    line!(
        text,
        "lengths         min      5 %     25 %   median     75 %     95 %     99 %      max     mean"
    );
    for (name, summary) in [("characters", lengths.characters), ("words", lengths.words)] {
        let values = [
            summary.min,
            summary.p5,
            summary.p25,
            summary.median,
            summary.p75,
            summary.p95,
            summary.p99,
            summary.max,
        ];
        let cells: Vec<String> = values.iter().map(|value| format!("{value:>8}")).collect();
        line!(
            text,
            "  {name:<10}{} {:>8.1}",
            &cells.join(" ")[1..],
            summary.mean
        );
    }
    text
}

fn duplicates(found: &Inspection, examples: usize) -> String {
    let duplicates = &found.duplicates;
    let mut text = String::from("duplicates   clusters     rows  redundant  largest\n");
    let mut row = |name: &str, counts: DuplicateCounts| {
        line!(
            text,
            "  {name:<10} {:>8} {:>8} {:>10} {:>8}",
            counts.clusters,
            counts.rows,
            counts.redundant,
            counts.largest
        );
    };
    row("exact", duplicates.exact);
    row("normalised", duplicates.normalised);
    row("near", duplicates.near);
    for cluster in duplicates.clusters.iter().take(examples) {
        line!(text, "  lines {}", some(cluster));
    }
    more(&mut text, duplicates.clusters.len(), examples);
    text
}

fn conflicts(found: &Inspection, examples: usize) -> String {
    let mut text = String::new();
    let rows: usize = found
        .conflicts
        .iter()
        .flat_map(|conflict| &conflict.labels)
        .map(|side| side.lines.len())
        .sum();
    line!(
        text,
        "equal texts with different labels: {} ({rows} rows)",
        found.conflicts.len()
    );
    for conflict in found.conflicts.iter().take(examples) {
        let sides: Vec<String> = conflict
            .labels
            .iter()
            .map(|side| format!("`{}` in line {}", side.label, some(&side.lines)))
            .collect();
        line!(text, "  {}: {}", short(&conflict.text), sides.join(", "));
    }
    more(&mut text, found.conflicts.len(), examples);
    text
}

fn leaked(leak: &LeakFinding, examples: usize) -> String {
    let mut text = String::new();
    line!(
        text,
        "leaks: {} of {} rows in {} are also in this file, {} more after normalising, {} more are nearly the same; {} rows of this \
         file match after normalising",
        leak.exact,
        leak.rows,
        leak.file.display(),
        leak.normalised,
        leak.near,
        leak.lines.len()
    );
    for pair in leak.pairs.iter().take(examples) {
        line!(
            text,
            "  line {} = line {} of that file ({}, similarity {:.2})",
            pair.line,
            pair.other_line,
            pair.kind,
            pair.similarity
        );
    }
    more(&mut text, leak.pairs.len(), examples);
    text
}

fn personal_data(found: &Inspection) -> String {
    let personal = &found.personal_data;
    format!(
        "likely personal data: {} rows ({} e-mail addresses, {} phone numbers, {} card numbers, {} IBANs)\n",
        personal.rows, personal.emails, personal.phones, personal.cards, personal.ibans
    )
}

fn languages(found: &Inspection) -> String {
    let mut counts: Vec<(&str, usize)> = found
        .languages
        .iter()
        .map(|(code, count)| (*code, *count))
        .collect();
    counts.sort_by_key(|&(code, count)| (std::cmp::Reverse(count), code));
    let counts: Vec<String> = counts
        .iter()
        .map(|(code, count)| format!("{code} {count}"))
        .collect();
    format!("languages (guessed): {}\n", counts.join(", "))
}

fn label_errors(found: &Inspection, examples: usize) -> String {
    let mut text = String::new();
    let Some(errors) = &found.label_errors else {
        return text;
    };
    line!(
        text,
        "likely label errors: {} of {} rows, by {}{}",
        errors.issues.len(),
        errors.scored,
        errors.source,
        if errors.not_scored > 0 {
            format!("; {} rows were not checked", errors.not_scored)
        } else {
            String::new()
        }
    );
    for issue in errors.issues.iter().take(examples) {
        line!(
            text,
            "  line {}: `{}`, probably `{}` (score {:.3}): {}",
            issue.line,
            issue.given,
            issue.suggested,
            issue.score,
            short(&issue.text)
        );
    }
    more(&mut text, errors.issues.len(), examples);
    text
}

fn difference(found: &Inspection, examples: usize) -> String {
    let mut text = String::new();
    let Some(diff) = &found.diff else { return text };
    line!(
        text,
        "changes since {} (rows matched by {}): {} added, {} removed, {} changed, {} unchanged",
        diff.file.display(),
        diff.key,
        diff.added.len(),
        diff.removed.len(),
        diff.changed.len(),
        diff.unchanged
    );
    if !diff.added.is_empty() {
        line!(text, "  added: lines {}", some(&diff.added));
    }
    if !diff.removed.is_empty() {
        line!(text, "  removed: lines {} of the older file", some(&diff.removed));
    }
    for row in diff.changed.iter().take(examples) {
        let fields: Vec<String> = row
            .fields
            .iter()
            .map(|(name, change)| {
                format!(
                    "{name} {} → {}",
                    short(&change.old.to_string()),
                    short(&change.new.to_string())
                )
            })
            .collect();
        line!(
            text,
            "  line {} (was {}): {}",
            row.line,
            row.other_line,
            fields.join("; ")
        );
    }
    more(&mut text, diff.changed.len(), examples);
    text
}

fn output(fixed: &FixSummary) -> String {
    let mut text = String::new();
    line!(text, "written: {}, {} rows", fixed.file.display(), fixed.rows);
    for (count, what) in [
        (fixed.aliased, "labels replaced because they are aliases"),
        (fixed.merged, "labels replaced by their most frequent spelling"),
        (
            fixed.dropped_conflicts,
            "rows dropped: equal texts with different labels",
        ),
        (
            fixed.dropped_leaked,
            "rows dropped: they are also in another file",
        ),
        (fixed.dropped_label_errors, "rows dropped: likely wrong labels"),
        (fixed.dropped_duplicates, "rows dropped: duplicates"),
        (fixed.cleaned, "rows whose text was cleaned"),
    ] {
        if count > 0 {
            line!(text, "  {count:>7} {what}");
        }
    }
    for label in &fixed.emptied_labels {
        line!(text, "  warning: no row with the label `{label}` is left");
    }
    text
}

fn more(text: &mut String, all: usize, shown: usize) {
    if all > shown {
        line!(text, "  … and {} more", all - shown);
    }
}

/// Lists the first eight line numbers.
fn some(lines: &[u64]) -> String {
    let shown: Vec<String> = lines.iter().take(8).map(u64::to_string).collect();
    let rest = lines.len() - shown.len();
    match rest {
        0 => shown.join(", "),
        _ => format!("{} … and {rest} more", shown.join(", ")),
    }
}
