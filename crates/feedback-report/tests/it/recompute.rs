//! Recomputes every number of `insight.json` from the rows that it links to and from the spreadsheet.

use std::collections::{BTreeMap, BTreeSet};

use feedback_drivers::{
    Breakdown, DriverOptions, Drivers, Effect, Field, Metric, Rows, Segment, composition_p_value,
    find_drivers, theme_impact,
};
use feedback_metrics::statistics::BootstrapOptions;
use feedback_report::{Measure, MeasureKind, Report, ReportOptions};
use serde_json::Value;

use crate::sheet::Sheet;

/// The rows with lines in ranges such as `2-14, 17`.
fn rows_of_lines(lines: &str, sheet: &Sheet) -> BTreeSet<usize> {
    let ranges = lines.split(", ").filter(|range| !range.is_empty()).map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        first.parse::<u64>().unwrap()..=last.parse::<u64>().unwrap()
    });
    let rows =
        ranges.flat_map(|range| (0..sheet.lines.len()).filter(move |&row| range.contains(&sheet.lines[row])));
    rows.collect()
}

/// The rows that are in all of some sets of a report and in none of others, ascending.
pub(crate) fn rows_of(report: &Report, sheet: &Sheet, sets: &[String], except: &[String]) -> Vec<usize> {
    let rows = |id: &String| {
        let set = report.sets.iter().find(|set| set.id == *id);
        set.map_or_else(BTreeSet::new, |set| rows_of_lines(&set.lines, sheet))
    };
    let mut found: BTreeSet<usize> = (0..sheet.lines.len()).collect();
    for id in sets {
        found = &found & &rows(id);
    }
    for id in except {
        found = &found - &rows(id);
    }
    found.into_iter().collect()
}

/// A report as JSON, and the numbers of it that were recomputed.
struct Audit<'a> {
    json: Value,
    report: &'a Report,
    sheet: &'a Sheet,
    bootstrap: BootstrapOptions,
    groups: Vec<usize>,
    checked: BTreeSet<String>,
    /// All tests of the report.
    tests: Drivers,
    metrics: Vec<String>,
    /// The metric whose numbers are recomputed, if it is about numbers and not about sets.
    metric: String,
}

impl<'a> Audit<'a> {
    fn new(report: &'a Report, sheet: &'a Sheet, options: &ReportOptions) -> Self {
        let mut seen = BTreeMap::new();
        let group = |text: &String| {
            let next = seen.len();
            *seen.entry(text.clone()).or_insert(next)
        };
        let mut audit = Self {
            json: serde_json::from_str(&report.to_json().unwrap()).unwrap(),
            report,
            sheet,
            bootstrap: BootstrapOptions::default()
                .with_resamples(options.resamples)
                .with_seed(options.seed),
            // Repeated texts are equal.
            groups: sheet.texts.iter().map(group).collect(),
            checked: BTreeSet::new(),
            tests: no_tests(),
            metrics: Vec::new(),
            metric: "rating".to_owned(),
        };
        audit.run_tests();
        audit
    }

    fn rows(&self, sets: &[&str]) -> Vec<usize> {
        let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
        rows_of(self.report, self.sheet, &sets, &[])
    }

    /// The values of a metric: those of the rows of a set, or the stars.
    fn values(&self, metric: &str) -> Vec<f64> {
        let number = |name: &str| {
            &self
                .sheet
                .numbers
                .iter()
                .find(|(found, _)| found == name)
                .unwrap()
                .1
        };
        match metric {
            "rating" => return self.sheet.stars.clone(),
            "measure-1" => {
                let answers = number("Recommend").iter();
                return answers
                    .map(|answer| {
                        if answer.is_nan() {
                            f64::NAN
                        } else {
                            100.0 * (f64::from(*answer > 8.5) - f64::from(*answer < 6.5))
                        }
                    })
                    .collect();
            }
            "measure-2" => {
                let hours = number("Hours").iter();
                return hours
                    .map(|hours| {
                        if hours.is_nan() {
                            f64::NAN
                        } else {
                            f64::from(*hours < 24.5)
                        }
                    })
                    .collect();
            }
            "measure-3" => return number("Hours").clone(),
            _ => {}
        }
        let rows: BTreeSet<usize> = self.rows(&[metric]).into_iter().collect();
        (0..self.sheet.lines.len())
            .map(|row| f64::from(u8::from(rows.contains(&row))))
            .collect()
    }

    /// Runs all tests of the report on the sets that it names.
    fn run_tests(&mut self) {
        let rows: Vec<usize> = self
            .rows(&["current"])
            .into_iter()
            .chain(self.rows(&["previous"]))
            .collect();
        let rows: BTreeSet<usize> = rows.into_iter().collect();
        let rows: Vec<usize> = rows.into_iter().collect();
        let tested = |id: &&String| self.report.drivers.iter().any(|driver| driver.metric == **id);
        let ids = self
            .report
            .themes
            .iter()
            .chain(&self.report.groups)
            .chain(&self.report.categories)
            .map(|topic| &topic.id);
        let others = ["rating", "measure-1", "measure-2", "measure-3"].map(str::to_owned);
        let metrics: Vec<String> = ids.chain(&others).filter(tested).cloned().collect();
        let mut fields: BTreeMap<usize, Vec<usize>> = BTreeMap::from([(0, vec![0; self.sheet.lines.len()])]);
        for set in &self.report.sets {
            if let Some(number) = set.id.strip_prefix("field-") {
                let (field, segment) = number.split_once('-').unwrap();
                let of_rows = fields
                    .entry(field.parse().unwrap())
                    .or_insert_with(|| vec![usize::MAX; self.sheet.lines.len()]);
                for row in rows_of_lines(&set.lines, self.sheet) {
                    of_rows[row] = segment.parse::<usize>().unwrap() - 1;
                }
            }
        }
        let values: Vec<Vec<f64>> = metrics.iter().map(|metric| self.values(metric)).collect();
        let fields: Vec<Vec<usize>> = fields.into_values().collect();
        self.tests = self.find(&rows, &values, &fields);
        self.metrics = metrics;
    }

    fn find(&self, rows: &[usize], values: &[Vec<f64>], fields: &[Vec<usize>]) -> Drivers {
        let current: BTreeSet<usize> = self.rows(&["current"]).into_iter().collect();
        let after: Vec<bool> = rows.iter().map(|row| current.contains(row)).collect();
        let groups: Vec<usize> = rows.iter().map(|&row| self.groups[row]).collect();
        let pick = |values: &Vec<f64>| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
        let values: Vec<Vec<f64>> = values.iter().map(pick).collect();
        let fields: Vec<Vec<usize>> = fields
            .iter()
            .map(|of| rows.iter().map(|&row| of[row]).collect())
            .collect();
        let metrics: Vec<Metric<'_>> = values.iter().map(|values| Metric::new(values)).collect();
        // All texts weigh as much as all fields.
        let weight = |field: usize| if field == 0 { (fields.len() - 1).max(1) } else { 1 } as f64;
        let fields: Vec<Field<'_>> = fields
            .iter()
            .enumerate()
            .map(|(field, of)| Field::new(of).with_weight(weight(field)))
            .collect();
        let options = DriverOptions::default()
            .with_bootstrap(self.bootstrap)
            .with_min_rows(0);
        find_drivers(&Rows::new(&after, &groups).unwrap(), &metrics, &fields, &options).unwrap()
    }

    /// The number at a pointer, which counts as checked.
    fn number(&mut self, pointer: &str) -> f64 {
        self.checked.insert(pointer.to_owned());
        self.json
            .pointer(pointer)
            .and_then(Value::as_f64)
            .unwrap_or_else(|| panic!("{pointer} is no number"))
    }

    fn check(&mut self, pointer: &str, expected: f64) {
        let found = self.number(pointer);
        assert!(
            (found - expected).abs() < 1e-12,
            "{pointer}: {found}, expected {expected}"
        );
    }

    fn exists(&self, pointer: &str) -> bool {
        self.json.pointer(pointer).is_some_and(|value| !value.is_null())
    }

    fn text(&self, pointer: &str) -> String {
        self.json
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    }

    fn len(&self, pointer: &str) -> usize {
        self.json.pointer(pointer).unwrap().as_array().unwrap().len()
    }

    fn list(&self, pointer: &str) -> Vec<String> {
        let list = self.json.pointer(pointer).and_then(Value::as_array);
        list.map_or_else(Vec::new, |list| {
            list.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
        })
    }

    /// The rows of a count.
    fn count(&mut self, pointer: &str) -> Vec<usize> {
        let sets = self.list(&format!("{pointer}/sets"));
        let except = self.list(&format!("{pointer}/except"));
        assert!(!sets.is_empty(), "{pointer} has no link");
        let rows = rows_of(self.report, self.sheet, &sets, &except);
        self.check(&format!("{pointer}/n"), rows.len() as f64);
        rows
    }

    /// The rows of a level and their values.
    fn level(&mut self, pointer: &str) -> (Vec<usize>, Vec<f64>) {
        let rows = self.count(&format!("{pointer}/rows"));
        let mut values = self.values(&self.metric);
        if self.exists(&format!("{pointer}/texts")) {
            let texts: BTreeSet<usize> = self.count(&format!("{pointer}/texts")).into_iter().collect();
            values = (0..values.len())
                .map(|row| f64::from(u8::from(texts.contains(&row))))
                .collect();
        }
        let mean = rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64;
        self.check(&format!("{pointer}/value"), mean);
        (rows, values)
    }

    fn interval(&mut self, pointer: &str, expected: feedback_metrics::statistics::Interval) {
        self.check(&format!("{pointer}/low"), expected.low);
        self.check(&format!("{pointer}/high"), expected.high);
        self.check(&format!("{pointer}/confidence"), 0.95);
    }

    /// A change, whose p-values are those of an effect of the tests.
    fn change(&mut self, pointer: &str, effect: Effect) {
        let (before, mut values) = self.level(&format!("{pointer}/before"));
        let (after, later) = self.level(&format!("{pointer}/after"));
        after.iter().for_each(|&row| values[row] = later[row]);
        let rows: BTreeSet<usize> = before.into_iter().chain(after).collect();
        let rows: Vec<usize> = rows.into_iter().collect();
        let found = self.find(&rows, &[values], &[vec![0; self.sheet.lines.len()]]);
        self.check(&format!("{pointer}/change"), found.breakdowns[0].change);
        self.interval(&format!("{pointer}/interval"), found.breakdowns[0].interval);
        self.p_values(pointer, effect);
    }

    fn p_values(&mut self, pointer: &str, effect: Effect) {
        self.check(&format!("{pointer}/p_value"), effect.p_value);
        self.check(&format!("{pointer}/adjusted_p_value"), effect.adjusted_p_value);
        let significant = self.json.pointer(&format!("{pointer}/significant")).unwrap();
        assert_eq!(significant, &Value::Bool(effect.significant), "{pointer}");
    }

    fn effect(&mut self, pointer: &str, effect: Effect) {
        self.check(&format!("{pointer}/value"), effect.value);
        self.interval(&format!("{pointer}/interval"), effect.interval);
        self.p_values(pointer, effect);
    }

    fn breakdown(&self, metric: &str, field: usize) -> Breakdown {
        let metric = self.metrics.iter().position(|id| id == metric).unwrap();
        let found = self
            .tests
            .breakdowns
            .iter()
            .find(|found| (found.metric, found.field) == (metric, field));
        found.unwrap().clone()
    }

    fn quotes(&mut self, pointer: &str) {
        for number in 0..self.len(pointer) {
            let line = self.number(&format!("{pointer}/{number}/line")) as u64;
            let row = self.sheet.lines.iter().position(|&found| found == line).unwrap();
            let quote = self.text(&format!("{pointer}/{number}/text"));
            let words: Vec<&str> = self.sheet.texts[row].split_whitespace().collect();
            let text = words.join(" ");
            let kept = quote.strip_suffix(" …").unwrap_or(&quote);
            assert!(text.starts_with(kept), "{quote} is not the beginning of {text}");
        }
    }

    fn topics(&mut self, pointer: &str) {
        for number in 0..self.len(pointer) {
            let topic = format!("{pointer}/{number}");
            self.level(&format!("{topic}/overall"));
            if self.exists(&format!("{topic}/change")) {
                let id = self.text(&format!("{topic}/id"));
                let effect = self.breakdown(&id, 0).contributions[0].rate;
                self.change(&format!("{topic}/change"), effect);
            }
            if self.exists(&format!("{topic}/untested")) {
                self.level(&format!("{topic}/untested"));
            }
            if self.exists(&format!("{topic}/impact")) {
                self.impact(&format!("{topic}/impact"));
            }
            self.quotes(&format!("{topic}/quotes"));
        }
    }

    fn impact(&mut self, pointer: &str) {
        let (with, _) = self.level(&format!("{pointer}/with"));
        let (without, _) = self.level(&format!("{pointer}/without"));
        let rows: BTreeSet<usize> = with.iter().chain(&without).copied().collect();
        let values: Vec<f64> = rows.iter().map(|&row| self.sheet.stars[row]).collect();
        let is_with: Vec<bool> = rows.iter().map(|row| with.contains(row)).collect();
        let groups: Vec<usize> = rows.iter().map(|&row| self.groups[row]).collect();
        let found = theme_impact(&values, &is_with, &groups, &self.bootstrap).unwrap();
        self.check(&format!("{pointer}/difference"), found.difference);
        self.check(&format!("{pointer}/impact"), found.impact);
        self.interval(
            &format!("{pointer}/difference_interval"),
            found.difference_interval,
        );
        self.interval(&format!("{pointer}/impact_interval"), found.impact_interval);
    }

    fn drivers(&mut self) {
        for number in 0..self.len("/drivers") {
            let driver = format!("/drivers/{number}");
            let metric = self.text(&format!("{driver}/metric"));
            self.metric.clone_from(&metric);
            let mut sum = 0.0;
            for part in 0..self.len(&format!("{driver}/contributions")) {
                let part = format!("{driver}/contributions/{part}");
                let (field, contribution) =
                    self.contribution(&metric, &self.text(&format!("{part}/segment")));
                self.check(&format!("{driver}/change"), self.breakdown(&metric, field).change);
                for level in ["before", "after"].map(|period| format!("{part}/{period}")) {
                    if self.exists(&level) {
                        self.level(&level);
                    }
                }
                self.effect(&format!("{part}/mix"), contribution.mix);
                self.effect(&format!("{part}/rate"), contribution.rate);
                sum += contribution.mix.value + contribution.rate.value;
            }
            self.check(&format!("{driver}/change"), sum);
        }
    }

    /// The field and the contribution of a segment such as `field-2-3`. Fields are numbered in order of their sets.
    fn contribution(&self, metric: &str, segment: &str) -> (usize, feedback_drivers::Contribution) {
        let prefix = |id: &str| id.rsplit_once('-').unwrap().0.to_owned();
        let mut fields: Vec<String> = Vec::new();
        for set in self.report.sets.iter().filter(|set| set.id.starts_with("field-")) {
            if fields.last() != Some(&prefix(&set.id)) {
                fields.push(prefix(&set.id));
            }
        }
        let field = 1 + fields.iter().position(|found| *found == prefix(segment)).unwrap();
        let number: usize = segment.rsplit_once('-').unwrap().1.parse().unwrap();
        let breakdown = self.breakdown(metric, field);
        let is_it = |found: &&feedback_drivers::Contribution| found.segment == Segment::Value(number - 1);
        (field, *breakdown.contributions.iter().find(is_it).unwrap())
    }

    fn headlines(&mut self) {
        for number in 0..self.len("/headlines") {
            let headline = format!("/headlines/{number}");
            let metric = self.text(&format!("{headline}/metric"));
            let kind = self.text(&format!("{headline}/kind"));
            self.metric.clone_from(&metric);
            let mut effect = self.breakdown(&metric, 0).contributions[0].rate;
            if self.exists(&format!("{headline}/segment")) {
                let id = self.text(&format!("{headline}/segment/id"));
                let (_, found) = self.contribution(&metric, &id);
                let (mix, rate) = (found.mix.value, found.rate.value);
                let part = match kind.as_str() {
                    "overall" => mix + rate,
                    "segment" => rate,
                    _ => mix,
                };
                self.check(&format!("{headline}/segment/contribution"), part);
                match kind.as_str() {
                    "segment" => effect = found.rate,
                    "size" => effect = found.mix,
                    _ => {}
                }
            }
            self.change(&format!("{headline}/change"), effect);
            self.quotes(&format!("{headline}/quotes"));
        }
    }

    fn measures(&mut self) {
        assert_eq!(self.len("/measures"), 3);
        for number in 0..3 {
            let measure = format!("/measures/{number}");
            self.metric = self.text(&format!("{measure}/id"));
            self.level(&format!("{measure}/overall"));
            let effect = self.breakdown(&self.metric.clone(), 0).contributions[0].rate;
            self.change(&format!("{measure}/change"), effect);
            self.count(&format!("/coverage/without_value/{number}/rows"));
        }
        self.check("/measures/1/measure/kind/at_most", 24.0);
        self.check("/method/options/measures/1/kind/at_most", 24.0);
        self.metric = "rating".to_owned();
    }

    /// The test of the mix, with the tested themes of each row.
    fn mix(&mut self) {
        let tested: Vec<String> = self
            .metrics
            .iter()
            .filter(|id| id.starts_with("theme-"))
            .cloned()
            .collect();
        let of_themes: Vec<Vec<usize>> = tested.iter().map(|id| self.rows(&[id])).collect();
        let (current, previous) = (self.rows(&["current"]), self.rows(&["previous"]));
        let mut rows: Vec<usize> = current.iter().chain(&previous).copied().collect();
        rows.sort_unstable();
        let after: Vec<bool> = rows.iter().map(|row| current.contains(row)).collect();
        let groups: Vec<usize> = rows.iter().map(|&row| self.groups[row]).collect();
        let class = |row: &usize| {
            of_themes
                .iter()
                .position(|theme| theme.contains(row))
                .map_or(0, |theme| theme + 1)
        };
        let classes: Vec<usize> = rows.iter().map(class).collect();
        let found = composition_p_value(
            &Rows::new(&after, &groups).unwrap(),
            &classes,
            self.bootstrap.seed,
        );
        self.check("/mix/p_value", found.unwrap());
        self.check("/mix/level", 0.05 / 5.0);
    }

    fn coverage(&mut self) {
        for (name, count) in [
            ("texts", self.sheet.texts.len()),
            (
                "without_date",
                self.sheet.dates.iter().filter(|date| date.is_none()).count(),
            ),
            ("outside_periods", 0),
            ("without_label", 0),
            ("labels_of_model", self.sheet.labels.len()),
            ("unsure_labels", 0),
            (
                "without_rating",
                self.sheet.stars.iter().filter(|stars| stars.is_nan()).count(),
            ),
            (
                "repeated",
                self.sheet.texts.len() - self.groups.iter().collect::<BTreeSet<_>>().len(),
            ),
        ] {
            assert_eq!(self.count(&format!("/coverage/{name}")).len(), count, "{name}");
        }
        self.count("/coverage/without_theme");
        self.count("/coverage/left_out/0/rows");
    }

    /// The sets, from the spreadsheet.
    fn sets(&mut self) {
        let themes = self
            .sheet
            .with(|input| Report::find_themes(input, &ReportOptions::default()).unwrap());
        for number in 0..self.len("/sets") {
            let id = self.text(&format!("/sets/{number}/id"));
            let rows = rows_of_lines(&self.text(&format!("/sets/{number}/lines")), self.sheet);
            self.check(&format!("/sets/{number}/n"), rows.len() as f64);
            let title = self.text(&format!("/sets/{number}/title"));
            let kind = id.split('-').next().unwrap();
            for row in 0..self.sheet.lines.len() {
                let expected = match kind {
                    "theme" => {
                        Some(themes.of_rows()[row].is_some_and(|theme| id == format!("theme-{}", theme + 1)))
                    }
                    "group" => {
                        let topic = self.report.groups.iter().find(|group| group.id == id).unwrap();
                        let of_row = themes.of_rows()[row].map(|theme| format!("theme-{}", theme + 1));
                        Some(of_row.is_some_and(|theme| topic.themes.contains(&theme)))
                    }
                    "category" => Some(title == format!("Category “{}”", self.sheet.labels[row])),
                    "field" if !title.contains("other values") => {
                        let (name, value) = title.split_once(": ").unwrap();
                        let field = self.sheet.fields.iter().find(|(found, _)| found == name).unwrap();
                        let value = if value == "(no value)" { "" } else { value };
                        Some(field.1[row] == value)
                    }
                    "current" => Some(self.sheet.dates[row].is_some_and(|date| date >= APRIL)),
                    "previous" => Some(self.sheet.dates[row].is_some_and(|date| date < APRIL)),
                    _ => None,
                };
                assert!(
                    expected.is_none_or(|expected| expected == rows.contains(&row)),
                    "{id}, row {row}"
                );
            }
        }
    }

    fn rest(&mut self) {
        self.level("/rating/overall");
        let effect = self.breakdown("rating", 0).contributions[0].rate;
        self.change("/rating/change", effect);
        for period in ["current", "previous"] {
            self.count(&format!("/periods/{period}/texts"));
        }
        for number in 0..self.len("/unknown") {
            if self.exists(&format!("/unknown/{number}/rows")) {
                self.count(&format!("/unknown/{number}/rows"));
            }
        }
        for number in 0..self.len("/fields") {
            let name = self.text(&format!("/fields/{number}/name"));
            let values: BTreeSet<String> = match name.as_str() {
                "Stars" => self
                    .sheet
                    .stars
                    .iter()
                    .filter(|stars| !stars.is_nan())
                    .map(f64::to_string)
                    .collect(),
                "Recommend" | "Hours" => {
                    let numbers = self.sheet.numbers.iter().find(|(found, _)| *found == name);
                    numbers
                        .unwrap()
                        .1
                        .iter()
                        .filter(|number| !number.is_nan())
                        .map(f64::to_string)
                        .collect()
                }
                _ => self
                    .sheet
                    .fields
                    .iter()
                    .find(|(found, _)| *found == name)
                    .unwrap()
                    .1
                    .iter()
                    .cloned()
                    .collect(),
            };
            let n = values.iter().filter(|value| !value.is_empty()).count();
            self.check(&format!("/fields/{number}/values"), n as f64);
        }
        self.mix();
        self.check("/method/n_tests", self.tests.n_tests as f64);
        let options = serde_json::to_value(ReportOptions::default().with_resamples(200)).unwrap();
        for (name, value) in options.as_object().unwrap() {
            if let Some(value) = value.as_f64() {
                self.check(&format!("/method/options/{name}"), value);
            }
        }
    }
}

/// 2025-04-01 in microseconds since 1970.
const APRIL: i64 = 1_743_465_600_000_000;

fn no_tests() -> Drivers {
    let rows = Rows::new(&[false, false, true, true], &[0, 1, 2, 3]).unwrap();
    let options = DriverOptions::default().with_bootstrap(BootstrapOptions::default().with_resamples(1));
    find_drivers(&rows, &[Metric::new(&[0.0; 4])], &[Field::new(&[0; 4])], &options).unwrap()
}

/// The pointers of all numbers.
fn numbers(value: &Value, pointer: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Number(_) => {
            found.insert(pointer.to_owned());
        }
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                numbers(value, &format!("{pointer}/{place}"), found);
            }
        }
        Value::Object(values) => {
            for (name, value) in values {
                numbers(value, &format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_number_follows_from_the_rows_it_links_to() {
    for name in ["reviews.csv", "reviews_quiet.csv"] {
        let sheet = Sheet::read(name);
        let options = ReportOptions::default()
            .with_resamples(200)
            .with_rating("Stars")
            .with_measures(&[
                Measure::new("Recommend", MeasureKind::NetPromoterScore),
                "Hours<=24".parse().unwrap(),
                "Hours".parse().unwrap(),
            ]);
        let report = sheet.report(&options);
        let mut audit = Audit::new(&report, &sheet, &options);
        audit.coverage();
        audit.sets();
        audit.topics("/themes");
        audit.topics("/groups");
        audit.topics("/categories");
        audit.drivers();
        audit.headlines();
        audit.metric = "rating".to_owned();
        audit.measures();
        audit.rest();
        let mut all = BTreeSet::new();
        numbers(&audit.json, "", &mut all);
        let unchecked: Vec<&String> = all.difference(&audit.checked).collect();
        assert!(
            all.len() > 5_000 && unchecked.is_empty(),
            "{} numbers, unchecked: {unchecked:?}",
            all.len()
        );
    }
}

#[test]
fn the_words_of_a_headline_have_its_numbers() {
    let report = Sheet::read("reviews.csv").report(&ReportOptions::default().with_resamples(200));
    for headline in &report.headlines {
        let percent = |value: f64| format!("{:.1}", 100.0 * value.abs());
        let change = &headline.change;
        for value in [change.before.value, change.after.value] {
            assert!(
                headline.text.contains(&format!(" {} %", percent(value))),
                "{}",
                headline.text
            );
        }
        for value in [change.change, change.interval.low, change.interval.high] {
            let sign = if value < 0.0 { "−" } else { "+" };
            assert!(
                headline.text.contains(&format!("{sign}{}", percent(value))),
                "{}",
                headline.text
            );
        }
        let part = headline.segment.as_ref().unwrap();
        assert!(headline.text.contains(&percent(part.contribution)) && headline.text.contains(&part.value));
    }
}
