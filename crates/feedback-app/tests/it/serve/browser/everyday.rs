//! What people do every day: by mouse, by keyboard, by touch and without scripts.

use std::path::Path;
use std::time::{Duration, Instant};

use feedback_testkit::fixture;
use serde_json::{Value, json};

use super::driver::Browser;
use super::hand::Hand;
use crate::serve::http::{classify_file, get, post, wait_for_themes};
use crate::serve::process::Serve;

/// A person at a page.
struct Person<'a> {
    hand: Hand,
    browser: &'a Browser,
    serve: &'a Serve,
}

impl Person<'_> {
    fn open(&self, path: &str) {
        self.browser.open(path);
    }

    fn press(&self, css: &str) {
        self.hand.press(self.browser, css);
    }

    fn write(&self, css: &str, text: &str) {
        self.hand.write(self.browser, css, text);
    }

    fn choose(&self, css: &str, option: &str) {
        self.hand.choose(self.browser, css, option);
    }

    fn sees(&self, sign: &str) {
        self.hand.wait_for(self.browser, sign);
    }

    fn get(&self, path: &str) -> Value {
        get(&self.serve.addr, path).unwrap().json()
    }

    /// Waits until what the API says is as expected.
    fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        loop {
            let answer = self.get(path);
            if is_so(&answer) {
                return;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{:?}, {path}: {answer}\n{}",
                self.hand,
                self.browser.text("main")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn corrections(&self) -> Vec<Value> {
        let found = self.get("/api/v1/corrections?limit=200");
        found["items"].as_array().unwrap().clone()
    }

    fn n_in_history(&self, filter: &str) -> usize {
        let found = self.get(&format!("/api/v1/history?limit=100&{filter}"));
        found["items"].as_array().unwrap().len()
    }

    /// Opens the folds that hide an element.
    fn unfold(&self, css: &str) {
        self.browser.wait(css);
        let is_visible = format!("return document.querySelector({}).checkVisibility()", json!(css));
        for _ in 0..3 {
            if self.browser.run(&is_visible) == json!(true) {
                return;
            }
            self.press(&format!("details:not([open]):has({css}) > summary"));
        }
        panic!("{:?}: {css} cannot be unfolded", self.hand);
    }
}

#[test]
fn everyday_flows_work_by_mouse_keys_touch_and_without_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start_model(Path::new("builtin"), &folder.path().join("state"), &[]);
    let Some(browser) = Browser::start(&serve.addr) else {
        return;
    };
    let sample = fs_err::read_to_string(fixture("reviews.csv")).unwrap();
    classify_file(&serve.addr, "reviews.csv", &sample);
    wait_for_themes(&serve.addr, 400);
    for hand in Hand::ALL {
        hand.begin(&browser);
        let (browser, serve) = (&browser, &serve);
        let person = Person { hand, browser, serve };
        classifies_corrects_and_erases(&person);
        uploads_and_removes(&person, folder.path());
        explores_and_saves_a_view(&person);
        changes_a_theme(&person);
        makes_a_theme_a_label(&person);
        works_on_the_inbox(&person);
        adds_a_rule(&person);
        reviews(&person);
        labels_many_at_once(&person);
        makes_a_report(&person);
        browser.is_clean();
    }
}

fn classifies_corrects_and_erases(person: &Person<'_>) {
    let text = format!("It crashes when {:?} opens a photo", person.hand);
    person.open("/");
    person.write("#text", &text);
    person.press("form[action='/analyze'] button.main");
    person.press("button[name=label][value=usage_tip]");
    person.until("/api/v1/corrections", |found| {
        found["items"][0]["text"] == text.as_str() && found["items"][0]["label"] == "usage_tip"
    });
    let query = format!("q=when+{:?}+opens", person.hand);
    person.open(&format!("/history?{query}"));
    person.unfold("form[action$='/erase']");
    person.press("form[action$='/erase'] button.danger");
    person.until(&format!("/api/v1/history?{query}"), |found| {
        found["items"] == json!([])
    });
}

/// The visitor chooses the column with the texts, because the guess is another one.
fn uploads_and_removes(person: &Person<'_>, folder: &Path) {
    let path = folder.join(format!("{:?}.csv", person.hand));
    let rows: String = (0..5)
        .map(|row| {
            format!(
                "this is a longer remark that is not meant and has number {row},\"slow, again {row}\",{:?}\n",
                person.hand
            )
        })
        .collect();
    fs_err::write(&path, format!("comment,other words,team\n{rows}")).unwrap();
    person.open("/batches");
    person
        .browser
        .type_into("input[type=file]", path.to_str().unwrap());
    person.press("form[enctype] button.main");
    person
        .browser
        .until("/batches.[0-9]+$/.test(location.pathname) && document.readyState === 'complete'");
    let batch = person.browser.path();
    person.choose("#text_field", "other words");
    person.press("form[action$='/start'] button.main");
    person.sees("What next?");
    let of_hand = format!("field[team]={:?}", person.hand);
    assert_eq!(person.n_in_history(&of_hand), 5, "{:?}", person.hand);
    assert_eq!(
        person.n_in_history(&format!("{of_hand}&q=slow")),
        5,
        "{:?}",
        person.hand
    );

    person.open(&batch);
    person.unfold("form[action$='/delete']");
    person.press("form[action$='/delete'] button.danger");
    person.until(&format!("/api/v1/history?{of_hand}"), |found| {
        found["items"] == json!([])
    });
}

fn explores_and_saves_a_view(person: &Person<'_>) {
    person.open("/explore");
    person.choose("#what", "complaint");
    person.choose("#by", "Plan");
    person.press("form[action='/explore']:not([role]) button.main");
    person.browser.until("location.search.includes('by=Plan') && document.querySelectorAll('svg.chart path.whisker').length > 2");
    person.unfold("#q");
    person.write("#q", "the");
    person.press("form[role=search] button.main");
    person
        .browser
        .until("location.search.includes('q=the') && location.search.includes('by=Plan')");
    let name = format!("Complaints of {:?}", person.hand);
    person.unfold("#view-name");
    person.write("#view-name", &name);
    person.press("form[action='/views'] button");
    person.until("/api/v1/views", |found| {
        let mut views = found.as_array().unwrap().iter();
        views.any(|view| view["name"] == name.as_str())
    });

    person.open("/explore");
    person.choose("#by", "theme");
    person.choose("#compare", "the period before");
    person.press("form[action='/explore']:not([role]) button.main");
    let is_there = "document.readyState === 'complete' && document.querySelector('#compared') !== null";
    person.browser.until(is_there);
    let rows = "return document.querySelectorAll('#compared tbody tr').length";
    assert!(person.browser.run(rows).as_u64() > Some(2), "{:?}", person.hand);
    if person.hand == Hand::Mouse {
        copies_charts(person);
    }
}

/// The clipboard has a picture of the charts, and a table that a spreadsheet reads.
fn copies_charts(person: &Person<'_>) {
    let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    person.browser.devtools("Browser.grantPermissions", &permissions);
    person.open("/explore");
    let copied = |words: &str, read: &str| {
        let button = format!(
            "[...document.querySelectorAll('.copy button')].find((one) => one.textContent === '{words}')"
        );
        person.browser.until(&format!("{button} !== undefined"));
        person.browser.run(&format!("{button}.id = 'copy'"));
        person.press("#copy");
        person.sees("Copied");
        person.browser.run("document.getElementById('copy').id = ''");
        person.browser.run_async(&format!("navigator.clipboard.{read}"))
    };
    // The size of the picture, and how many colours it has: an empty one has a single colour.
    let picture = copied(
        "Copy as picture",
        "read().then(async ([item]) => {
            const image = await createImageBitmap(await item.getType('image/png'));
            const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
            context.drawImage(image, 0, 0);
            const { data } = context.getImageData(0, 0, image.width, image.height);
            const colours = new Set(new Uint32Array(data.buffer));
            arguments[0]([image.width, image.height, colours.size]);
        })",
    );
    let [width, height, colours] = [0, 1, 2].map(|at| picture[at].as_u64().unwrap());
    assert!(width > 600 && height > 400 && colours > 20, "{picture}");
    let table = copied("Copy as table", "readText().then((text) => arguments[0](text))");
    let table = table.as_str().unwrap();
    assert!(table.contains("complaint") && table.contains('\t'), "{table}");
}

/// Returns the theme of all texts with this id.
fn theme(themes: &Value, id: u64) -> &Value {
    let themes = themes["groups"][0]["themes"].as_array().unwrap();
    themes
        .iter()
        .find(|theme| theme["id"] == id)
        .unwrap_or(&Value::Null)
}

fn changes_a_theme(person: &Person<'_>) {
    let themes = "/api/v1/themes";
    let changed = |press: &str, is_so: &dyn Fn(&Value) -> bool| {
        person.open("/themes");
        person.unfold("#name-0");
        person.press(&format!("#theme-0 button[value={press}]"));
        person.until(themes, |found| is_so(theme(found, 0)));
    };
    let name = format!("Named by {:?}", person.hand);
    person.open("/themes");
    person.unfold("#name-0");
    person.write("#name-0", &name);
    person.press("#theme-0 button[value=rename]");
    person.until(themes, |found| theme(found, 0)["name"] == name.as_str());
    changed("pin", &|theme| theme["pinned"] == true);
    changed("unpin", &|theme| theme["pinned"] == false);
    changed("hide", &|theme| theme["hidden"] == true);
    changed("show", &|theme| theme["hidden"] == false);

    person.open("/themes");
    person.unfold("#name-0");
    // A theme has no name for a while after one of its texts was erased.
    let other = "return document.querySelector('#into-0 option[value=\"1\"]').text";
    let other = person.browser.run(other);
    person.choose("#into-0", other.as_str().unwrap());
    person.press("#theme-0 button[value=merge]");
    person.until(themes, |found| theme(found, 0).is_null());
    person.open("/themes");
    person.unfold("#name-1");
    person.press("#theme-1 button[value=separate]");
    person.until(themes, |found| !theme(found, 0).is_null());
}

fn makes_a_theme_a_label(person: &Person<'_>) {
    let label = format!("topic of {:?}", person.hand);
    person.open("/themes");
    person.unfold("#label-0");
    person.write("#label-0", &label);
    person.press("form[action='/themes/0/label'] button");
    person.until("/api/v1/themes", |found| {
        theme(found, 0)["label"] == label.as_str()
    });
    person.open("/themes");
    person.press("form[action='/themes/0/label'] button[name=undo]");
    person.until("/api/v1/themes", |found| theme(found, 0)["label"].is_null());
}

fn works_on_the_inbox(person: &Person<'_>) {
    let text = format!("There is a smell of gas in the shop of {:?}", person.hand);
    let before = person.get("/api/v1/inbox")["total"].as_u64().unwrap();
    let body = json!({ "texts": [text] });
    post(&person.serve.addr, "/api/v1/classify", &body).unwrap();
    person.until("/api/v1/inbox", |found| found["total"].as_u64() > Some(before));
    person.open("/inbox?state=open");
    let of_entry = person.browser.run(
        "return document.querySelector(\"section.card form[action^='/inbox/']\").getAttribute('action')",
    );
    let of_entry = of_entry.as_str().unwrap();
    let entry = |state: &str| {
        let found = person.get("/api/v1/inbox?state=all&limit=500");
        let entries = found["items"].as_array().unwrap().iter();
        let id: u64 = of_entry.rsplit('/').next().unwrap().parse().unwrap();
        let entry = entries.clone().find(|entry| entry["id"] == id).unwrap().clone();
        assert_eq!(entry["state"], state, "{:?}: {entry}", person.hand);
        entry
    };
    person.press(&format!("form[action='{of_entry}'] button[value=take]"));
    person.browser.until("document.readyState === 'complete' && document.querySelector('dl.pairs')?.innerText.includes('local')");
    assert_eq!(entry("open")["owner"], "local");
    person.unfold(&format!("form[action='{of_entry}'] textarea"));
    person.write(&format!("form[action='{of_entry}'] input[name=team]"), "shops");
    person.write(&format!("form[action='{of_entry}'] textarea"), "rang them");
    person.press(&format!("form[action='{of_entry}'] button[value=save]"));
    person.sees("rang them");
    let saved = entry("open");
    assert_eq!(
        (&saved["team"], &saved["notes"][0]["text"]),
        (&json!("shops"), &json!("rang them"))
    );
    person.press(&format!("form[action='{of_entry}'] button[value=done]"));
    person.until("/api/v1/inbox?state=open", |found| {
        found["total"].as_u64() <= Some(before)
    });
    entry("done");
}

fn adds_a_rule(person: &Person<'_>) {
    let name = format!("Rule of {:?}", person.hand);
    person.open("/rules");
    person.unfold("#name");
    person.write("#name", &name);
    person.write("#words", "colour*");
    person.write("#team", "design");
    person.press("button[value=add]");
    person
        .browser
        .until("location.pathname === '/rules/try' && document.readyState === 'complete'");
    person.press("form[action='/rules'] button.main");
    person.until("/api/v1/rules", |found| {
        found["toml"].as_str().unwrap().contains(&name)
    });
}

fn reviews(person: &Person<'_>) {
    let label = format!("pricing of {:?}", person.hand);
    person.open("/review");
    person.unfold("#new-label");
    person.write("#new-label", &label);
    person.press("form[action='/labels'] button");
    person.until("/api/v1/labels", |found| {
        let mut labels = found.as_array().unwrap().iter();
        labels.any(|one| one["label"] == label.as_str())
    });
    let before = person.corrections().len();
    person.open("/review");
    person.press(".queue li:first-child button[value=usage_tip]");
    person.until("/api/v1/corrections?limit=200", |found| {
        found["items"].as_array().unwrap().len() == before + 1
    });
    person.press(match person.hand {
        Hand::NoScript => "form.note button[name=undo]",
        _ => ".queue [data-undo]",
    });
    person.until("/api/v1/corrections?limit=200", |found| {
        found["items"].as_array().unwrap().len() == before
    });
}

fn labels_many_at_once(person: &Person<'_>) {
    let before = person.corrections().len();
    person.open("/history?q=parcel");
    let n = person.n_in_history("q=parcel");
    person.unfold("#bulk-label");
    person.choose("#bulk-label", "documentation");
    person.press("form[action='/labels/bulk'] button");
    person.sees(&format!("{n} texts were given the label"));
    assert_eq!(person.corrections().len(), before + n, "{:?}", person.hand);
    person.press("form[action^='/labels/bulk/'] button");
    person.until("/api/v1/corrections?limit=200", |found| {
        found["items"].as_array().unwrap().len() == before
    });
}

fn makes_a_report(person: &Person<'_>) {
    person.open("/report");
    person.press("form[method=post][action='/report'] button.main");
    person.sees("beyond chance");
    let files = person.browser.run("return [...document.querySelectorAll(\"a[href*='/report']\")].map((link) => link.getAttribute('href')).filter((link) => /xlsx|html/.test(link))");
    let files = files.as_array().unwrap();
    assert!(files.len() >= 2, "{:?}: {files:?}", person.hand);
    for file in files {
        let script = format!("fetch({file}).then((answer) => arguments[0](answer.status))");
        assert_eq!(person.browser.run_async(&script), json!(200), "{file}");
    }
}
