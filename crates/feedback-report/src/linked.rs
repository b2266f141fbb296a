//! The rows of every number that links to some, for readers of the page and of the spreadsheet.

use std::collections::{BTreeMap, BTreeSet};

use crate::sets::{Count, RowSet, link_id, ranges};
use crate::study::Study;

/// Returns the rows of each number that comes from several sets, in their order. JSON names the sets; people need
/// the lines that are in all of them.
pub(crate) fn linked(study: &Study<'_>, sets: &[RowSet], counts: &[&Count]) -> Vec<RowSet> {
    let input = study.input;
    let row_of: BTreeMap<u64, usize> = (0..input.n_texts()).map(|row| (input.line(row), row)).collect();
    let members: BTreeMap<&str, Members> = sets
        .iter()
        .map(|set| (set.id.as_str(), Members::new(&set.lines, &row_of)))
        .collect();
    let titles: BTreeMap<&str, &str> = sets
        .iter()
        .map(|set| (set.id.as_str(), set.title.as_str()))
        .collect();
    let mut seen = BTreeSet::new();
    let several = counts
        .iter()
        .filter(|count| count.sets.len() + count.except.len() > 1);
    let new = several.filter(|count| seen.insert(link_id(count)));
    let row_set = |count: &&Count| {
        let rows = common(count, &members);
        RowSet {
            id: link_id(count),
            title: title(count, &titles),
            n: rows.len(),
            lines: ranges(&rows, |row| input.line(row)),
        }
    };
    new.map(row_set).collect()
}

/// What the rows have in common.
fn title(count: &Count, titles: &BTreeMap<&str, &str>) -> String {
    let of = |id: &String| titles.get(id.as_str()).map(|title| format!("“{title}”"));
    let names: Vec<String> = count.sets.iter().filter_map(of).collect();
    let mut title = format!("in {}", names.join(" and in "));
    for name in count.except.iter().filter_map(of) {
        title += &format!(", but not in {name}");
    }
    title
}

/// The rows of a set, ascending, and whether each row is in it.
struct Members {
    rows: Vec<usize>,
    has: Vec<bool>,
}

impl Members {
    /// Reads ranges of lines; a range has all rows from its first to its last line.
    fn new(lines: &str, row_of: &BTreeMap<u64, usize>) -> Self {
        let range = |range: &str| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let row = |line: &str| row_of.get(&line.parse().ok()?).copied();
            Some(row(first)?..=row(last)?)
        };
        let rows: Vec<usize> = lines.split(", ").filter_map(range).flatten().collect();
        let mut has = vec![false; row_of.len()];
        rows.iter().for_each(|&row| has[row] = true);
        Self { rows, has }
    }
}

/// The rows of a count.
fn common(count: &Count, members: &BTreeMap<&str, Members>) -> Vec<usize> {
    let of =
        |ids: &[String]| -> Vec<&Members> { ids.iter().filter_map(|id| members.get(id.as_str())).collect() };
    let (sets, except) = (of(&count.sets), of(&count.except));
    let smallest = sets.iter().min_by_key(|set| set.rows.len());
    let rows = smallest.map_or(&[][..], |set| &set.rows).iter().copied();
    let is_in = |row: &usize| sets.iter().all(|set| set.has[*row]) && !except.iter().any(|set| set.has[*row]);
    rows.filter(is_in).collect()
}
