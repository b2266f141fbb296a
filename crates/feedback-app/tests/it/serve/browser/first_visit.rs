//! From an empty server to an answer.

use std::path::Path;
use std::time::{Duration, Instant};

use feedback_testkit::fixture;
use serde_json::json;

use super::driver::Browser;
use super::pages::look_at;
use crate::serve::http::wait_for_themes;
use crate::serve::process::Serve;

/// The first visitor tries the sample, sees what changed, and finds out for whom, with the mouse alone.
#[test]
fn a_first_visitor_gets_an_answer_from_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start_model(Path::new("builtin"), folder.path(), &[]);
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    let began = Instant::now();
    browser.open("/");
    look_at(&browser, "home-empty");
    browser.open("/themes");
    browser.until("document.body.innerText.includes('No themes yet')");
    look_at(&browser, "themes-empty");
    browser.open("/");
    browser.click("form[action='/sample'] button");
    browser.until("document.body.innerText.includes('What next?')");
    look_at(&browser, "batch-done");
    browser.click("a.button.main[href='/report']");
    browser.click("form[method=post][action='/report'] button.main");
    browser.until("document.body.innerText.includes('beyond chance')");
    let shown = browser.run("return document.getElementById('main').innerText");
    let shown = shown.as_str().unwrap();
    assert!(
        shown.contains("App version 4.2") && shown.contains("Germany"),
        "{shown}"
    );
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    look_at(&browser, "report-done");
    browser.open("/");
    browser.until("document.body.innerText.includes('App version 4.2')");
    look_at(&browser, "home-filled");
    wait_for_themes(&serve.addr, 400);
    browser.open("/themes?by=Plan");
    browser.wait("section.card blockquote");
    look_at(&browser, "themes-filled");
    browser.click("section.card blockquote a");
    browser.until("/this one included|No other text says this/.test(document.body.innerText)");
    look_at(&browser, "similar-filled");
    browser.open("/explore?by=Plan&label=complaint");
    assert_eq!(
        browser.run("return document.querySelectorAll('svg.chart path.whisker').length > 2"),
        json!(true)
    );
    look_at(&browser, "explore-plan");
}

/// From an empty state folder to a chart of the visitor's own file: four clicks, the choice of the file not counted.
#[test]
fn a_first_visitor_sees_a_chart_of_their_own_file() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let serve = Serve::start_model(Path::new("builtin"), folder.path(), &[]);
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    browser.open("/");
    browser.click("a.button.main[href='/batches']");
    let file = fixture("reviews.csv").canonicalize().unwrap();
    browser.type_into("input[type=file]", file.to_str().unwrap());
    browser.click("form[enctype] button");
    browser.until("/batches.[0-9]+$/.test(location.pathname) && document.readyState === 'complete'");
    browser.click("form button.main");
    browser.until("document.body.innerText.includes('What next?')");
    browser.click("main a[href='/explore']");
    browser.until("document.querySelectorAll('svg.chart path.whisker').length >= 8");
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let columns = browser.run("return document.querySelectorAll('.columns-chart a').length");
    assert!(
        columns.as_u64().unwrap() > 50,
        "texts over time, without an option: {columns}"
    );
    let first = browser.run(
        "const link = document.querySelector('.columns-chart a'); return [link.getAttribute('href'), link.querySelector('title').textContent]",
    );
    let title = first[1].as_str().unwrap();
    let n: u64 = title
        .rsplit(": ")
        .next()
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    browser.open(first[0].as_str().unwrap());
    let shown = browser.text("[role=status]");
    assert_eq!(
        shown,
        format!("{n} texts, the last stored first"),
        "{title}: a column leads to its texts"
    );
    browser.is_clean();
}
