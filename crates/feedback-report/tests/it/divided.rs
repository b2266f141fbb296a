//! A story that is told in so many ways that it is divided among several themes.

use std::collections::BTreeSet;

use feedback_insight::{ThemeOptions, Themes, Vectors};
use feedback_report::{Headline, HeadlineKind, Input, Report, ReportOptions, Topic};
use feedback_testkit::fixture;
use feedback_text::dates::DateColumn;

use crate::sheet::vectors;

/// `exports.csv`: exports fail in 16 % of the texts of the first quarter and in 40 % of those of the second.
struct Exports {
    texts: Vec<String>,
    dates: Vec<Option<i64>>,
    stars: Vec<f64>,
    fields: Vec<(&'static str, Vec<String>)>,
    vectors: Vectors,
}

impl Exports {
    fn read() -> Self {
        let mut reader = csv::Reader::from_path(fixture("exports.csv")).unwrap();
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let column =
            |place: usize| -> Vec<String> { records.iter().map(|record| record[place].to_owned()).collect() };
        let (texts, dates) = (column(1), column(0));
        Self {
            vectors: vectors(&texts, "exports", "exports.csv", 1),
            texts,
            dates: DateColumn::from_values(dates.iter().map(String::as_str), None).micros,
            stars: column(2).iter().map(|stars| stars.parse().unwrap()).collect(),
            fields: vec![("Plan", column(3)), ("Country", column(4))],
        }
    }

    fn with<T>(&self, run: impl FnOnce(&Input<'_>) -> T) -> T {
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let fields: Vec<Vec<&str>> = self
            .fields
            .iter()
            .map(|(_, values)| values.iter().map(String::as_str).collect())
            .collect();
        let mut input = Input::new(&texts, &self.vectors)
            .and_then(|input| input.with_dates(&self.dates))
            .and_then(|input| input.with_numbers("Stars", &self.stars))
            .unwrap();
        for ((name, _), values) in self.fields.iter().zip(&fields) {
            input = input.with_field(name, values).unwrap();
        }
        run(&input)
    }

    fn report(&self) -> Report {
        self.with(|input| Report::new(input, &ReportOptions::default()).unwrap())
    }
}

/// The rows of a set; texts are numbered from 1.
fn rows(report: &Report, id: &str) -> BTreeSet<usize> {
    let set = report.sets.iter().find(|set| set.id == id).unwrap();
    let ranges = set.lines.split(", ").map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        first.parse::<usize>().unwrap()..=last.parse::<usize>().unwrap()
    });
    ranges.flatten().collect()
}

fn of_kind<'r>(report: &'r Report, prefix: &str) -> Vec<&'r Headline> {
    let is_it = |headline: &&Headline| headline.metric.starts_with(prefix);
    report.headlines.iter().filter(is_it).collect()
}

#[test]
fn a_divided_story_is_told_once_by_its_group() {
    let report = Exports::read().report();
    if let Ok(f) = std::env::var("SHOW") {
        fs_err::write(f, report.to_markdown()).unwrap();
    }
    let first = &report.headlines[0];
    assert!(first.metric.starts_with("group-"), "{}", first.text);
    assert_eq!(first.kind, HeadlineKind::Overall);
    let change = &first.change;
    assert!(
        change.change > 0.12 && change.interval.low > 0.05,
        "{}",
        first.text
    );
    // No theme of the group stands out over all texts.
    let group = report
        .groups
        .iter()
        .find(|group| group.id == first.metric)
        .unwrap();
    assert!(group.themes.len() >= 3 && first.text.contains(&format!("({} themes)", group.themes.len())));
    for theme in &group.themes {
        let theme = report.themes.iter().find(|other| other.id == *theme).unwrap();
        assert!(!theme.change.as_ref().unwrap().significant, "{}", theme.name);
    }
    // Nothing else of the same group is a headline.
    assert_eq!(of_kind(&report, "group-").len(), 1);
    let of_group = |headline: &Headline| group.themes.contains(&headline.metric);
    assert!(!report.headlines.iter().any(of_group));
    let head: Vec<String> = report.to_markdown().lines().take(10).map(str::to_owned).collect();
    assert!(
        head.iter().any(|line| line.contains("themes) rose from")),
        "{head:?}"
    );
}

#[test]
fn groups_are_shown_with_their_themes_and_rows() {
    let report = Exports::read().report();
    assert!(!report.groups.is_empty());
    let mut seen = BTreeSet::new();
    for group in &report.groups {
        assert!(group.themes.len() > 1 && group.group.is_none() && !group.quotes.is_empty());
        let mut of_themes = BTreeSet::new();
        for id in &group.themes {
            let theme = report.themes.iter().find(|theme| theme.id == *id).unwrap();
            assert_eq!(theme.group.as_ref(), Some(&group.id));
            assert!(seen.insert(id.clone()), "{id} is in two groups");
            of_themes.extend(rows(&report, id));
        }
        assert_eq!(of_themes, rows(&report, &group.id));
        assert_eq!(group.overall.texts.as_ref().unwrap().n, of_themes.len());
        assert!(report.drivers.iter().any(|driver| driver.metric == group.id));
    }
    let is_alone = |theme: &&Topic| theme.group.is_none();
    assert_eq!(
        report.themes.iter().filter(is_alone).count() + seen.len(),
        report.themes.len()
    );
    // In the tables, the themes of a group follow it.
    let (markdown, group) = (report.to_markdown(), &report.groups[0]);
    let place = |text: &str| markdown.lines().position(|line| line.starts_with(text)).unwrap();
    let first = place(&format!("| {} ({} themes) |", group.name, group.themes.len()));
    let lines: Vec<&str> = markdown
        .lines()
        .skip(first + 1)
        .take(group.themes.len())
        .collect();
    assert!(lines.iter().all(|line| line.starts_with("| – ")), "{lines:?}");
    assert!(report.to_html().contains(&format!("id=\"{}\"", group.id)));
}

/// Vectors of `n_themes` themes with one direction each and some noise; the same on every machine.
fn apart(of: &[usize], n_themes: usize) -> Vectors {
    let noise =
        |row: usize, column: usize| ((row * 31 + column * 17) * 2_654_435_761 % 1_000) as f32 / 4_000.0;
    let values: Vec<f32> = (0..of.len() * n_themes)
        .map(|place| (place / n_themes, place % n_themes))
        .map(|(row, column)| noise(row, column) + f32::from(u8::from(of[row] == column)))
        .collect();
    Vectors::new(n_themes, &values).unwrap()
}

/// A report of 600 texts of 24 unrelated themes. `later` of the 25 texts of each of the first twelve themes are of the second month, and as
/// many of the first month in the others.
fn of_many_small_changes(later: usize) -> Report {
    let of: Vec<usize> = (0..600).map(|row| row % 24).collect();
    let texts: Vec<String> = (0..600)
        .map(|row| format!("about subject{} in row{row}", of[row]))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let is_later = |row: usize| (row / 24 < later) == (of[row] < 12);
    let day = |row: usize| Some((i64::from(is_later(row)) * 30 + row as i64 % 28) * 86_400_000_000);
    let mut dates: Vec<Option<i64>> = (0..600).map(day).collect();
    // The last day of both months, so that the periods are these.
    dates[0] = Some(59 * 86_400_000_000);
    let vectors = apart(&of, 24);
    let input = Input::new(&texts, &vectors)
        .and_then(|input| input.with_dates(&dates))
        .unwrap();
    let themes = Themes::fit(&vectors, &ThemeOptions::default().with_resolution(2.0)).unwrap();
    assert_eq!((themes.n_themes(), themes.n_unassigned()), (24, 0));
    Report::from_themes(&input, &themes, &ReportOptions::default()).unwrap()
}

#[test]
fn many_small_changes_are_a_change_of_the_mix() {
    let report = of_many_small_changes(16);
    assert_eq!(report.headlines, []);
    assert!(report.groups.is_empty(), "{:?}", report.groups);
    let mix = report.mix.unwrap();
    assert!(mix.moved && mix.p_value <= mix.level, "{mix:?}");
    assert!(
        report
            .summary
            .starts_with("The mix of themes moved beyond chance (p"),
        "{}",
        report.summary
    );
    assert!(!report.summary.contains("Nothing moved"), "{}", report.summary);
    for headline in &report.unproven {
        let interval = &headline.change.interval;
        assert!(!headline.change.significant && (interval.low > 0.0 || interval.high < 0.0));
        assert!(
            headline.text.starts_with("Unproven: texts about “"),
            "{}",
            headline.text
        );
        assert!(headline.text.contains("95 % interval"), "{}", headline.text);
    }
    let markdown = report.to_markdown();
    let head: Vec<&str> = markdown.lines().take(10).collect();
    assert!(head.join("\n").contains("The mix of themes moved"), "{head:?}");
    assert_eq!(
        head.join("\n").matches("Unproven: ").count(),
        report.unproven.len().min(3),
        "{head:?}"
    );
    assert!(!report.to_html().contains("Nothing moved"));
}

#[test]
fn without_a_change_of_the_mix_nothing_moved() {
    let report = of_many_small_changes(13);
    assert_eq!((report.headlines.len(), report.unproven.len()), (0, 0));
    assert!(!report.mix.unwrap().moved);
    assert!(
        report.summary.starts_with("Nothing moved beyond chance"),
        "{}",
        report.summary
    );
}
