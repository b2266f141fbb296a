//! `insight` on spreadsheets of reviews with two planted stories and with none.

use serde_json::Value;

use crate::place::Place;

fn report(place: &Place, file: &str, folder: &str) -> String {
    let input = feedback_testkit::fixture(file);
    place
        .program(&format!("insight --report {folder}"))
        .arg(input)
        .run()
        .code(0)
        .says(&[
            "the text is in the field `Review`",
            "the date is in the field `Date`",
        ]);
    place.read(&format!("{folder}/insight.md"))
}

#[test]
fn planted_stories_are_the_headlines_without_an_option() {
    let place = Place::new();
    let page = report(&place, "reviews.csv", "first");
    let first: Vec<&str> = page.lines().take(10).collect();
    let first = first.join("\n");
    assert!(first.contains("4.2") && first.contains("Germany"), "{first}");
    assert!(first.contains("95 %"), "{first}");
    let found: Value = place.json("first/insight.json");
    assert_eq!(
        found["headlines"].as_array().unwrap().len(),
        2,
        "{}",
        found["headlines"]
    );
    report(&place, "reviews.csv", "second");
    assert_eq!(
        place.read("first/insight.json"),
        place.read("second/insight.json")
    );
    assert!(place.read("first/insight.html").starts_with("<!DOCTYPE html>"));
}

#[test]
fn without_stories_nothing_moved() {
    let place = Place::new();
    let page = report(&place, "reviews_quiet.csv", "quiet");
    let first: Vec<&str> = page.lines().take(10).collect();
    assert!(first.join("\n").contains("othing moved"), "{first:?}");
}

/// The story is divided among several themes, none of which stands out.
#[test]
fn a_story_that_is_told_in_many_ways_is_a_headline() {
    let place = Place::new();
    let input = feedback_testkit::fixture("exports.csv");
    let _ = place.program("insight --report divided").arg(input).run().code(0);
    let found: Value = place.json("divided/insight.json");
    let first = &found["headlines"][0];
    assert!(first["metric"].as_str().unwrap().starts_with("group-"), "{first}");
    assert!(first["change"]["change"].as_f64().unwrap() > 0.1, "{first}");
    let page = place.read("divided/insight.md");
    assert!(!page.contains("othing moved"), "{page}");
}

#[test]
fn dates_that_cannot_be_told_apart_are_asked_for() {
    let place = Place::new();
    let rows: String = (0..30)
        .map(|row| format!("0{}/0{}/2025,it is slow today {row}\n", row % 9 + 1, row % 8 + 1))
        .collect();
    place.write("a.csv", format!("Date,Comment\n{rows}"));
    place.refuses(
        "insight a.csv",
        2,
        &["day or the month comes first", "--date-order day-first"],
    );
    place.run("insight a.csv --date-order day-first");
    place.refuses("insight a.csv --date-field When", 2, &["no field `When`"]);
}

#[test]
fn lists_of_labels_are_categories_that_are_named() {
    let place = Place::new();
    let mut rows = String::new();
    for row in 0..40 {
        let label = if row % 4 == 0 {
            r#"["bug", "slow"]"#
        } else {
            r#"["bug"]"#
        };
        rows += &format!("{{\"text\": \"page {row} crashes when I open it\", \"label\": {label}}}\n");
    }
    place.write("lists.jsonl", rows);
    let found = place.run("insight lists.jsonl --report out");
    assert!(
        found
            .stderr
            .contains("10 texts have several labels; each combination"),
        "{found}"
    );
    let report = place.read("out/insight.json");
    assert!(
        report.contains("\"bug; slow\"") && !report.contains("[\\\"bug"),
        "{report}"
    );
}

/// What `predict` wrote is the category with its confidence, and no segment.
#[test]
fn a_file_that_was_classified_says_the_same_as_before() {
    let place = Place::new();
    let reviews = feedback_testkit::fixture("reviews.csv");
    place.write("reviews.csv", fs_err::read(reviews).unwrap());
    place.run("predict --model builtin --input reviews.csv --text-field Review --output predicted.csv");
    let raw = place.run("insight reviews.csv --report raw --by plan,country");
    let found = place.run("insight predicted.csv --report again --by plan,country");
    assert!(
        found
            .stderr
            .contains("the category is in the field `predicted_label`"),
        "{found}"
    );
    let first = |stdout: &str| -> Vec<String> {
        let lines = stdout
            .lines()
            .filter(|line| line.contains(" rose ") || line.contains(" fell "));
        lines.take(2).map(str::to_owned).collect()
    };
    assert!(!first(&raw.stdout).is_empty());
    assert_eq!(first(&found.stdout), first(&raw.stdout));
    assert!(
        !found.stdout.contains("unknown_share") && !found.stdout.contains("answer_"),
        "{found}"
    );
}

#[test]
fn personal_data_in_fields_are_masked_and_a_rating_needs_numbers() {
    let place = Place::new();
    let mut rows = String::from("text,Customer email,Plan\n");
    for row in 0..60 {
        rows += &format!(
            "page {row} crashes when I open it,u{}@example.com,Free\n",
            row % 4
        );
    }
    place.write("rows.csv", rows);
    place.run("insight rows.csv --report masked --mask-personal-data");
    for file in ["insight.md", "insight.json", "insight.html"] {
        let found = place.read(&format!("masked/{file}"));
        assert!(!found.contains("@example.com"), "{file}");
    }
    place.refuses(
        "insight rows.csv --report out --rating-field Plan",
        2,
        &["`Plan` has no number"],
    );
}

/// A text that is in the file twice says nothing more about what people write.
#[test]
fn copies_of_a_file_have_its_themes() {
    let place = Place::new();
    let reviews = fs_err::read_to_string(feedback_testkit::fixture("reviews.csv")).unwrap();
    let (header, rows) = reviews.split_once('\n').unwrap();
    place.write("once.csv", format!("{header}\n{rows}"));
    place.write("twice.csv", format!("{header}\n{rows}{rows}"));
    let n = |file: &str, folder: &str| {
        place.run(&format!("insight {file} --report {folder}"));
        place.json(&format!("{folder}/insight.json"))["themes"]
            .as_array()
            .unwrap()
            .len()
    };
    let (once, twice) = (n("once.csv", "a"), n("twice.csv", "b"));
    assert!(
        once > 4 && twice >= once / 2 && twice <= once * 2,
        "{once} {twice}"
    );
}

/// 240 answers to a survey: in May, the help desk of the plan "pro" answers later and its customers recommend less.
fn survey() -> String {
    let mut rows = String::from("Date,Comment,NPS,First reply (hours),Plan,Region\n");
    for row in 0..240 {
        let (month, day) = (4 + row / 120, 1 + row % 30);
        let plan = ["pro", "free", "pro", "team"][row % 4];
        let is_slow = month == 5 && plan == "pro";
        let answer = if is_slow {
            [2, 3, 6, 7, 5][row % 5]
        } else {
            [10, 9, 8, 9, 10][row % 5]
        };
        let hours = if is_slow {
            "30,5"
        } else {
            ["4", "12", "n/a"][row % 3]
        };
        let what = [
            "the reply came after days",
            "a friendly answer",
            "the search finds nothing",
            "it syncs well",
        ][row % 4];
        rows += &format!(
            "2025-0{month}-{day:02},{what} no. {row},{answer},\"{hours}\",{plan},{}\n",
            ["north", "south"][row / 2 % 2]
        );
    }
    rows
}

#[test]
fn net_promoter_scores_and_service_levels_are_compared() {
    let place = Place::new();
    place.write("survey.csv", survey());
    let said = [
        "the net promoter score is that of the field `NPS`",
        "no field holds a rating",
        "values of `First reply (hours)` cannot be read, the first in line",
    ];
    let _ = place
        .program("insight survey.csv --period month")
        .arg("--measure")
        .arg("first reply (hours)<=24")
        .run()
        .code(0)
        .says(&said);
    let found: Value = place.json("insight/insight.json");
    assert_eq!(found["rating"], Value::Null);
    let [score, level] = [&found["measures"][0], &found["measures"][1]];
    let before = score["change"]["before"]["value"].as_f64().unwrap();
    let after = score["change"]["after"]["value"].as_f64().unwrap();
    // Of five answers in turn, four are promoters and one is passive; of the slow half, four of five are detractors.
    assert!(
        (before - 80.0).abs() < 1e-9 && (after - 0.0).abs() < 1e-9,
        "{score}"
    );
    assert_eq!(level["change"]["before"]["value"], 1.0);
    let page = place.read("insight/insight.md");
    assert!(
        page.contains("The net promoter score of NPS fell from 80 to 0"),
        "{page}"
    );
    assert!(
        page.contains("Share of texts with First reply (hours) of at most 24"),
        "{page}"
    );
    let checked = place.program("insight survey.csv --model builtin --audits 45/60 --measure Region=yes");
    let _ = checked.run().fails(2, &["the field `Region` has no number"]);
    place.run("insight survey.csv --audits 45/60 --measure confidence");
    let found: Value = place.json("insight/insight.json");
    let confidence = found["measures"][1]["overall"]["value"].as_f64().unwrap();
    assert!((0.125..=1.0).contains(&confidence), "{confidence}");
    let page = place.read("insight/insight.md");
    assert!(
        page.contains("People checked 60 texts drawn at random: the model is right for 75 % of them"),
        "{page}"
    );
    place.refuses("insight survey.csv --audits 61/60", 2, &["such as 47/60"]);
    place.refuses("insight survey.csv --measure Price", 2, &["no field `Price`"]);
    place.refuses(
        "insight survey.csv --measure Plan",
        2,
        &["the field `Plan` has no number"],
    );
    place.refuses(
        "insight survey.csv --measure NPS<=x",
        2,
        &["expected the name of a field"],
    );
}

#[test]
fn each_segment_has_a_report_of_the_same_periods() {
    let place = Place::new();
    place.write("survey.csv", survey());
    let _ = place
        .program("insight survey.csv --period month --until 2025-05-20 --each plan")
        .run()
        .code(0)
        .says(&["Plan pro: ", "plan-free"]);
    let whole: Value = place.json("insight/insight.json");
    assert_eq!(whole["periods"]["current"]["last"], "2025-05-20");
    let mut texts = 0;
    for plan in ["pro", "free", "team"] {
        let part: Value = place.json(&format!("insight/plan-{plan}/insight.json"));
        for period in ["current", "previous"] {
            assert_eq!(
                part["periods"][period]["first"], whole["periods"][period]["first"],
                "{plan}"
            );
        }
        texts += part["coverage"]["texts"]["n"].as_u64().unwrap();
    }
    assert_eq!(texts, 240);
    let pro = place.read("insight/plan-pro/insight.md");
    assert!(pro.contains("net promoter score of NPS fell"), "{pro}");
    place.refuses("insight survey.csv --each Price", 2, &["`--each` is `Price`"]);
    place.refuses(
        "insight survey.csv --until yesterday",
        2,
        &["a day such as 2025-06-30"],
    );
}

#[test]
fn numbers_are_read_as_people_write_them() {
    let place = Place::new();
    let mut rows = String::from("Date,Comment,NPS,NPS of the app,Amount,Solved\n");
    for row in 0..120 {
        let month = 4 + row / 60;
        let nps = if row % 12 == 0 {
            "n/a".to_owned()
        } else {
            format!("{} - answer", row % 11)
        };
        let amount = ["\"1,234\"", "950", "\"12,500\""][row % 3];
        rows += &format!(
            "2025-0{month}-{:02},text {row} of many,{nps},{},{amount},{}\n",
            1 + row % 28,
            row * 7 % 11,
            ["yes", "no"][row % 2]
        );
    }
    place.write("a.csv", rows);
    let said = [
        "the net promoter score is that of the field `NPS`",
        "the net promoter score is that of the field `NPS of the app`",
        "10 values of `NPS` cannot be read, the first in line 2",
        "commas in `Amount` divide thousands, as in 1,234",
    ];
    let all = "--measure NPS<=6 --measure Amount --measure Solved=yes --measure Solved";
    let _ = place
        .program(&format!("insight a.csv --period month {all}"))
        .run()
        .code(0)
        .says(&said);
    let found: Value = place.json("insight/insight.json");
    let level = |place: usize| found["measures"][place]["overall"]["value"].as_f64().unwrap();
    let answers: Vec<usize> = (0..120).filter(|row| row % 12 != 0).map(|row| row % 11).collect();
    let share = |of: &dyn Fn(usize) -> bool| {
        answers.iter().filter(|answer| of(**answer)).count() as f64 / answers.len() as f64
    };
    assert!(
        (level(0) - 100.0 * (share(&|answer| answer >= 9) - share(&|answer| answer <= 6))).abs() < 1e-9,
        "{}",
        level(0)
    );
    assert!(
        (level(2) - share(&|answer| answer <= 6)).abs() < 1e-9,
        "another measure of the same field"
    );
    assert!((level(3) - (1234.0 + 950.0 + 12_500.0) / 3.0).abs() < 1e-9);
    assert_eq!((level(4), level(5)), (0.5, 0.5));
    place.write(
        "labelled.csv",
        "text,label\n".to_owned() + &"it crashes,bug\n".repeat(12),
    );
    place.refuses(
        "insight labelled.csv --label-field label --measure confidence",
        2,
        &["categories that a model chose"],
    );
    place.refuses("insight a.csv --audits 90/130", 2, &["at most all"]);
}
