//! The spreadsheets with and without the two stories.

use std::collections::BTreeSet;

use feedback_report::{FieldRole, Headline, HeadlineKind, PeriodLength, Report, ReportOptions};
use feedback_testkit::workspace;

use crate::sheet::Sheet;

/// The headline that is about a story: most texts of its theme or category have one of these words.
fn headline<'r>(report: &'r Report, sheet: &Sheet, words: &[&str]) -> &'r Headline {
    let is_about = |headline: &&Headline| {
        let texts = crate::recompute::rows_of(report, sheet, std::slice::from_ref(&headline.metric), &[]);
        let has_word = |row: &&usize| {
            let text = sheet.texts[**row].to_lowercase();
            words.iter().any(|word| text.contains(word))
        };
        !texts.is_empty() && 2 * texts.iter().filter(has_word).count() > texts.len()
    };
    let found = report.headlines.iter().find(is_about);
    found.unwrap_or_else(|| panic!("{words:?} in {:#?}", report.headlines))
}

#[test]
fn both_stories_are_in_the_first_ten_lines() {
    let sheet = Sheet::read("reviews.csv");
    let report = sheet.report(&ReportOptions::default());
    let periods = report.periods.as_ref().unwrap();
    assert_eq!(periods.length, PeriodLength::Quarter);
    assert_eq!(
        (periods.current.first.as_str(), periods.current.last.as_str()),
        ("2025-04-01", "2025-06-30")
    );
    let markdown = report.to_markdown();
    let head: Vec<&str> = markdown.lines().take(10).collect();
    let head = head.join("\n");

    let crashes = headline(&report, &sheet, &["crash"]);
    assert!(
        crashes.change.change > 0.05 && crashes.change.interval.low > 0.0,
        "{}",
        crashes.text
    );
    let segment = crashes.segment.as_ref().unwrap();
    assert_eq!(
        (segment.field.as_str(), segment.value.as_str()),
        ("App version", "4.2")
    );

    let late = headline(&report, &sheet, &["parcel", "deliver", "late"]);
    assert!(
        late.change.change < -0.05 && late.change.interval.high < 0.0,
        "{}",
        late.text
    );
    let segment = late.segment.as_ref().unwrap();
    assert_eq!(
        (segment.field.as_str(), segment.value.as_str()),
        ("Country", "Germany")
    );

    for headline in [crashes, late] {
        let escaped = headline.text.replace('#', "\\#");
        assert!(
            head.contains(&escaped) && headline.text.contains("95 % interval"),
            "{head}"
        );
        assert_eq!(headline.quotes.len(), 3);
        for quote in &headline.quotes {
            assert!(head.contains(&format!("(line {})", quote.line)), "{head}");
        }
    }
    // Nothing else moved.
    assert_eq!(report.headlines.len(), 2, "{:#?}", report.headlines);
}

#[test]
fn without_the_stories_nothing_moved() {
    let report = Sheet::read("reviews_quiet.csv").report(&ReportOptions::default());
    assert_eq!(report.headlines, []);
    assert!(
        report.summary.starts_with("Nothing moved beyond chance: of "),
        "{}",
        report.summary
    );
    let markdown = report.to_markdown();
    assert!(
        markdown
            .lines()
            .take(3)
            .any(|line| line.contains("Nothing moved beyond chance"))
    );
}

#[test]
fn a_sheet_needs_no_options() {
    let report = Sheet::read("reviews.csv").report(&ReportOptions::default());
    let roles: Vec<(&str, FieldRole)> = report
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.role))
        .collect();
    use FieldRole::{LeftOut, Rating, Segments};
    let expected = [
        ("Stars", Rating),
        ("Recommend", LeftOut),
        ("Hours", LeftOut),
        ("Reviewer", LeftOut),
        ("Title", LeftOut),
        ("Country", Segments),
        ("App version", Segments),
        ("Plan", Segments),
        ("Device", Segments),
    ];
    assert_eq!(roles, expected);
    assert_eq!(
        (report.coverage.texts.n, report.coverage.without_date.n),
        (400, 3)
    );
    assert_eq!(
        (report.coverage.without_rating.n, report.coverage.repeated.n),
        (6, 3)
    );
}

#[test]
fn two_runs_write_the_same_bytes_without_time_and_path() {
    let sheet = Sheet::read("reviews.csv");
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    for folder in &folders {
        sheet
            .report(&ReportOptions::default().with_resamples(50))
            .write(folder.path())
            .unwrap();
    }
    for name in ["insight.json", "insight.md", "insight.html", "insight.xlsx"] {
        let [a, b] = [0, 1].map(|folder| fs_err::read(folders[folder].path().join(name)).unwrap());
        assert_eq!(a, b, "{name}");
        let text = String::from_utf8_lossy(&a).into_owned();
        let path = workspace().canonicalize().unwrap();
        assert!(
            !text.contains(path.to_str().unwrap()) && !text.contains("reviews.csv"),
            "{name}"
        );
    }
}

#[test]
fn html_runs_and_loads_nothing() {
    let mut sheet = Sheet::read("reviews.csv");
    let hostile = "<script>alert(1)</script> | `x` <img src=x onerror=y>";
    let late = sheet
        .texts
        .iter()
        .position(|text| text.contains("parcel"))
        .unwrap();
    sheet.texts[late] = hostile.to_owned();
    sheet.fields[2]
        .1
        .iter_mut()
        .filter(|value| *value == "Germany")
        .for_each(|value| *value = hostile.to_owned());
    let report = sheet.report(&ReportOptions::default().with_resamples(50).with_n_quotes(40));
    let html = report.to_html();
    assert!(html.contains("&lt;script&gt;alert"));
    for forbidden in ["<script", "<img", "url(", "@import"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    let ids: Vec<&str> = html
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(
        ids.len(),
        ids.iter().collect::<BTreeSet<_>>().len(),
        "an id is used twice"
    );
    for link in html
        .split(" href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(ids.contains(&link), "{link}");
    }
    assert!(
        report
            .to_markdown()
            .contains(r"\<script\>alert(1)\</script\> \| \`x\`")
    );
    assert!(
        report
            .headlines
            .iter()
            .any(|headline| headline.kind != HeadlineKind::Size)
    );
}
