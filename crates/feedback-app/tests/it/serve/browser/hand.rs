//! The ways in which people use a page.

use std::time::{Duration, Instant};

use serde_json::json;

use super::driver::{Browser, ENTER};

/// How a person uses the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    Mouse,
    Keys,
    Touch,
    NoScript,
}

impl Hand {
    pub(crate) const ALL: [Self; 4] = [Self::Mouse, Self::Keys, Self::Touch, Self::NoScript];

    pub(crate) fn begin(self, browser: &Browser) {
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
    pub(crate) fn press(self, browser: &Browser, css: &str) {
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

    /// Writes into a field, whose former content goes.
    pub(crate) fn write(self, browser: &Browser, css: &str, text: &str) {
        if self == Self::Keys {
            // The Tab key selects what is in a field.
            browser.tab_to(css);
            browser.run("document.activeElement.select()");
            text.chars().for_each(|key| browser.press(key));
        } else {
            browser.wait(css);
            browser.run(&format!("document.querySelector({}).select()", json!(css)));
            browser.type_into(css, text);
        }
    }

    /// Chooses an option. The list of a select box is drawn by the system, where no test reaches it.
    pub(crate) fn choose(self, browser: &Browser, css: &str, option: &str) {
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
    pub(crate) fn wait_for(self, browser: &Browser, sign: &str) {
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
