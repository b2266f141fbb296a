//! Every page, wide and narrow, light and dark.

use serde_json::{Value, json};

use super::driver::Browser;
use crate::place::Place;
use crate::serve::http::{post, upload};
use crate::serve::process::Serve;

const PAGES: [(&str, &str); 12] = [
    ("/", "analyze"),
    ("/batches", "batches"),
    ("/batches/1", "batch"),
    ("/dashboard", "dashboard"),
    ("/history", "history"),
    ("/review", "review"),
    ("/train", "train"),
    ("/models", "models"),
    ("/logs", "logs"),
    ("/system", "system"),
    ("/about", "about"),
    ("/docs", "docs"),
];

#[test]
fn every_page_fits_is_clean_and_accessible() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    let texts: Vec<String> = (0..40)
        .map(|index| format!("text number {index}: it crashes, I love it, and how do I export?"))
        .collect();
    post(&serve.addr, "/api/v1/classify", &json!({ "texts": texts })).unwrap();
    let rows =
        "text,source,created_at\nslow,mail,2025-03-01\nfine,store,2025-03-02\nhelp me,mail,2025-03-04\n,x,\n";
    upload(&serve.addr, "rows.csv", "text", rows).unwrap();
    for (path, name) in PAGES {
        look_at(&browser, path, name);
    }
}

/// The pages that `evaluate` and `compare` write, as files.
#[test]
fn reports_fit_are_clean_and_accessible() {
    let place = Place::with_model_and_data();
    place.run("evaluate --model tiny-bert --data test.jsonl --report report");
    place.run("compare --model tiny-bert --train train.jsonl --test test.jsonl --report comparison");
    let Some(browser) = Browser::start_with(&format!("file://{}", place.path("").display())) else {
        return;
    };
    look_at(&browser, "report/report.html", "report");
    look_at(&browser, "comparison/report.html", "comparison");
}

/// A page wide and narrow, light and dark.
fn look_at(browser: &Browser, path: &str, name: &str) {
    let axe = std::env::var("AXE_CORE")
        .ok()
        .map(|path| fs_err::read_to_string(path).unwrap());
    for width in [360, 1280] {
        for scheme in ["light", "dark"] {
            browser.look(width, scheme);
            browser.open(path);
            browser.wait("h1");
            let overflow = browser
                .run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
            assert!(
                overflow.as_i64().unwrap() <= 0,
                "{path} is {overflow} pixels too wide at {width}"
            );
            if let Some(axe) = &axe {
                accessible(browser, axe, path);
            }
            keep_picture(browser, &format!("{name}-{width}-{scheme}"));
        }
    }
    browser.is_clean();
}

/// No serious violation of WCAG 2.2 AA that axe-core can find.
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
        fs_err::write(folder.join(format!("{name}.png")), decoded(&browser.picture())).unwrap();
    }
}

/// Base 64, as RFC 4648 has it.
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
