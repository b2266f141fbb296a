//! From a column of stored texts to a promoted model and reclassified texts: by mouse, by keyboard, by touch and without scripts.

use std::time::Duration;

use serde_json::json;

use super::driver::Browser;
use super::hand::Hand;
use super::pages::look_at;
use crate::serve::http::{classify_file, get};
use crate::serve::process::Serve;

/// Sixty texts with a column of teams, which no model can tell apart.
fn texts_of_teams() -> String {
    let rows = (0..30).map(|row| {
        format!("something on page {row} again,billing\nsomething on page {row} once more,mobile\n")
    });
    format!("comment,team\n{}", rows.collect::<String>())
}

#[test]
fn stored_texts_train_a_model_that_is_promoted_and_reclassifies_them() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    classify_file(&serve.addr, "teams.csv", &texts_of_teams());
    for (round, hand) in Hand::ALL.into_iter().enumerate() {
        hand.begin(&browser);
        // The same settings would give the same model, which serves already.
        train(hand, &browser, ['2', '3', '4', '1'][round]);
        promote(hand, &browser);
        reclassify(hand, &browser);
        let models = get(&serve.addr, "/api/v1/models").unwrap().json();
        assert_eq!(models.as_array().unwrap().len(), round + 2, "{hand:?}: {models}");
        let serving = models
            .as_array()
            .unwrap()
            .iter()
            .find(|model| model["state"] == "serving")
            .unwrap();
        assert_eq!(serving["labels"], json!(["billing", "mobile"]), "{hand:?}");
        let history = get(&serve.addr, "/api/v1/history?limit=100").unwrap().json();
        let by: Vec<&str> = history["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["model"].as_str().unwrap())
            .collect();
        assert_eq!(by, [serving["id"].as_str().unwrap(); 60], "{hand:?}");
        browser.is_clean();
    }
}

fn train(hand: Hand, browser: &Browser, epochs: char) {
    browser.open("/train");
    hand.choose(browser, "#data", "stored texts by their field team");
    hand.choose(browser, "#base", "scratch:tiny");
    hand.press(browser, "form[action='/train'] details summary");
    if hand == Hand::Keys {
        browser.tab_to("#epochs");
        browser.press(epochs);
    } else {
        browser.type_into("#epochs", &epochs.to_string());
    }
    hand.press(browser, "form[action='/train'] button.main");
    browser.until("location.pathname.startsWith('/train/')");
    hand.wait_for(browser, "On the same");
    hand.wait_for(browser, "Promote");
}

/// A model that is not surely better is promoted only after a box with both figures is ticked.
fn promote(hand: Hand, browser: &Browser) {
    let training = browser.path();
    hand.press(browser, "#progress form[action$='/promote'] button");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(
        browser.path(),
        training,
        "{hand:?}: nothing happens without the confirmation"
    );
    if hand == Hand::Mouse {
        look_at(browser, "promotion");
    }
    hand.press(browser, "#progress input[name=accept_worse]");
    hand.press(browser, "#progress form[action$='/promote'] button");
    browser.until("location.pathname === '/models'");
}

fn reclassify(hand: Hand, browser: &Browser) {
    hand.wait_for(browser, "Reclassify 60 texts");
    hand.press(browser, "form[action='/models/reclassify'] button");
    // The page may still say how it went the last time.
    browser.until(
        "document.readyState === 'complete' && !document.body.innerText.includes('Reclassify 60 texts')",
    );
    hand.wait_for(browser, "All texts were looked at: 60 were reclassified");
}
