//! From a correction to a promoted model, by mouse and keyboard.

use serde_json::json;

use super::driver::{Browser, CONTROL, ENTER};
use super::pages::look_at;
use crate::serve::http::get;
use crate::serve::process::Serve;
use crate::serve::train::{labelled_file, state_of_models};

#[test]
fn a_model_is_trained_watched_stopped_and_promoted() {
    let folder = tempfile::tempdir().unwrap();
    let data = labelled_file(folder.path());
    let state_dir = folder.path().join("state");
    let serve = Serve::start_with(&state_dir, &["--train-data", data.to_str().unwrap()]);
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    browser.open("/");
    browser.type_into("#text", &format!("what a joy{CONTROL}{ENTER}"));
    browser.click("#result button[value=praise]");
    browser.until("document.querySelector('#result [role=status]')?.innerText.includes('praise')");

    browser.open("/train");
    assert!(
        browser
            .text("form.card")
            .contains("1 corrections join the training rows")
    );
    browser.run("document.getElementById('base').value = 'scratch:tiny'");
    browser.click("form[action='/train'] details summary");
    browser.type_into("#epochs", "40");
    browser.click("input[name=ask_people]");
    browser.click("form.card button.main");

    // The page is not reloaded while the curve changes.
    browser.wait("#progress polyline.line.stroke-1");
    browser.run("window.sameDocument = true; window.stop = document.querySelector('#progress button.danger'); window.curve = document.querySelector('#progress polyline.line.stroke-1').getAttribute('points')");
    browser.until(
        "document.querySelector('#progress polyline.line.stroke-1').getAttribute('points') !== window.curve",
    );
    assert_eq!(browser.run("return window.sameDocument"), json!(true));
    assert_eq!(browser.run("return window.stop.isConnected"), json!(true));
    browser.click("#progress button.danger");
    browser.until("document.querySelector('#progress .tag').innerText === 'stopped'");

    // The question is still shown while training is stopped, and the answer is accepted without a reload.
    browser.run("window.sameDocument = true");
    browser.click("#questions form button[name=label]");
    browser.until("document.querySelector('#questions [role=status]')?.innerText.startsWith('Noted')");
    assert_eq!(browser.run("return window.sameDocument"), json!(true));

    browser.click("#progress button.main"); // resume
    browser.until("document.querySelector('#progress .tag').innerText === 'done'");
    let compared = browser.text("#progress table");
    assert!(
        compared.contains("new model") && compared.contains("serving model"),
        "{compared}"
    );
    let id = browser.path();
    let trained_on = state_dir.join(format!(
        "trainings/{}/data/train-with-corrections.jsonl",
        id.rsplit('/').next().unwrap()
    ));
    assert!(fs_err::read_to_string(trained_on).unwrap().contains("what a joy"));
    look_at(&browser, "training");
    // A model that is not surely better is promoted only on confirmation.
    let compared = browser.text("#moving p strong");
    if !compared.contains("is better") {
        browser.click("#progress input[name=accept_worse]");
    }
    browser.click("#progress form[action$='/promote'] button");
    // The page of the models follows; the old page has an `h1`, too.
    browser.until("document.readyState === 'complete' && !document.querySelector('#progress')");
    let models = get(&serve.addr, "/api/v1/models").unwrap().json();
    assert_eq!(state_of_models(&models), ["serving", "retired"], "{models}");
    browser.is_clean();
}
