//! From a column of stored texts to a promoted model and reclassified texts: by mouse, by keyboard, by touch and without scripts.

use std::time::{Duration, Instant};

use serde_json::json;

use super::driver::{Browser, ENTER};
use super::pages::look_at;
use crate::serve::http::{get, post, send};
use crate::serve::process::Serve;

/// How a person uses the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    Mouse,
    Keys,
    Touch,
    NoScript,
}

impl Hand {
    const ALL: [Self; 4] = [Self::Mouse, Self::Keys, Self::Touch, Self::NoScript];

    fn begin(self, browser: &Browser) {
        if self == Self::Touch {
            browser.look(390, "light");
            browser.devtools("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true }));
        } else {
            browser.devtools("Emulation.setTouchEmulationEnabled", &json!({ "enabled": false }));
            browser.devtools("Emulation.clearDeviceMetricsOverride", &json!({}));
        }
        let value = json!({ "value": self == Self::NoScript });
        browser.devtools("Emulation.setScriptExecutionDisabled", &value);
    }

    /// Presses a button, follows a link, opens a fold or ticks a box.
    fn press(self, browser: &Browser, css: &str) {
        match self {
            Self::Mouse | Self::NoScript => browser.click(css),
            Self::Touch => browser.tap(css),
            Self::Keys => {
                browser.tab_to(css);
                let is_box = browser.run("return document.activeElement.type === 'checkbox'") == json!(true);
                browser.press(if is_box { ' ' } else { ENTER });
            }
        }
    }

    /// Chooses an option. The list of a select box is drawn by the system, where no test reaches it.
    fn choose(self, browser: &Browser, css: &str, option: &str) {
        let is_chosen = format!(
            "document.querySelector('{css}').selectedOptions[0].text === {}",
            json!(option)
        );
        if self == Self::Keys {
            browser.tab_to(css);
            option.chars().for_each(|key| browser.press(key));
        } else {
            let place = browser.run(&format!(
                "return [...document.querySelectorAll('{css} option')].findIndex((one) => one.text === {})",
                json!(option)
            ));
            browser.click(&format!(
                "{css} option:nth-child({})",
                place.as_i64().unwrap() + 1
            ));
        }
        browser.until(&is_chosen);
    }

    /// Waits for a sign that the page brings by itself or, without scripts, after the link or button to see it anew.
    fn wait_for(self, browser: &Browser, sign: &str) {
        let is_there = format!(
            "document.readyState === 'complete' && document.body.innerText.includes({})",
            json!(sign)
        );
        if self != Self::NoScript {
            return browser.until(&is_there);
        }
        let began = Instant::now();
        while browser.run(&format!("return {is_there}")) != json!(true) {
            assert!(
                began.elapsed() < Duration::from_secs(240),
                "{sign}: {}",
                browser.text("main")
            );
            std::thread::sleep(Duration::from_millis(300));
            let refresh = browser.run("return [...document.querySelectorAll('main a.button')].findIndex((one) => one.text === 'Refresh') >= 0");
            if refresh == json!(true) {
                browser.run("[...document.querySelectorAll('main a.button')].find((one) => one.text === 'Refresh').id = 'refresh'");
                browser.click("#refresh");
            } else {
                browser.open(&browser.path());
            }
        }
    }
}

/// Uploads 60 texts with a column of teams, which no model can tell apart, and waits until they are classified.
fn upload(serve: &Serve) {
    let rows: String = (0..30)
        .map(|row| {
            format!("something on page {row} again,billing\nsomething on page {row} once more,mobile\n")
        })
        .collect();
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"teams.csv\"\r\n\r\ncomment,team\n{rows}\r\n--b--\r\n"
    );
    let kind = [("Content-Type", "multipart/form-data; boundary=b")];
    let sent = send(&serve.addr, "POST", "/api/v1/batches", &kind, body.as_bytes()).unwrap();
    assert_eq!(sent.status, 201, "{sent:?}");
    let path = format!("/api/v1/batches/{}", sent.json()["id"]);
    assert_eq!(
        post(&serve.addr, &format!("{path}/start"), &json!({}))
            .unwrap()
            .status,
        200
    );
    let began = Instant::now();
    while get(&serve.addr, &path).unwrap().json()["state"] != "done" {
        assert!(began.elapsed() < Duration::from_secs(120));
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn stored_texts_train_a_model_that_is_promoted_and_reclassifies_them() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    upload(&serve);
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
