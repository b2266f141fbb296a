//! The ten files of the tour in `docs/guide.md`, uploaded without an option.

use std::time::{Duration, Instant};

use serde_json::json;

use super::driver::Browser;
use super::pages::look_at;
use crate::serve::process::Serve;
use crate::tour::TOUR;

#[test]
fn the_tour_is_uploaded_with_two_clicks_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    for (name, rejected) in TOUR {
        browser.open("/batches");
        // The browser accepts no path with `..` in it.
        let path = feedback_testkit::fixture("tour")
            .join(name)
            .canonicalize()
            .unwrap();
        browser.type_into("#file", path.to_str().unwrap());
        browser.click("form[enctype] button.main");
        browser.until("document.querySelector('#text_field') !== null");
        // The preview has the texts in the column that is chosen.
        let shown = "return [...document.querySelectorAll('th')].some(head => head.firstChild.textContent === document.querySelector('#text_field').value)";
        assert_eq!(browser.run(shown), json!(true), "{name}");
        assert!(
            browser
                .text("#main")
                .contains("The app crashes every time I open"),
            "{name}"
        );
        if name == "label_studio.json" {
            look_at(&browser, "batch-staged");
        }
        browser.click("form.card button.main");
        let began = Instant::now();
        browser.until("document.body.innerText.includes('What next?')");
        assert!(began.elapsed() < Duration::from_secs(20), "{name}");
        let main = browser.text("#main");
        let total = format!("{} of {}", 8 + rejected, 8 + rejected);
        assert!(main.contains(&total), "{name}: {main}");
        assert_eq!(main.contains("set aside"), rejected > 0, "{name}: {main}");
    }
    browser.is_clean();
}
