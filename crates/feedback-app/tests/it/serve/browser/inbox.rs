//! From an urgent text to somebody who answers it, and from a rule to an entry.

use std::time::{Duration, Instant};

use serde_json::json;

use super::driver::{Browser, ENTER};
use super::pages::look_at;
use crate::serve::http::{get, post};
use crate::serve::process::Serve;

#[test]
fn who_needs_an_answer_today_is_two_clicks_away() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    browser.open("/inbox");
    browser.until("document.body.innerText.includes('A new text enters the inbox')");
    look_at(&browser, "inbox-empty");
    let texts = [
        "There is a smell of gas in your shop",
        "The colours are nice",
        "You charged my card twice",
        "Bitte löschen Sie mein Konto, das Passwort wird nicht angenommen",
    ];
    post(&serve.addr, "/api/v1/classify", &json!({ "texts": texts })).unwrap();
    let began = Instant::now();
    while get(&serve.addr, "/api/v1/inbox").unwrap().json()["total"] != 3 {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(50));
    }
    // One click from Home; the entry says why. A second click takes it, here by keyboard.
    browser.open("/");
    look_at(&browser, "home-with-inbox");
    browser.click("a[href='/inbox?state=open&when=today']");
    browser.until("document.body.innerText.includes('smell of gas')");
    browser.run("document.querySelector('button[value=take]').focus()");
    browser.press(ENTER);
    browser.until("document.querySelector('dl.pairs')?.innerText.includes('local')");
    browser.open("/inbox");
    look_at(&browser, "inbox-filled");
    browser.click("section.card details summary");
    browser.type_into("section.card textarea[name=note]", "rang the shop");
    browser.click("section.card button[value=save]");
    browser.until("document.body.innerText.includes('rang the shop')");
    browser.click("section.card button[value=done]");
    browser.until("document.body.innerText.includes('2 entries')");

    // A rule by form, tried, and switched on.
    browser.open("/rules");
    browser.click("form[action='/rules/try'] details:last-of-type summary");
    browser.type_into("#name", "Colours");
    browser.type_into("#words", "colour*");
    browser.type_into("#team", "design");
    browser.click("button[value=add]");
    browser.until("document.body.innerText.includes('The colours are nice')");
    look_at(&browser, "rules-tried");
    browser.click("form[action='/rules'] button.main");
    browser.until("document.body.innerText.includes('saved by local')");
    let rules = get(&serve.addr, "/api/v1/rules").unwrap().json();
    assert!(
        rules["toml"].as_str().unwrap().contains("team = \"design\""),
        "{rules}"
    );
    browser.is_clean();
}
