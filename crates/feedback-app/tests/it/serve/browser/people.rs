//! Two people in two browsers, and labels for all texts of a filter by keyboard and without scripts.

use serde_json::{Value, json};

use super::driver::{Browser, ENTER, TAB};
use super::pages::look_at;
use crate::serve::http::{get, post, send};
use crate::serve::process::Serve;

const LARS: &str = "a-key-of-lars-who-labels";
const OLGA: &str = "a-key-of-olga-who-owns-it";

fn log_in(browser: &Browser, key: &str) {
    browser.open("/login");
    browser.type_into("#key", &format!("{key}{ENTER}"));
    browser.until("location.pathname !== '/login'");
}

fn with_key(serve: &Serve, method: &str, path: &str, body: &Value) -> Value {
    let authorization = format!("Bearer {OLGA}");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = match method {
        "GET" => String::new(),
        _ => body.to_string(),
    };
    let answer = send(&serve.addr, method, path, &headers, body.as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[test]
fn two_people_in_two_browsers_disagree_and_settle() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.txt");
    fs_err::write(&keys, format!("{LARS} role=label name=lars\n{OLGA} name=olga\n")).unwrap();
    let serve = Serve::start_with(
        &folder.path().join("state"),
        &["--api-key-file", keys.to_str().unwrap()],
    );
    let Some(lars) = Browser::start(&serve.addr) else {
        return;
    };
    let olga = Browser::start(&serve.addr).unwrap();
    let texts = ["so slow", "how do I export it"];
    with_key(&serve, "POST", "/api/v1/classify", &json!({ "texts": texts }));
    log_in(&lars, LARS);
    log_in(&olga, OLGA);

    // Lars labels with the mouse, Olga gives second opinions with the keyboard and does not see what Lars said.
    lars.open("/review");
    for id in [1, 2] {
        lars.click(&format!(
            "form[action='/history/{id}/label'] button[value=usage_tip]"
        ));
        lars.until(&format!(
            "!document.querySelector(\"form[action='/history/{id}/label'] button[value=usage_tip]\")?.checkVisibility()"
        ));
    }
    olga.open("/review?why=second");
    olga.until("document.querySelectorAll('[data-review] > li').length === 2");
    assert!(!olga.text("main").contains("lars"));
    let current = "document.querySelector('li[aria-current]')";
    olga.wait("li[aria-current]");
    let first = olga.run(&format!("return {current}.id"));
    olga.press('2');
    olga.until(&format!("{current}.id !== '{}'", first.as_str().unwrap()));
    assert_eq!(
        with_key(&serve, "GET", "/api/v1/agreement", &json!({}))["open"],
        1
    );

    // Both see the disagreement with both names; Lars settles it, and it is gone for Olga.
    for browser in [&lars, &olga] {
        browser.open("/disagreements");
        let shown = browser.text("main");
        assert!(shown.contains("lars: ") && shown.contains("olga: "), "{shown}");
    }
    look_at(&lars, "disagreement");
    lars.click("[data-review] button[value=feature_request]");
    lars.until("!document.querySelector('[data-review] button[value=usage_tip]')?.checkVisibility()");
    olga.open("/disagreements");
    olga.until("document.body.innerText.includes('Nothing to settle')");
    let audit = with_key(&serve, "GET", "/api/v1/audit", &json!({}));
    let gave = |name: &str| {
        let entries = audit.as_array().unwrap().iter();
        entries
            .filter(|entry| entry["actor"] == name && entry["action"] == "label.give")
            .count()
    };
    assert_eq!((gave("lars"), gave("olga")), (2, 1), "{audit:#}");
    assert_eq!(
        (&audit[0]["actor"], &audit[0]["action"]),
        (&json!("lars"), &json!("label.settle"))
    );
    lars.is_clean();
    olga.is_clean();
}

#[test]
fn all_texts_of_a_filter_are_labelled_by_keyboard_and_undone_without_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    let texts = ["the app is slow", "slow as ever", "nice colours"];
    post(&serve.addr, "/api/v1/classify", &json!({ "texts": texts })).unwrap();
    let labelled = || {
        let found = get(&serve.addr, "/api/v1/corrections").unwrap().json();
        let mut texts: Vec<(String, String)> = found["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                (
                    item["text"].as_str().unwrap().to_owned(),
                    item["label"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        texts.sort_unstable();
        texts
    };
    let both = ["slow as ever", "the app is slow"].map(|text| (text.to_owned(), "usage_tip".to_owned()));

    // By keyboard alone, from the folded form on.
    browser.open("/history?q=slow");
    browser.run("[...document.querySelectorAll('summary')].find((one) => one.textContent === 'Label all of these texts').focus()");
    for key in [ENTER, TAB, 'u', TAB, ENTER] {
        browser.press(key);
    }
    browser.until("document.body.innerText.includes('2 texts were given the label')");
    assert_eq!(labelled(), both);
    look_at(&browser, "labelled-at-once");

    // Without scripts: undone, and given again.
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    browser.open("/history?q=slow");
    browser.click("form[action^='/labels/bulk/'] button");
    browser.until("document.body.innerText.includes('Label all of these texts')");
    assert_eq!(labelled(), []);
    browser.click("details:has(#bulk-label) summary");
    browser.click("#bulk-label option[value=usage_tip]");
    browser.click("form[action='/labels/bulk'] button");
    browser.until("document.body.innerText.includes('2 texts were given the label')");
    assert_eq!(labelled(), both);

    // Without scripts, a label is confirmed and undone also where its text no longer passes the filter.
    browser.open("/history?q=colours&corrected=false");
    browser.click(".queue details summary");
    browser.click(".queue button[value=usage_tip]");
    browser.until("document.body.innerText.includes('The label of “nice colours” is now usage_tip.')");
    assert!(browser.text("main").contains("No text matches."));
    assert_eq!(labelled().len(), 3);
    browser.click("form.note button[name=undo]");
    browser.until("document.querySelector('.queue blockquote')?.innerText === 'nice colours'");
    assert_eq!(labelled(), both);
    browser.is_clean();
}
