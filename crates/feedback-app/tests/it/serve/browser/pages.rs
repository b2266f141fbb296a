//! Checks every page at two widths, in light and dark.

use std::path::PathBuf;

use feedback_testkit::fixture;
use serde_json::Value;

use super::driver::{Browser, CONTROL, ENTER};
use crate::place::Place;
use crate::serve::http::{upload, wait_for_themes};
use crate::serve::process::Serve;

const PAGES: [(&str, &str); 22] = [
    ("/", "home"),
    ("/analyze", "analyze"),
    ("/explore?by=label", "explore"),
    ("/report", "report-form"),
    ("/inbox", "inbox"),
    ("/rules", "rules"),
    ("/themes", "themes"),
    ("/similar?id=1", "similar"),
    ("/batches", "batches"),
    ("/batches/1", "batch"),
    ("/dashboard", "dashboard"),
    ("/history", "history"),
    ("/review", "review"),
    ("/disagreements", "disagreements"),
    ("/train", "train"),
    ("/models", "models"),
    ("/logs", "logs"),
    ("/system", "system"),
    ("/drift", "drift"),
    ("/about", "about"),
    ("/admin", "admin"),
    ("/docs", "docs"),
];

/// Uses the tiny model, or the one named by SCREENSHOT_MODEL for real screenshots.
#[test]
fn every_page_fits_has_no_errors_and_is_accessible() {
    let folder = tempfile::tempdir().unwrap();
    let model = std::env::var_os("SCREENSHOT_MODEL").map_or_else(|| fixture("tiny-bert"), PathBuf::from);
    let data = ["--train-data", "../fixtures/feedback.jsonl"]; // the page shows the path as given
    let serve = Serve::start_model(&model, folder.path(), &data);
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    let feedback = fs_err::read_to_string(fixture("feedback.jsonl")).unwrap();
    let every_fifth: String = feedback
        .lines()
        .step_by(5)
        .flat_map(|line| [line, "\n"])
        .collect();
    let batch = upload(&serve.addr, "feedback.jsonl", "text", &every_fifth).unwrap();
    assert_eq!(batch.status, 201, "{batch:?}");
    browser.open("/batches/1");
    browser.until("document.body.innerText.includes('done')");
    // A check by the program itself, in a process of its own.
    browser.open("/drift");
    browser.run("document.querySelector('main form button').click()");
    browser.until("document.body.innerText.includes('Groups of similar texts')");
    wait_for_themes(&serve.addr, 300);
    for (path, name) in PAGES {
        browser.open(path);
        browser.wait("h1");
        look_at(&browser, name);
    }
    browser.open("/");
    let text = "The export has been broken since the update, and nobody answers my mails.";
    browser.type_into("#text", &format!("{text}{CONTROL}{ENTER}"));
    browser.wait("#result svg.chart");
    look_at(&browser, "result");
}

/// The report pages written by `evaluate` and `compare`.
#[test]
fn reports_fit_have_no_errors_and_are_accessible() {
    let place = Place::with_model_and_data();
    place.run("evaluate --model tiny-bert --data test.jsonl --report report");
    place.run("compare --model tiny-bert --train train.jsonl --test test.jsonl --report comparison");
    let Some(browser) = Browser::start_with(&format!("file://{}", place.path("").display())) else {
        return;
    };
    for (path, name) in [
        ("report/report.html", "report"),
        ("comparison/report.html", "comparison"),
    ] {
        browser.open(path);
        browser.wait("h1");
        look_at(&browser, name);
    }
}

/// Checks the current page at two widths, in light and dark.
pub(super) fn look_at(browser: &Browser, name: &str) {
    let axe = std::env::var("AXE_CORE")
        .ok()
        .map(|path| fs_err::read_to_string(path).unwrap());
    for width in [360, 1280] {
        for scheme in ["light", "dark"] {
            browser.look(width, scheme);
            let overflow = browser
                .run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
            assert!(
                overflow.as_i64().unwrap() <= 0,
                "{name} is {overflow} pixels too wide at {width}"
            );
            if let Some(axe) = &axe {
                accessible(browser, axe, name);
            }
            keep_picture(browser, &format!("{name}-{width}-{scheme}"));
        }
    }
    browser.is_clean();
}

/// Checks that axe-core finds no serious violation of WCAG 2.2 AA.
fn accessible(browser: &Browser, axe: &str, path: &str) {
    browser.run(&format!("{axe}\nreturn true"));
    let script = "const done = arguments[arguments.length - 1];\
                  axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })\
                  .then((found) => done(found.violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes.map((node) => node.html) }))),\
                        (error) => done(String(error)))";
    let found = browser.run_async(script);
    let violations = found.as_array().unwrap_or_else(|| panic!("{path}: {found}"));
    let grave = |one: &&Value| one["impact"] == "serious" || one["impact"] == "critical";
    let grave: Vec<&Value> = violations.iter().filter(grave).collect();
    assert!(grave.is_empty(), "{path}: {grave:#?}");
}

fn keep_picture(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os("SCREENSHOTS") {
        let folder = std::path::PathBuf::from(folder);
        fs_err::create_dir_all(&folder).unwrap();
        fs_err::write(folder.join(format!("{name}.webp")), decoded(&browser.picture())).unwrap();
    }
}

/// Decodes base 64 (RFC 4648).
fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let text = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for group in text.chunks(4) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 6 | u32::from(value(*byte)));
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

#[test]
fn base_64_is_decoded() {
    assert_eq!(decoded("Zm9vYmFy"), b"foobar");
    assert_eq!(decoded("Zm9vYg=="), b"foob");
    assert_eq!(decoded("Zm9vYmE="), b"fooba");
}
