//! The links from the numbers of the page and of the spreadsheet to their rows.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use feedback_report::{Report, ReportOptions};

use crate::sheet::Sheet;

fn report() -> Report {
    let options = ReportOptions::default().with_resamples(50).with_rating("Stars");
    let measures = ["Hours<=24".parse().unwrap(), "Recommend".parse().unwrap()];
    Sheet::read("reviews.csv").report(&options.with_measures(&measures))
}

/// What stands between `start` and `end`, wherever `start` occurs.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start)
        .skip(1)
        .map(move |rest| rest.split(end).next().unwrap())
}

#[test]
fn every_link_of_the_page_leads_to_rows_of_the_stated_number() {
    let html = report().to_html();
    let ids: BTreeSet<&str> = between(&html, " id=\"", "\"").collect();
    let targets: Vec<&str> = between(&html, "href=\"#", "\"").collect();
    let missing: Vec<&&str> = targets.iter().filter(|target| !ids.contains(**target)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // The number of rows of each set, from the table of all sets.
    let counts: BTreeMap<&str, usize> = between(&html, "<bdi id=\"", "</td>")
        .map(|row| {
            (
                row.split('"').next().unwrap(),
                row.rsplit('>').next().unwrap().parse().unwrap(),
            )
        })
        .collect();
    let mut checked = 0;
    for link in between(&html, "<a href=\"#rows-", "</a>") {
        let target = format!("rows-{}", link.split('"').next().unwrap());
        let Some(title) = between(link, "title=\"", "\"").next() else {
            continue;
        };
        let n: usize = title.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(counts[&*target], n, "{link}");
        checked += 1;
    }
    assert!(checked > 600, "{checked}");
}

#[test]
fn every_level_in_a_table_is_a_link() {
    let html = report().to_html();
    for table in between(&html, "<caption>", "</table>")
        .filter(|table| table.starts_with("By segment") || table.starts_with("Themes"))
    {
        for cell in between(table, "<td", "</td>")
            .filter(|cell| cell.ends_with(" %</bdi>") || cell.ends_with(" %</bdi></a>"))
        {
            assert!(cell.contains("<a href=\"#rows-"), "{cell}");
        }
    }
}

#[test]
fn numbers_of_the_spreadsheet_link_to_their_rows() {
    let mut book = zip::ZipArchive::new(Cursor::new(report().to_xlsx().unwrap())).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        book.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let changes = part("xl/worksheets/sheet3.xml");
    let n_rows = changes.matches("<row ").count() - 1;
    let links = changes.matches("location=\"rows!A").count() + changes.matches("location=\"'rows'!A").count();
    assert_eq!(links, 2 * n_rows, "before and now of each change");
    let last = part("xl/worksheets/sheet7.xml").matches("<row ").count();
    for target in between(&changes, "!A", "\"") {
        let row: usize = target.parse().unwrap();
        assert!((2..=last).contains(&row), "{row} of {last}");
    }
    // A linked number stays a number.
    assert!(
        changes.contains("<c r=\"D2\"") && !changes.contains("<c r=\"D2\" s=\"1\" t=\"s\""),
        "{changes}"
    );
}
