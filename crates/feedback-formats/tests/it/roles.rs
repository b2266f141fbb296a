//! What the columns of a file seem to be.

use feedback_dataset::read::ReadOptions;
use feedback_formats::{Limits, PREVIEW_ROWS, Roles, preview, rating};

fn roles(content: &str) -> Roles {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs_err::write(&path, content).unwrap();
    preview(&path, &ReadOptions::default(), &Limits::default(), PREVIEW_ROWS)
        .unwrap()
        .roles
}

/// A table with two columns of dates, of which the second has the time of the texts.
fn date_of(names: [&str; 2]) -> Option<String> {
    let [first, second] = names;
    roles(&format!(
        "id,text,{first},{second}\n1,it crashes often,2026-01-01,2025-03-01\n2,love it a lot,2026-01-02,2025-03-02\n"
    ))
    .date
}

#[test]
fn the_date_is_the_time_of_the_text_and_not_of_a_later_change() {
    for names in [
        ["updated_at", "opened_at"],
        ["updated_at", "received_on"],
        ["closed_at", "opened_at"],
        ["resolved_at", "sent_at"],
        ["Last update", "Answered at"],
        ["Updated At", "Reviewed On"],
        ["modified", "Erfasst"],
        ["Kaufdatum", "Bewertet am"],
        ["Kaufdatum", "Eingangsdatum"],
        ["order_date", "review_date"],
        ["date_of_purchase", "submitted"],
        ["registration date", "answered"],
        ["birthdate", "received"],
        ["date", "created_at"],
        ["Last Modified Date", "Date/Time Opened"],
        ["Ticket updated - Date", "Ticket created - Date"],
        ["last_seen", "when"],
        ["due", "somewhen"],
    ] {
        assert_eq!(date_of(names).as_deref(), Some(names[1]), "{names:?}");
        let [later, written] = names;
        let found = date_of([written, later]);
        assert_eq!(found.as_deref(), Some(written), "in the other order: {names:?}");
    }
    let only_later = roles("text,updated_at\nit crashes,2025-03-01\nlove it,2025-03-02\n");
    assert_eq!(only_later.date.as_deref(), Some("updated_at"));
    let nested = roles("text,user.created_at,date\nit crashes,2020-03-01,2025-03-01\n");
    assert_eq!(nested.date.as_deref(), Some("date"));
}

#[test]
fn dates_are_found_in_all_forms_under_any_name() {
    let forms = [
        ["3/15/2025", "3/16/2025"],
        ["15/03/2025", "16/03/2025"],
        ["15/03/2025 10:11", "16/03/2025 10:11"],
        ["15/03/2025 10:11:12", "16/03/2025 10:11:12"],
        ["15.03.2025", "16.03.2025"],
        ["15-03-2025", "16-03-2025"],
        ["05-Mar-25", "16-Mar-25"],
        ["2025/03/15", "2025/03/16"],
        ["2025-03-15", "2025-03-16"],
        ["5 mars 2025", "16 mars 2025"],
        ["5. März 2025", "16. März 2025"],
        ["2025年3月5日", "2025年3月16日"],
    ];
    let numbers = [["20250315", "20250316"], ["1741168800", "1741255200"]];
    let date = |name: &str, [first, second]: [&str; 2]| {
        roles(&format!(
            "id;text;{name}\n1;it crashes;{first}\n2;love it;{second}\n"
        ))
        .date
    };
    for name in ["received", "Submission date", "Eingangsdatum", "Completed"] {
        for values in forms.into_iter().chain(numbers) {
            assert_eq!(date(name, values).as_deref(), Some(name), "{values:?}");
        }
    }
    for values in forms {
        assert_eq!(date("Spalte", values).as_deref(), Some("Spalte"), "{values:?}");
    }
    for values in numbers {
        assert_eq!(date("Nummer", values), None, "{values:?} can be anything");
        assert_eq!(date("order date", values).as_deref(), Some("order date"));
        assert_eq!(
            date("response time", values),
            None,
            "{values:?} can be a span of time"
        );
    }
}

/// Without it, nothing would say why the texts of the file have no dates.
#[test]
fn a_column_named_as_a_date_is_one_even_if_no_date_can_be_read() {
    for values in [
        ["2 days ago", "yesterday"],
        ["2025-03", "2025-04"],
        ["2025-02-30", "2025-13-01"],
    ] {
        for name in ["created_at", "Zeitstempel", "Erstelldatum", "date"] {
            let [first, second] = values;
            let table = |last: &str| {
                roles(&format!(
                    "id,text,{name},{last}\n1,it crashes,{first},2025-03-05\n2,love it,{second},2025-03-06\n"
                ))
                .date
            };
            assert_eq!(table("updated_at").as_deref(), Some(name), "{values:?}");
            assert_eq!(
                table("received").as_deref(),
                Some("received"),
                "a date that can be read"
            );
        }
    }
    for name in [
        "review",
        "sent",
        "posted",
        "Feedback on delivery",
        "handling time",
    ] {
        let found = roles(&format!("id,text,{name}\n1,it crashes,yes\n2,love it,no\n"));
        assert_eq!(found.date, None, "{name}");
    }
    assert_eq!(
        roles("id,text,created_at\n1,it crashes,\n2,love it,\n").date,
        None,
        "no values"
    );
}

#[test]
fn dates_that_contradict_each_other_are_ambiguous() {
    let table = |third: &str| {
        roles(&format!(
            "text,created_at\na b,13/02/2025\nc d,03/14/2025\ne f,{third}\n"
        ))
    };
    assert!(table("05/06/2025").is_date_ambiguous);
    assert!(!roles("text,created_at\na b,13/02/2025\nc d,05/06/2025\n").is_date_ambiguous);
}

#[test]
fn a_date_is_no_rating() {
    for date in [
        "15/03/2025",
        "5 mars 2025",
        "5. März 2025",
        "2025/03/15",
        "3/5/25",
    ] {
        assert_eq!(rating(date), None, "{date}");
    }
    assert_eq!(
        ["4/5", "4/5 stars", "3 von 5", "10", "4,5", "-1"].map(rating),
        [4.0, 4.0, 3.0, 10.0, 4.5, -1.0].map(Some)
    );
}

/// The name of a program is longer than a short answer, but the same in each row.
#[test]
fn a_column_that_says_the_same_everywhere_is_no_text() {
    let agent = "Mozilla 5 on Windows with some long name";
    let table = |answers: [&str; 3]| {
        let rows: Vec<String> = answers.iter().map(|answer| format!("{agent},{answer}")).collect();
        roles(&format!("agent,answer\n{}\n", rows.join("\n")))
    };
    let found = table(["it crashes", "love it", "too slow"]);
    assert_eq!(found.text.as_deref(), Some("answer"));
    assert_eq!(table(["1", "2", "3"]).text, None);
}
