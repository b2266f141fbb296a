//! What a file seems to contain.

use feedback_dataset::read::{Encoding, LabelRule, ReadOptions};
use feedback_formats::{FormatError, Limits, PREVIEW_ROWS, Preview, Resolved, preview, resolve};

use crate::support::fixture;

fn look(name: &str, content: &[u8]) -> Preview {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs_err::write(&path, content).unwrap();
    preview(&path, &ReadOptions::default(), &Limits::default(), PREVIEW_ROWS).unwrap()
}

fn resolved(name: &str, content: &[u8], options: &ReadOptions) -> Resolved {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs_err::write(&path, content).unwrap();
    resolve(&path, options, &Limits::default()).unwrap()
}

fn names(found: &Preview) -> Vec<&str> {
    found.fields.iter().map(|field| field.name.as_str()).collect()
}

#[test]
fn fields_are_found_in_every_text_format() {
    assert_eq!(
        names(&look("a.csv", b"sep=;\nid;Comment;a, b\n1;x;y\n")),
        ["id", "Comment", "a, b"]
    );
    assert_eq!(
        names(&look("a.csv", b"Labels,Labels,Body\n")),
        ["Labels", "Labels.2", "Body"]
    );
    let jsonl = b"{\"n\":1,\"say\":\"x\"}\nbroken\n{\"text\":\"y\",\"s\":NaN}\n";
    assert_eq!(names(&look("a.jsonl", jsonl)), ["n", "say", "text", "s"]);
    let wrapped = b"{\"tickets\":[{\"a\":{\"b\":\"x\"}},{\"c\":\"y\"}],\"n\":2}";
    assert_eq!(names(&look("a.json", wrapped)), ["a.b", "c"]);
    assert_eq!(names(&look("a.txt", b"It crashes\n")), ["text"]);
    assert_eq!(names(&look("a.csv", b"")), Vec::<&str>::new());
}

#[test]
fn the_same_table_has_the_same_roles_in_every_format() {
    for name in [
        "table.csv",
        "table.jsonl.gz",
        "table.xlsx",
        "table.xls",
        "table.ods",
        "table.parquet",
        "table.arrows.zip",
    ] {
        let found = preview(
            fixture(name),
            &ReadOptions::default(),
            &Limits::default(),
            PREVIEW_ROWS,
        )
        .unwrap();
        let roles = found.roles;
        assert_eq!(roles.text.as_deref(), Some("text"), "{name}");
        assert_eq!(roles.rating.as_deref(), Some("stars"), "{name}");
        assert_eq!(roles.date.as_deref(), Some("created_at"), "{name}");
        assert_eq!(found.rows.len(), 8, "{name}");
    }
}

#[test]
fn the_text_is_found_by_its_values_where_no_name_is_usual() {
    let table = "Kunde;Was war;Am;Punkte\n\
        K1;Die App stürzt beim Start ab;24.03.2025;1\n\
        K2;Sehr zufrieden mit dem Support;25.03.2025;5\n\
        K3;Lieferung kam drei Wochen zu spät;26.03.2025;2\n";
    let found = look("umfrage.csv", table.as_bytes());
    assert_eq!(found.roles.text.as_deref(), Some("Was war"));
    assert_eq!(found.roles.date.as_deref(), Some("Am"));
    assert!(!found.roles.is_date_ambiguous);
    let ambiguous = look("a.csv", b"Date,Comment\n03/05/2025,slow\n04/06/2025,fine\n");
    assert_eq!(ambiguous.roles.date.as_deref(), Some("Date"));
    assert!(ambiguous.roles.is_date_ambiguous);
}

#[test]
fn a_column_of_numbers_is_no_text_and_a_column_of_sentences_no_category() {
    let table = "Category,Description,Feedback\n\
        The first of many sentences,1,\"It is slow, and crashes\"\n\
        The second of many sentences,2,Works well\n\
        The third of many sentences,3,Could not log in\n\
        The fourth of many sentences,4,Thank you\n";
    let roles = look("a.csv", table.as_bytes()).roles;
    assert_eq!(roles.text.as_deref(), Some("Feedback"));
    assert_eq!(roles.label, None);
}

#[test]
fn damaged_json_lines_stay_json_lines() {
    let name = |content: &[u8]| look("a.jsonl", content).contents.format.name();
    assert_eq!(
        name(b"\"text\": \"a, b\", \"n\": 1}\n{\"text\": \"c, d\", \"n\": 2}\n"),
        "jsonl"
    );
    assert_eq!(name(b" \n\n"), "jsonl");
    assert_eq!(name(b"not JSON at all\n"), "jsonl");
}

#[test]
fn a_label_is_never_taken_for_the_text() {
    let rows = b"{\"label\":\"it is broken\"}\n{\"label\":\"it is good\"}\n";
    let found = resolved("a.jsonl", rows, &ReadOptions::default());
    assert_eq!(found.options.text_field, "text");
    assert_eq!(look("a.csv", b"id,plan\n1,pro\n2,free\n").roles.text, None);
}

#[test]
fn names_are_filled_in_only_where_the_caller_stated_none() {
    let table =
        "Id;Category;Comment\n1;bug;It crashes\n2;bug;It is slow\n3;praise;Works well\n4;praise;Thank you\n";
    let mut options = ReadOptions::default();
    options.label_rule = LabelRule::Required;
    let found = resolved("a.csv", table.as_bytes(), &options);
    assert_eq!(
        (
            found.options.text_field.as_str(),
            found.options.label_field.as_str()
        ),
        ("Comment", "Category")
    );
    assert_eq!(
        found.notes,
        [
            "the text is in the field `Comment`",
            "the label is in the field `Category`"
        ]
    );
    let stated = ReadOptions::with_fields("absent", "label");
    assert_eq!(resolved("a.csv", table.as_bytes(), &stated).options, stated);
    let usual = resolved("a.csv", b"text,label\na,b\n", &options);
    assert_eq!((usual.options, usual.notes), (options, Vec::new()));
}

#[test]
fn a_file_in_an_old_encoding_is_read_with_a_guess() {
    let mut table = b"Kommentar;Land\nst".to_vec();
    table.extend([0xFC]);
    table.extend(b"rzt ab;DE\n");
    let found = resolved("a.csv", &table, &ReadOptions::default());
    assert_eq!(found.options.encoding, Encoding::Guess);
    assert_eq!(
        found.notes[0],
        "the file is not UTF-8 and is read as windows-1252; if letters are wrong, state its encoding (`encoding`)"
    );
    // One odd byte is no reason to doubt the others, and JSON has only one encoding.
    let mut odd = "text;Land\nGröße stimmt;DE\nstürzt ab;DE\nschön hier;DE\nst"
        .as_bytes()
        .to_vec();
    odd.extend([0xFC]);
    odd.extend(b"rzt ab;DE\n");
    assert_eq!(
        resolved("a.csv", &odd, &ReadOptions::default()).options,
        ReadOptions::default()
    );
    let json = [b"{\"text\":\"st".as_slice(), &[0xFC], b"rzt ab\"}\n"].concat();
    assert_eq!(
        resolved("a.jsonl", &json, &ReadOptions::default()).options,
        ReadOptions::default()
    );
    let mut header = b"Gr".to_vec();
    header.extend([0xF6, 0xDF]);
    header.extend(b"e;Kommentar\n1;gut so\n");
    let found = resolved("a.csv", &header, &ReadOptions::default());
    assert_eq!(found.options.text_field, "Kommentar");
}

#[test]
fn other_sheets_and_titles_are_noted() {
    let found = resolve(
        fixture("sheets.xlsx"),
        &ReadOptions::default(),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(found.options.text_field, "Comment");
    assert_eq!(
        found.notes[..3],
        [
            "the sheet `Tickets` is read, not `Notes`, `Old`",
            "row 4 names the columns; 2 rows above it are not read",
            "2 cells with an error such as #N/A, read as missing"
        ]
    );
}

#[test]
fn titles_above_a_header_are_skipped() {
    let rows = "1,2025-03-24,It crashes on start\n2,2025-03-25,Great sound\n";
    for titles in ["Export of March,,\n", "Export of March\n\n", "Export of March\n"] {
        let found = resolved(
            "a.csv",
            format!("{titles}id,date,comment\n{rows}").as_bytes(),
            &ReadOptions::default(),
        );
        assert_eq!(
            found.options.text_field, "comment",
            "{titles:?}: {:?}",
            found.notes
        );
        assert!(
            found.notes[0].contains("not read (`skip_rows`)"),
            "{:?}",
            found.notes
        );
    }
    let plain = resolved(
        "a.csv",
        format!("id,date,comment\n{rows}").as_bytes(),
        &ReadOptions::default(),
    );
    assert_eq!(plain.options.skip_rows, 0);
}

#[test]
fn descriptions_below_the_header_of_surveys_are_skipped() {
    let qualtrics = "StartDate,Q1\nStart Date,What can we improve?\n\"{\"\"ImportId\"\":\"\"startDate\"\"}\",\"{\"\"ImportId\"\":\"\"QID1\"\"}\"\n\
        2025-03-24,Make it faster please\n2025-03-25,Nothing at all\n";
    let found = resolved("a.csv", qualtrics.as_bytes(), &ReadOptions::default());
    assert_eq!(
        (found.options.skip_after_header, found.options.text_field.as_str()),
        (2, "Q1")
    );
    let monkey = "Respondent ID,Start Date,What can we improve?\n,,Open-Ended Response\n1,03/24/2025,Make it faster please\n";
    let found = resolved("a.csv", monkey.as_bytes(), &ReadOptions::default());
    assert_eq!(found.options.skip_after_header, 1, "{:?}", found.notes);
    assert_eq!(
        found.not_read,
        ["the row below the header of this survey says how questions are answered and is not read"]
    );
    let rows = collect(&found.options, monkey);
    assert_eq!(rows, ["Make it faster please"]);
}

/// The texts of a file with these options.
fn collect(options: &ReadOptions, content: &str) -> Vec<String> {
    let source =
        feedback_formats::from_bytes(content.as_bytes().to_vec(), "a.csv", options, &Limits::default())
            .unwrap();
    source
        .reader
        .map(|row| row.unwrap().record.text().to_owned())
        .collect()
}

#[test]
fn json_written_by_column_is_not_taken_for_a_row() {
    let shape = |content: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs_err::write(&path, content).unwrap();
        let error = resolve(&path, &ReadOptions::default(), &Limits::default()).unwrap_err();
        FormatError::of(&error).unwrap().to_string()
    };
    let by_key = "it is a JSON object with one entry for each row or column";
    for content in [
        r#"{"id":{"0":1,"1":2},"Comment":{"0":"It crashes on start","1":"It is slow today"}}"#,
        r#"{"0":{"id":1,"Comment":"It crashes on start"},"1":{"id":2,"Comment":"It is slow today"}}"#,
        r#"{"a-1":{"id":1,"text":"It crashes on start"},"a-2":{"id":2,"text":"It is slow today"}}"#,
    ] {
        assert_eq!(shape(content), by_key, "{content}");
    }
    assert_eq!(
        shape(r#"{"1":"It crashes on start","2":"It is slow today"}"#),
        by_key
    );
    let lists = r#"{"id":[1,2],"text":["It crashes on start","It is slow today"]}"#;
    assert!(shape(lists).contains("lists of values"), "{}", shape(lists));
    let failed = r#"{"error":{"code":403,"message":"It is not allowed to read this"}}"#;
    assert_eq!(shape(failed), "it is the error message of an API");
    let split = r#"{"columns":["id","text"],"index":[0,1],"data":[[1,"It crashes on start"],[2,"It is slow today"]]}"#;
    assert!(
        shape(split).contains("lists of values instead of a list of records"),
        "{}",
        shape(split)
    );
}

#[test]
fn lines_in_quotes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs_err::write(
        &path,
        "\"id,text\"\n\"1,It crashes\"\n\"2,\"\"Save\"\" does nothing\"\n",
    )
    .unwrap();
    let error = resolve(&path, &ReadOptions::default(), &Limits::default()).unwrap_err();
    let error = FormatError::of(&error).unwrap();
    assert_eq!(
        error.to_string(),
        "it is a table in which each line is one quoted field"
    );
    assert!(error.hint().contains("Text to Columns"));
}

#[test]
fn the_expected_name_is_the_text_whatever_the_first_values_are() {
    for table in [
        "ticket,text\nIt crashes on start,\nIt is slow today,2\n",
        "Text,text,TEXT\na long sentence here,b,c\n",
    ] {
        assert_eq!(
            look("a.csv", table.as_bytes()).roles.text.as_deref(),
            Some("text"),
            "{table}"
        );
    }
}

/// A delimiter that is not known makes a header of one column, as a title does.
#[test]
fn a_row_of_data_is_not_taken_for_a_header() {
    let table = "Nr~Text\n1~It crashes, again\n2~Slow, too\n3~Great, thanks\n";
    let found = resolved("a.csv", table.as_bytes(), &ReadOptions::default());
    assert_eq!(found.options.skip_rows, 0, "{:?}", found.notes);
}

#[test]
fn a_date_of_birth_is_not_when_a_text_was_written() {
    let table = "date of birth,feedback received,comment\n1980-01-02,2025-03-24,It crashes on start\n1991-05-06,2025-03-25,Great sound\n";
    let found = look("a.csv", table.as_bytes());
    assert_eq!(found.roles.date.as_deref(), Some("feedback received"));
    let stars = look(
        "a.csv",
        b"stars,comment\n5 stars,It is good\n3 stars,It is slow\n",
    )
    .roles;
    assert_eq!(stars.rating.as_deref(), Some("stars"));
    let tags = look(
        "a.csv",
        b"Tags,comment\nx,It is good\nx,It is slow\nx,It is blue\n",
    )
    .roles;
    assert_eq!(tags.label, None, "one value is no category");
}

#[test]
fn a_header_of_values_is_pointed_out() {
    let found = resolved(
        "a.csv",
        b"1,It crashes on start\n2,It is slow today\n3,It is good today\n",
        &ReadOptions::default(),
    );
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("data instead of names")),
        "{:?}",
        found.notes
    );
}

/// Texts in other scripts than Latin, as programs without Unicode save them.
#[test]
fn old_encodings_of_other_scripts_are_found() {
    for (encoding, name, text) in [
        (
            "windows-1251",
            "windows-1251",
            "Приложение падает при запуске, верните деньги",
        ),
        (
            "shift_jis",
            "Shift_JIS",
            "起動するとアプリが落ちます。返金してください",
        ),
        ("gbk", "GBK", "应用程序启动时崩溃，请退款，谢谢"),
        (
            "windows-1252",
            "windows-1252",
            "L'application plante dès l'ouverture, très déçu",
        ),
    ] {
        let encoding = encoding_rs::Encoding::for_label(encoding.as_bytes()).unwrap();
        let table: String = (0..20).map(|row| format!("{row};{text}\n")).collect();
        let (bytes, ..) = encoding.encode(&table);
        let content = [b"Nr;text\n".as_slice(), &bytes].concat();
        let found = resolved("a.csv", &content, &ReadOptions::default());
        assert!(
            found.notes[0].contains(&format!("read as {name};")),
            "{:?}",
            found.notes
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs_err::write(&path, &content).unwrap();
        let dataset =
            feedback_formats::read(&path, &found.options, feedback_dataset::read::OnBadRow::Fail).unwrap();
        assert_eq!(dataset.rows[19].record.text(), text);
    }
}

/// Accents that come late in a file count, too.
#[test]
fn an_accent_after_the_first_rows_decides_the_encoding() {
    let mut table = b"Nr;text\n".to_vec();
    for row in 0..600 {
        table.extend(format!("{row};It crashes on st").bytes());
        table.extend(if row < 300 {
            b"art\n".to_vec()
        } else {
            b"\xE4rt\n".to_vec()
        });
    }
    let found = resolved("a.csv", &table, &ReadOptions::default());
    assert_eq!(found.options.encoding, Encoding::Guess, "{:?}", found.notes);
}

/// Only one question of a task is read, and the others are named.
#[test]
fn further_questions_of_an_annotation_tool_are_named() {
    let result = |name: &str, label: &str| {
        format!(r#"{{"from_name":"{name}","value":{{"choices":["{label}"]}},"type":"choices"}}"#)
    };
    let task = |text: &str, topic: &str| {
        let results = [result("topic", topic), result("mood", "good")].join(",");
        format!(r#"{{"id":1,"data":{{"text":"{text}"}},"annotations":[{{"result":[{results}]}}]}}"#)
    };
    let tasks = format!("[{},{}]", task("It crashes", "bug"), task("Love it", "praise"));
    let mut options = ReadOptions::default();
    options.label_rule = feedback_dataset::read::LabelRule::Required;
    let found = resolved("tasks.json", tasks.as_bytes(), &options);
    assert_eq!(
        found.options.label_field,
        "annotations[0].result[from_name=mood].value.choices"
    );
    let unread = "answers to other questions are not read; their label fields are \
                  `annotations[0].result[from_name=topic].value.choices`";
    assert!(found.notes.iter().any(|note| note == unread), "{:?}", found.notes);
}

/// The header of the table below a title or a row of groups is found, whatever its delimiter.
#[test]
fn lines_above_the_header_are_titles() {
    let title = "the first line is a title and is not read (`skip_rows`)";
    for table in [
        "Report of reviews\nid;text;label\n1;app slow;bug\n2;nice one;praise\n",
        "Report of reviews\nid\ttext\tlabel\n1\tapp slow\tbug\n2\tnice one\tpraise\n",
        "\"Export, 2025\"\nid;text;label\n1;app slow;bug\n2;nice one;praise\n",
        "Feedback,,Meta,\nid,text,label,date\n1,app slow,bug,2025-01-01\n2,nice one,praise,2025-01-02\n",
    ] {
        let found = resolved("a.csv", table.as_bytes(), &ReadOptions::default());
        assert!(
            found.notes.iter().any(|note| note == title),
            "{table}{:?}",
            found.notes
        );
        assert_eq!(found.options.text_field, "text", "{table}");
        assert_eq!(found.options.skip_rows, 1);
    }
    // A text with a delimiter in each row is a text.
    let texts = "Kommentar\nslow; ugly\nfine; quick\n";
    let found = resolved("a.csv", texts.as_bytes(), &ReadOptions::default());
    assert_eq!(
        (found.options.skip_rows, found.options.text_field.as_str()),
        (0, "Kommentar")
    );
}

/// A title with as many fields as the header is one, too, but a row of data with the word `text` is no header.
#[test]
fn titles_with_several_fields_are_skipped() {
    for (skip_rows, text, table) in [
        (
            1,
            "text",
            "2025 export of tickets, all teams\nNr,text\n01,it crashes\n",
        ),
        (
            1,
            "text",
            "Reviews,Export,2025\nid,text,label\n1,it crashes a lot,bug\n2,love it so much,praise\n",
        ),
        (
            1,
            "Kommentar",
            "Bericht;1. Quartal\nNr;Kommentar\n01;Geht nicht\n02;Gut so\n",
        ),
        (
            2,
            "text",
            "Company:,ACME\nExported:,2025-03-01\n\nid,text\n1,it crashes a lot\n",
        ),
    ] {
        let found = resolved("a.csv", table.as_bytes(), &ReadOptions::default());
        assert_eq!(
            (found.options.skip_rows, found.options.text_field.as_str()),
            (skip_rows, text),
            "{table}"
        );
        assert!(found.notes[0].contains("(`skip_rows`)"), "{:?}", found.notes);
    }
    for table in [
        "Kunde,Eintrag\nMeier,feedback\nHuber,it crashes a lot\n",
        "Ticket,Kanal,Notiz\nT1,message,It crashes a lot\nT2,review,It is slow\n",
        "id,field,value\nno,text,it crashes a lot\nid,comment,it is slow\n",
        "Frage,Antwort\nid,text\nWas war?,it crashes a lot\nWas noch?,text\n",
    ] {
        let found = resolved("a.csv", table.as_bytes(), &ReadOptions::default());
        assert_eq!(found.options.skip_rows, 0, "{table}{:?}", found.notes);
    }
}

/// The columns of a question with several answers have a name each.
#[test]
fn answers_below_the_header_of_a_survey_become_part_of_the_names() {
    let table = "Respondent ID,Collector ID,Date Created,What do you use?,,,How is it?,Any comments?\n\
        ,,,Phone,Laptop,Other (please specify),Response,Open-Ended Response\n\
        1,41,03/01/2025 10:11:12 AM,Phone,,,5,The export crashes often\n\
        2,41,03/20/2025 10:11:12 AM,,,A big watch,4,Love the new colours\n";
    let found = resolved("a.csv", table.as_bytes(), &ReadOptions::default());
    let names = [
        "Respondent ID",
        "Collector ID",
        "Date Created",
        "What do you use? – Phone",
        "What do you use? – Laptop",
        "What do you use? – Other (please specify)",
        "How is it?",
        "Any comments?",
    ];
    assert_eq!(found.fields, names);
    assert_eq!(
        found.not_read,
        [
            "the row below the header of this survey has answers to choose from, which are part of the names of the columns"
        ]
    );
    assert_eq!(
        collect(&found.options, table),
        ["The export crashes often", "Love the new colours"]
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in (0..).zip(table.lines()) {
        for (column, cell) in (0..).zip(line.split(',')).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(row, column, cell).unwrap();
        }
    }
    book.save(&path).unwrap();
    let sheet = resolve(&path, &ReadOptions::default(), &Limits::default()).unwrap();
    assert_eq!(sheet.fields, names);
    let rows = feedback_formats::read(&path, &sheet.options, feedback_dataset::read::OnBadRow::Fail).unwrap();
    assert_eq!(rows.texts(), ["The export crashes often", "Love the new colours"]);
    assert_eq!(rows.rows[1].record.cell(names[5]), "A big watch");
}

#[test]
fn what_may_be_no_data_is_said() {
    let notes = |table: &str| resolved("a.csv", table.as_bytes(), &ReadOptions::default()).notes;
    let first = notes("the app is slow,bug\nnice work,praise\nit froze,bug\n");
    assert!(
        first
            .iter()
            .any(|note| note.contains("the first line seems to be data") && note.contains("`bug`")),
        "{first:?}"
    );
    let last = notes("id,text,label\n1,app slow,bug\n2,nice,praise\nTotal,2 rows,\n");
    assert!(
        last.iter()
            .any(|note| note.starts_with("the last row begins with `Total`")),
        "{last:?}"
    );
    let neither = notes("id,text,label\n1,app slow,bug\n2,nice,praise\n");
    assert!(
        neither
            .iter()
            .all(|note| !note.contains("row") && !note.contains("line")),
        "{neither:?}"
    );
}
