//! User flows in the web app.

use std::time::{Duration, Instant};

use serde_json::json;

use super::driver::{Browser, CONTROL, ENTER};
use crate::serve::http::{get, post};
use crate::serve::process::Serve;

#[test]
fn a_text_is_classified_corrected_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    browser.open("/");
    browser.run("window.sameDocument = true");
    browser.type_into("#text", &format!("<b>it crashes</b>{CONTROL}{ENTER}"));
    browser.wait("#result svg.chart");
    assert_eq!(
        browser.run("return window.sameDocument"),
        json!(true),
        "the page was not reloaded"
    );
    assert_eq!(
        browser.run("return document.querySelectorAll('#result button[name=label]').length"),
        json!(8)
    );
    browser.click("#result button[value=usage_tip]");
    browser.until("document.querySelector('#result [role=status]')?.innerText.includes('usage_tip')");
    let corrections = get(&serve.addr, "/api/v1/corrections").unwrap().json();
    assert_eq!(corrections["items"][0]["label"], "usage_tip");
    browser.click("[data-clear]");
    assert_eq!(
        browser.run(
            "return document.getElementById('text').value + document.getElementById('result').innerText"
        ),
        json!("")
    );
    browser.open("/history?q=crashes");
    assert_eq!(browser.text("blockquote"), "<b>it crashes</b>");
    // Times are shown in the reader's time zone.
    browser.wait("time[data-local]");
    browser.is_clean();
}

#[test]
fn ten_thousand_rows_are_watched_cancelled_and_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let state_dir = folder.path().join("state");
    let serve = Serve::start(&state_dir);
    let Some(mut browser) = Browser::start(&serve.addr) else {
        return;
    };
    let file = folder.path().join("rows.csv");
    let rows: String = (0..10_000)
        .map(|index| format!("{index},text number {index}\n"))
        .collect();
    fs_err::write(&file, format!("id,comment\n{rows}")).unwrap();
    let begin = |browser: &Browser| {
        browser.open("/batches");
        browser.type_into("#file", file.to_str().unwrap());
        browser.click("form.card button.main");
        browser.wait("#text_field");
        assert_eq!(
            browser.run("return document.getElementById('text_field').value"),
            json!("comment")
        );
        browser.click("form.card button.main");
        browser.wait("progress");
        browser.path()
    };
    let moves = |browser: &Browser| {
        browser.until("document.querySelector('progress').value > 0");
        let before = browser
            .run("return document.querySelector('progress').value")
            .as_f64()
            .unwrap();
        browser.until(&format!("document.querySelector('progress').value > {before} || document.body.innerText.includes('Download')"));
    };
    begin(&browser);
    // Updates of the page must not replace the button: a click that has begun would be lost.
    browser.run("window.cancel = document.querySelector('button.danger')");
    moves(&browser);
    assert_eq!(browser.run("return window.cancel.isConnected"), json!(true));
    browser.click("button.danger");
    browser.until("document.body.innerText.includes('cancelled')");

    // Once more; this time the server is killed in the middle.
    let path = begin(&browser);
    moves(&browser);
    browser.is_clean();
    serve.kill();
    let serve = Serve::start(&state_dir);
    browser.move_to(&serve.addr);
    browser.open(&path);
    browser.log(); // discards the expected error about the event stream
    let began = Instant::now();
    loop {
        browser.open(&path);
        if browser.run("return document.body.innerText.includes('Download CSV')") == json!(true) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(240));
        std::thread::sleep(Duration::from_millis(500));
    }
    let csv = get(&serve.addr, &format!("{path}/results?format=csv")).unwrap();
    assert_eq!(csv.body.lines().count(), 10_001);
    for (index, line) in csv.body.lines().skip(1).enumerate() {
        assert!(
            line.starts_with(&format!("{index},text number {index},")),
            "{line}"
        );
    }
    // A column header sorts the table.
    browser.click("table[data-sortable] th:nth-child(3) button");
    browser.click("table[data-sortable] th:nth-child(3) button");
    let shown = "return [...document.querySelectorAll('table[data-sortable] td:nth-child(3)')].map((cell) => parseFloat(cell.innerText))";
    let shown = browser.run(shown);
    let shown: Vec<f64> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_f64().unwrap())
        .collect();
    assert!(shown.windows(2).all(|pair| pair[0] >= pair[1]), "{shown:?}");
    browser.is_clean();
}

#[test]
fn a_queue_is_reviewed_with_the_keyboard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    let texts: Vec<String> = (0..6).map(|index| format!("text number {index}")).collect();
    post(&serve.addr, "/api/v1/classify", &json!({ "texts": texts })).unwrap();
    // Not texts drawn at random: they do not show the prediction, so it cannot be accepted.
    browser.open("/review?why=unsure");
    browser.wait("li[aria-current]");
    let current = "[...document.querySelector('[data-review]').children].findIndex((item) => item.hasAttribute('aria-current'))";
    let corrections = || {
        get(&serve.addr, "/api/v1/corrections").unwrap().json()["items"]
            .as_array()
            .unwrap()
            .len()
    };
    browser.press('j');
    browser.until(&format!("{current} === 1"));
    browser.press('k');
    browser.until(&format!("{current} === 0"));
    browser.press('2');
    browser.until(&format!("{current} === 1"));
    assert_eq!(corrections(), 1);
    let made = get(&serve.addr, "/api/v1/corrections").unwrap().json();
    assert_eq!(made["items"][0]["label"], "feature_request");
    browser.press('a');
    browser.until(&format!("{current} === 2"));
    assert_eq!(corrections(), 2);
    browser.press('u');
    browser.until("document.body.innerText.includes('Undone.')");
    assert_eq!(corrections(), 1);
    // The labels and the focus are back, so that another label can be given at once.
    browser.until(&format!("{current} === 1"));
    browser.press('1');
    browser.until(&format!("{current} === 2"));
    assert_eq!(corrections(), 2);
    browser.press('u');
    browser.until(&format!("{current} === 1"));
    browser.press('u');
    browser.until(&format!("{current} === 0"));
    assert_eq!(corrections(), 0, "the labels are undone one after the other");
    // Keys that are pressed before an answer is there are for the next texts.
    for key in ['1', '2', '1'] {
        browser.press(key);
    }
    browser.until(&format!("{current} === 3"));
    let made = get(&serve.addr, "/api/v1/corrections").unwrap().json();
    let labels: Vec<&str> = made["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels.len(), 3, "{made}");
    assert_eq!((labels[0], labels[1] == labels[0]), (labels[2], false), "{made}");
    let digits = "[...document.querySelectorAll('.digit')].filter((key) => key.offsetParent).length";
    browser.until(&format!("{digits} > 0"));
    browser.is_clean();
}

#[test]
fn a_view_is_saved_and_opened_from_home() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    post(
        &serve.addr,
        "/api/v1/classify",
        &json!({ "texts": ["it is slow", "nice"] }),
    )
    .unwrap();
    browser.open("/history?q=slow");
    browser.run("document.querySelector('details:has(#view-name)').open = true");
    browser.run("document.getElementById('view-name').value = 'What is slow'");
    browser.click("form[action='/views'] button");
    browser.until("[...document.querySelectorAll('a')].some((link) => link.textContent === 'What is slow')");
    browser.open("/");
    browser.run(
        "[...document.querySelectorAll('a')].find((link) => link.textContent === 'What is slow').click()",
    );
    browser.until("location.pathname === '/history' && document.body.innerText.includes('it is slow') && !document.body.innerText.includes('nice')");
    browser.is_clean();
}

#[test]
fn the_history_is_corrected_with_two_clicks_or_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    let texts = ["the older text", "the newer text"];
    post(&serve.addr, "/api/v1/classify", &json!({ "texts": texts })).unwrap();
    browser.open("/history");
    browser.wait("li[aria-current]");
    browser.press('2');
    browser.until("document.querySelectorAll('[data-undo]').length === 1");
    browser.until("document.querySelector('li [data-undo]').checkVisibility()");
    browser.click(".queue > li:last-child details summary");
    browser.click(".queue > li:last-child button[value=usage_tip]");
    browser.until("document.querySelectorAll('[data-undo]').length === 2");
    let made = get(&serve.addr, "/api/v1/corrections").unwrap().json();
    let mut made: Vec<(&str, &str)> = made["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["text"].as_str().unwrap(), item["label"].as_str().unwrap()))
        .collect();
    made.sort_unstable();
    assert_eq!(
        made,
        [
            ("the newer text", "feature_request"),
            ("the older text", "usage_tip")
        ]
    );
    browser.is_clean();
}

#[test]
fn log_lines_are_live_and_filtered() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    browser.open("/logs?level=debug&q=classify");
    browser.wait("[data-log]");
    // The event stream starts shortly after the page is shown.
    let began = Instant::now();
    while browser
        .run("return document.querySelectorAll('[data-log] li').length")
        .as_u64()
        == Some(0)
    {
        post(
            &serve.addr,
            "/api/v1/classify",
            &json!({ "text": "my secret words" }),
        )
        .unwrap();
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(100));
    }
    let shown = browser.text("[data-log]");
    assert!(shown.lines().all(|line| line.contains("classify")), "{shown}");
    assert!(!shown.contains("secret"));
    browser.click("#pause");
    browser.click("#clear-view");
    post(&serve.addr, "/api/v1/classify", &json!({ "text": "unseen" })).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(
        browser.run("return document.querySelectorAll('[data-log] li').length"),
        json!(0)
    );
    browser.is_clean();
}
