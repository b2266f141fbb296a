//! Eleven questions of an analyst, answered in a browser within three clicks of Home.
//!
//! The spreadsheet has two planted stories: since version 4.2 the app crashes, and deliveries in Germany, late at first, have become
//! punctual. Its dates are moved so that the last one is today.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use feedback_testkit::fixture;
use serde_json::{Value, json};

use super::driver::Browser;
use crate::serve::http::{get, wait_for_themes};
use crate::serve::process::Serve;

/// The most clicks that an answer may take from Home.
const MAX_CLICKS: u32 = 3;

/// A visitor whose clicks are counted.
struct Visitor<'a> {
    browser: &'a Browser,
    clicks: Cell<u32>,
}

impl Visitor<'_> {
    fn home(&self) {
        self.browser.open("/");
        self.clicks.set(0);
    }

    fn click(&self, css: &str) {
        self.browser.click(css);
        self.clicks.set(self.clicks.get() + 1);
    }

    /// Clicks the link or button with this text.
    fn click_text(&self, text: &str) {
        let wanted = json!(text);
        self.browser.until(&format!(
            "(window.found = [...document.querySelectorAll('main a, main button, main summary')].find((one) => one.innerText.trim() === {wanted}))"
        ));
        self.browser.run("window.found.id ||= 'found'; return 0");
        let id = self.browser.run("return window.found.id");
        self.click(&format!("#{}", id.as_str().unwrap()));
    }

    /// Chooses an option: one click.
    fn choose(&self, css: &str, option: &str) {
        self.browser.type_into(css, option);
        self.clicks.set(self.clicks.get() + 1);
    }

    fn shown(&self) -> String {
        self.browser.text("#main")
    }

    /// The answer is on the page, within the clicks that it may take.
    fn answered(&self, question: &str, clicks: u32) {
        assert_eq!(self.clicks.get(), clicks, "{question}");
        assert!(clicks <= MAX_CLICKS, "{question}");
        self.browser.is_clean();
    }
}

/// Moves the dates of the fixture, day/month/year, so that the last one is today.
fn spreadsheet() -> String {
    let content = fs_err::read_to_string(fixture("reviews.csv")).unwrap();
    let day_of = |date: &str| -> Option<i64> {
        let mut parts = date.split('/').map(str::parse::<i64>);
        let (day, month, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        Some(days(year, month, day))
    };
    let first = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
    let last = content
        .lines()
        .filter_map(|line| day_of(&first(line)))
        .max()
        .unwrap();
    let since_1970 = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let today = (since_1970.as_secs() / 86_400) as i64;
    let moved = content.lines().map(|line| match day_of(&first(line)) {
        Some(day) => {
            let (year, month, day) = date(day + today - last);
            format!("{day:02}/{month:02}/{year}{}\n", &line[first(line).len()..])
        }
        None => format!("{line}\n"),
    });
    moved.collect()
}

/// Days since 1970-01-01 of a date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01, found by counting.
fn date(day: i64) -> (i64, i64, i64) {
    let year = (1970..)
        .take_while(|&year| days(year, 1, 1) <= day)
        .last()
        .unwrap();
    let month = (1..=12)
        .take_while(|&month| days(year, month, 1) <= day)
        .last()
        .unwrap();
    (year, month, day - days(year, month, 1) + 1)
}

/// The number of texts of a filter.
fn count(serve: &Serve, filter: &str) -> u64 {
    let found = get(&serve.addr, &format!("/api/v1/history?limit=500&{filter}"))
        .unwrap()
        .json();
    found["items"].as_array().unwrap().len() as u64
}

/// A server with the spreadsheet, uploaded in the browser without an option.
fn filled(serve: &Serve, browser: &Browser, folder: &Path) {
    let path = folder.join("reviews.csv");
    fs_err::write(&path, spreadsheet()).unwrap();
    browser.open("/batches");
    browser.type_into("input[type=file]", path.to_str().unwrap());
    browser.click("form[enctype] button");
    browser.until("/batches.[0-9]+$/.test(location.pathname) && document.readyState === 'complete'");
    browser.click("form button.main");
    browser.until("document.body.innerText.includes('What next?')");
    wait_for_themes(&serve.addr, 400);
    let began = Instant::now();
    let inbox = || {
        get(&serve.addr, "/api/v1/inbox").unwrap().json()["total"]
            .as_u64()
            .unwrap()
    };
    let mut before = 0;
    while before == 0 || before != inbox() {
        assert!(began.elapsed() < Duration::from_secs(60));
        before = inbox();
        std::thread::sleep(Duration::from_secs(2));
    }
}

#[test]
fn eleven_questions_are_answered_within_three_clicks() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start_model(Path::new("builtin"), &folder.path().join("state"), &[]);
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    filled(&serve, &browser, folder.path());
    let visitor = Visitor {
        browser: &browser,
        clicks: Cell::new(0),
    };
    complaints_of_this_month(&visitor, &serve);
    what_changed_and_what_shows_it(&visitor);
    complaints_by_plan(&visitor, &serve);
    who_needs_an_answer(&visitor, &serve);
    without_labels(&visitor, &serve);
    a_label_of_ones_own(&visitor);
    a_correction(&visitor, &serve);
    several_labels(&visitor);
}

/// What are people complaining about this month?
fn complaints_of_this_month(visitor: &Visitor<'_>, serve: &Serve) {
    visitor.home();
    visitor.click("main a[href='/themes']");
    visitor.choose("#label", "complaint");
    visitor.click("form[action='/themes'] button.main");
    visitor.browser.until("location.search.includes('complaint')");
    visitor.answered("What are people complaining about this month?", 3);
    let themes = get(&serve.addr, "/api/v1/themes?label=complaint").unwrap().json();
    let largest = &themes["groups"][0]["themes"][0];
    let recent = count(serve, &format!("theme={}&period=30d", largest["id"]));
    let shown = visitor.shown();
    assert!(
        shown.contains(&format!("{} texts", largest["texts"]))
            && shown.contains(&format!("{recent} texts in the last 30 days")),
        "{largest}, {recent}: {shown}"
    );
}

/// What changed, in which segment? Which five quotes show it? What first? Slides, PDF, Excel?
fn what_changed_and_what_shows_it(visitor: &Visitor<'_>) {
    visitor.home();
    visitor.click_text("See what changed");
    visitor.click("form[method=post][action='/report'] button.main");
    visitor
        .browser
        .until("document.body.innerText.includes('beyond chance')");
    visitor.answered("What changed, in which segment?", 2);
    let shown = visitor.shown();
    let crashes = shown.find("App version 4.2").unwrap();
    let deliveries = shown.find("Country Germany").unwrap();
    assert!(crashes < deliveries, "the strongest change comes first: {shown}");
    let quotes = visitor.browser.run(
        "return [...document.querySelector('.stack section').querySelectorAll('blockquote')].map((one) => one.innerText)",
    );
    let quotes: Vec<&str> = quotes
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(quotes.len(), 5, "{quotes:?}");
    let all = fs_err::read_to_string(fixture("reviews.csv")).unwrap();
    for quote in quotes {
        let text = quote.trim_start_matches('“').split('”').next().unwrap();
        assert!(
            all.contains(text) || all.contains(&text.replace('"', "\"\"")),
            "{text}"
        );
        assert!(
            text.to_lowercase().contains("crash") || text.contains("closes"),
            "{text}"
        );
    }
    let report = visitor.browser.path();
    for (file, begins) in [("insight.xlsx", "PK"), ("insight.html", "<!DOCTYPE html>")] {
        let link = visitor.browser.run(&format!(
            "return Boolean(document.querySelector(\"a[href='{report}/{file}']\"))"
        ));
        assert_eq!(link, json!(true), "{file}: a third click");
        let begun = visitor.browser.run_async(&format!(
            "const done = arguments[0]; fetch('{report}/{file}').then((answer) => answer.arrayBuffer())\
             .then((body) => done(new TextDecoder('latin1').decode(body.slice(0, 20))))"
        ));
        assert!(begun.as_str().unwrap().starts_with(begins), "{file}: {begun}");
    }
    assert!(
        shown.contains("For a PDF or for slides, open the whole report and print it"),
        "{shown}"
    );
    visitor.home();
    assert!(visitor.shown().contains("The strongest first: look at it first."));
    visitor.answered("What first?", 0);
}

/// The 95 % interval of a share: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
fn wilson(count: f64, n: f64) -> (f64, f64) {
    let (p, z) = (count / n, 1.959_963_984_540_054_f64);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (centre - half, centre + half)
}

/// How many complaints per 100, by plan, with an interval?
fn complaints_by_plan(visitor: &Visitor<'_>, serve: &Serve) {
    visitor.home();
    visitor.click("main a[href='/explore?by=Plan']");
    visitor.click("thead a[href*='label=complaint']");
    visitor
        .browser
        .until("document.body.innerText.includes('Share of complaint by Plan')");
    visitor.answered("How many complaints per 100, by plan?", 2);
    let shown = visitor.shown();
    for plan in ["Free", "Plus", "Family"] {
        let n = count(serve, &format!("field[Plan]={plan}"));
        let complaints = count(serve, &format!("field[Plan]={plan}&label=complaint"));
        let (low, high) = wilson(complaints as f64, n as f64);
        let row = format!(
            "{complaints} of {n}\t{:.1} %\t{:.1}–{:.1} %",
            100.0 * complaints as f64 / n as f64,
            100.0 * low,
            100.0 * high
        );
        assert!(shown.contains(&row), "{row}: {shown}");
    }
}

/// Who needs an answer today?
fn who_needs_an_answer(visitor: &Visitor<'_>, serve: &Serve) {
    visitor.home();
    visitor.click_text("Who needs an answer today?");
    visitor.browser.until("location.pathname === '/inbox'");
    visitor.answered("Who needs an answer today?", 1);
    let today = get(&serve.addr, "/api/v1/inbox?when=today").unwrap().json();
    let entry = &today["items"][0];
    let shown = visitor.shown();
    assert!(
        today["total"].as_u64().unwrap() > 0 && shown.contains(entry["text"].as_str().unwrap()),
        "{entry}: {shown}"
    );
}

/// Can I start without labels?
fn without_labels(visitor: &Visitor<'_>, serve: &Serve) {
    visitor.home();
    visitor.click("main a[href='/themes']");
    visitor.browser.wait("section.card blockquote");
    visitor.answered("Can I start without labels?", 1);
    let themes = get(&serve.addr, "/api/v1/themes").unwrap().json();
    let shown = visitor.shown();
    for theme in themes["groups"][0]["themes"].as_array().unwrap().iter().take(3) {
        assert!(
            shown.contains(theme["name"].as_str().unwrap()),
            "{theme}: {shown}"
        );
    }
}

/// Can I add "pricing"?
fn a_label_of_ones_own(visitor: &Visitor<'_>) {
    visitor.home();
    visitor.click("nav a[href='/review']");
    visitor.browser.type_into("#new-label", "pricing");
    visitor.click("form[action='/labels'] button");
    visitor.browser.wait(".queue button[value=pricing]");
    visitor.answered("Can I add “pricing”?", 2);
}

/// How many clicks does a correction take, and when does it count?
fn a_correction(visitor: &Visitor<'_>, serve: &Serve) {
    let before = count(serve, "label=pricing");
    visitor.home();
    visitor.click("nav a[href='/review']");
    assert!(
        visitor
            .shown()
            .contains("counts at once in charts and shares; the model learns it in the next training")
    );
    visitor.click(".queue button[value=pricing]");
    visitor
        .browser
        .until("document.body.innerText.includes('Label is now pricing')");
    visitor.answered("How many clicks does a correction take?", 2);
    assert_eq!((before, count(serve, "label=pricing")), (0, 1));
    visitor.browser.open("/explore");
    assert!(
        visitor.shown().contains("pricing (1 of 400)"),
        "it counts at once"
    );
}

/// Two labels on one text?
fn several_labels(visitor: &Visitor<'_>) {
    visitor.home();
    visitor.click("nav a[href='/train']");
    visitor.click("input[name=several_labels]");
    visitor.answered("Two labels on one text?", 2);
    assert!(visitor.shown().contains("A text can have several labels"));
}
