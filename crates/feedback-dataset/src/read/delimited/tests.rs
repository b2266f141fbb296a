//! Rows, fields and positions.

use super::*;

const COMMAS: Dialect = Dialect {
    delimiter: b',',
    quoting: true,
    skip_spaces: false,
};

fn rows(data: &[u8]) -> Vec<(u64, u64, Vec<String>)> {
    let mut source = Delimited::new(Box::new(data), 1000, COMMAS);
    let mut found = Vec::new();
    loop {
        match source.next_row(Path::new("x")).unwrap() {
            DelimitedRow::End => return found,
            DelimitedRow::Blank { .. } => {}
            row => {
                assert_eq!(row, DelimitedRow::Complete);
                let field = |index| String::from_utf8_lossy(source.field(index)).into_owned();
                let fields = (0..source.n_fields()).map(field).collect();
                found.push((source.line(), source.offset(), fields));
            }
        }
    }
}

fn fields(data: &[u8]) -> Vec<Vec<String>> {
    rows(data).into_iter().map(|(_, _, fields)| fields).collect()
}

#[test]
fn fields_are_the_same_as_from_the_csv_crate() {
    let cases: [&[u8]; 12] = [
        b"a,b\n1,2\n",
        b"a,b\r\n1,2\r\n",
        b"a,b\r1,2\r",
        b"\"a\"\"b\",c",
        b"\"a\nb\",c\n\"d\r\ne\",f\n",
        b"ab\"c,d\n",
        b",x\n,,y\n",
        b"\"\"\n",
        b"a\n\n\nb\n",
        b"a,\"b\"",
        b" \"a\",b\n",
        b"\"x\",\n",
    ];
    for data in cases {
        let mut oracle = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(data);
        let expected: Vec<Vec<String>> = oracle
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        assert_eq!(fields(data), expected, "{}", String::from_utf8_lossy(data));
    }
}

#[test]
fn positions_agree_with_a_text_editor() {
    let place = |data: &[u8]| {
        rows(data)
            .iter()
            .map(|(line, offset, _)| (*line, *offset))
            .collect::<Vec<_>>()
    };
    assert_eq!(place(b"a,b\n\"1\n2\",3\nx,y\n"), [(1, 0), (2, 4), (4, 12)]);
    assert_eq!(
        place(b"\xEF\xBB\xBFa,b\r\n\"1\r\n2\",3\r\n\r\nx,y\r\n"),
        [(1, 3), (2, 8), (5, 20)]
    );
    assert_eq!(place(b"a\rb\r\rc"), [(1, 0), (2, 2), (4, 5)]);
}

/// The rows of two columns, or what is wrong with them.
fn two_columns(data: &str) -> Vec<(u64, String)> {
    kinds(data.as_bytes(), 1000)
        .into_iter()
        .map(|(line, row)| (line, row.unwrap_or_else(|row| format!("{row:?}"))))
        .collect()
}

#[test]
fn quotes_after_backslashes_are_read_over_several_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let data = [
            r#""\"",1"#,
            r#"1,"\"""#,
            r#""5\", dark",2"#,
            r#""a"#,
            r#"b \"c\" d","e"#,
            r#"f \"""#,
            "",
            r#""x \" y","one"#,
            r#"two""#,
            r#""5\", light","""#,
            r#""\"",",x""#,
            r#"plain,3"#,
            r#""C:\",4"#,
        ];
        let found = two_columns(&(data.join(end) + end));
        let lines = |parts: &[&str]| parts.join(end);
        let expected = [
            (1, "\"|1".to_string()),
            (2, "1|\"".to_string()),
            (3, "5\", dark|2".to_string()),
            (4, lines(&["a", "b \"c\" d|e", "f \""])),
            (7, "Blank { lines: 1 }".to_string()),
            (8, lines(&["x \" y|one", "two"])),
            (10, "5\", light|".to_string()),
            (11, "\"|,x".to_string()),
            (12, "plain|3".to_string()),
            (13, "C:\\|4".to_string()),
        ];
        assert_eq!(found, expected, "{end:?}");
    }
}

#[test]
fn the_quotes_of_the_header_decide_how_a_row_with_two_readings_is_read() {
    let rows = |header: &str, row: &str| {
        let data = format!("{header}\r{row}\r");
        let mut source = Delimited::new(Box::new(data.as_bytes()), 1000, COMMAS);
        source.next_row(Path::new("x")).unwrap();
        source.expect_fields(2);
        source.next_row(Path::new("x")).unwrap();
        [0, 1].map(|index| String::from_utf8_lossy(source.field(index)).into_owned())
    };
    // `",a`, a line break, `b"`; or `\`, and `a` on a line of its own.
    let row = "\"\\\",a\rb\\\"\",\"x\"";
    assert_eq!(rows("\"id\",\"text\"", row), ["\",a\rb\"", "x"]);
    assert_eq!(rows("id,text", row), ["\\", "a"]);
    let row = "\"C:\\\",4\r\"D:\\\",5\r\"\",6";
    assert_eq!(rows("\"id\",\"text\"", row), ["C:\\", "4"]);
}

#[test]
fn a_row_that_only_seems_to_have_quotes_after_backslashes_takes_no_other_line() {
    let data = "1,\"a \\\" b\n2,c\n\"d \\\"\n3,e\n4,f\n";
    let found = two_columns(data);
    assert_eq!(found[0], (1, "1|\"a \\\" b".to_string()));
    assert_eq!(found[1], (2, "2|c".to_string()));
    assert_eq!(found[2].0, 3);
    assert_eq!(found[3..], [(4, "3|e".to_string()), (5, "4|f".to_string())]);
    let many = "1,\"a \\\" b\n".repeat(1000);
    assert_eq!(two_columns(&many).len(), 1000);
}

/// Returns each row that is not complete, or the text of its fields.
fn kinds(data: &[u8], limit: usize) -> Vec<(u64, Result<String, DelimitedRow>)> {
    let mut source = Delimited::new(Box::new(data), limit, COMMAS);
    source.expect_fields(2);
    let mut found = Vec::new();
    loop {
        let row = match source.next_row(Path::new("x")).unwrap() {
            DelimitedRow::End => return found,
            DelimitedRow::Complete => {
                let fields = (0..source.n_fields()).map(|index| source.field(index).to_vec());
                Ok(String::from_utf8(fields.collect::<Vec<_>>().join(&b'|')).unwrap())
            }
            row => Err(row),
        };
        found.push((source.line(), row));
    }
}

#[test]
fn reading_continues_on_the_line_after_a_quote_that_is_not_closed() {
    let unclosed = |line, column| Err(DelimitedRow::UnclosedQuote { line, column });
    let row = |text: &str| Ok(text.to_string());
    for (data, expected) in [
        (
            "a,b\n3,\"x\ny,z\n",
            vec![(1, row("a|b")), (2, unclosed(2, 3)), (3, row("y|z"))],
        ),
        (
            "1,\"open\r\n2,fine\r\n3,\"said \"hi\" twice\"\r\n",
            vec![
                (1, unclosed(1, 3)),
                (2, row("2|fine")),
                (3, row("3|said \"hi\" twice")),
            ],
        ),
        (
            "\"two\nlines\",\"open\n2,\"x\"\n3,y\n",
            vec![(1, unclosed(2, 8)), (3, row("2|x")), (4, row("3|y"))],
        ),
        (
            "\"a\n\"b\n\"c",
            vec![(1, unclosed(1, 1)), (2, unclosed(2, 1)), (3, unclosed(3, 1))],
        ),
    ] {
        assert_eq!(kinds(data.as_bytes(), 1000), expected, "{data}");
    }
}

#[test]
fn every_line_may_open_a_quote_without_taking_quadratic_time() {
    let mut data = "\"a\n".repeat(50_000);
    data += &"x,y\n".repeat(50_000);
    let began = std::time::Instant::now();
    assert_eq!(kinds(data.as_bytes(), 1 << 24).len(), 100_000);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn blank_lines_before_a_row_are_counted() {
    let blank = |lines| Err(DelimitedRow::Blank { lines });
    let expected = vec![
        (1, blank(2)),
        (3, Ok("a|b".to_string())),
        (4, blank(1)),
        (5, Ok("c|d".to_string())),
    ];
    assert_eq!(kinds(b"\n \r\na,b\n\nc,d\n\n\n", 100), expected);
    // Spreadsheets write rows of empty fields.
    let blank = |line| (line, blank(1));
    let expected = vec![(1, Ok("a|b".to_string())), blank(2), blank(3), blank(4)];
    assert_eq!(kinds(b"a,b\n,\n\n , \n\n", 100), expected);
}

#[test]
fn long_rows_are_skipped() {
    let unclosed = |line, column| Err(DelimitedRow::UnclosedQuote { line, column });
    let too_long = || Err(DelimitedRow::TooLong);
    assert_eq!(
        kinds(b"123456789,x\n1,2\n\"34567890\n\"\n3,4\n\"345678\",5\n6,7", 5),
        [
            (1, too_long()),
            (2, Ok("1|2".to_string())),
            (3, too_long()),
            (4, unclosed(4, 1)),
            (5, Ok("3|4".to_string())),
            (6, too_long()),
            (7, Ok("6|7".to_string())),
        ]
    );
}

#[test]
fn without_quoting_a_quote_is_a_character() {
    let tabs = Dialect {
        delimiter: b'\t',
        quoting: false,
        skip_spaces: false,
    };
    let mut source = Delimited::new(Box::new(&b"\"a\t\"b\"\n"[..]), 1000, tabs);
    source.next_row(Path::new("x")).unwrap();
    assert_eq!((source.field(0), source.field(1)), (&b"\"a"[..], &b"\"b\""[..]));
}
