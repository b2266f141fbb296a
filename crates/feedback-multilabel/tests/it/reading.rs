//! Labels in each layout, and what cannot be read.

use feedback_dataset::labels::LabelAliases;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_multilabel::{LabelLists, Result, read_label_lists};
use feedback_pipeline::data::LabelLayout;

fn separator(separator: &str) -> LabelLayout {
    let mut layout = LabelLayout::default();
    layout.label_separator = Some(separator.to_owned());
    layout
}

fn columns(names: &[&str]) -> LabelLayout {
    let mut layout = LabelLayout::default();
    layout.label_columns = names.iter().map(|name| (*name).to_owned()).collect();
    layout
}

fn id(field: &str) -> LabelLayout {
    let mut layout = LabelLayout::default();
    layout.id_field = Some(field.to_owned());
    layout
}

fn read_as(name: &str, content: &str, layout: &LabelLayout, on_bad_row: OnBadRow) -> Result<LabelLists> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs_err::write(&path, content).unwrap();
    read_label_lists(&path, &ReadOptions::default(), layout, on_bad_row)
}

fn read(name: &str, content: &str, layout: &LabelLayout) -> Result<LabelLists> {
    read_as(name, content, layout, OnBadRow::Fail)
}

#[test]
fn all_layouts_give_the_same_labels() {
    let expected = [vec!["bug", "praise"], vec!["bug"], vec![]];
    let lists = [
        read(
            "a.jsonl",
            "{\"text\": \"x\", \"label\": [\"praise\", \"bug\", \"bug\"]}\n{\"text\": \"y\", \"label\": \"bug\"}\n{\"text\": \"z\", \"label\": []}\n",
            &LabelLayout::default(),
        ),
        read(
            "a.jsonl",
            "{\"text\": \"x\", \"labels\": [\"praise\", \"bug\"]}\n{\"text\": \"y\", \"label\": \"bug\"}\n{\"text\": \"z\", \"label\": null}\n",
            &LabelLayout::default(),
        ),
        read(
            "a.csv",
            "text,label\nx,praise; bug\ny,bug;\nz,\n",
            &separator(";"),
        ),
        read(
            "a.csv",
            "text,label\nx,\"[\"\"praise\"\", \"\"bug\"\"]\"\ny,\"[\"\"bug\"\"]\"\nz,[]\n",
            &separator("json"),
        ),
        read(
            "a.csv",
            "text,praise,bug\nx,1,TRUE\ny,0,yes\nz,,No\n",
            &columns(&["praise", "bug"]),
        ),
        read(
            "a.jsonl",
            "{\"text\": \"x\", \"bug\": true, \"praise\": 1}\n{\"text\": \"y\", \"bug\": 1.0, \"praise\": false}\n{\"text\": \"z\", \"bug\": null, \"praise\": 0}\n",
            &columns(&["bug", "praise"]),
        ),
        read(
            "a.csv",
            "text,id,label\nx,1,praise\ny,2,bug\nx,1,bug\nz,3,\ny,2,bug\n",
            &id("id"),
        ),
        read("a.csv", "text,label\nx,praise\ny,bug\nx,bug\nz,\n", &id("text")),
    ];
    for (layout, lists) in lists.into_iter().enumerate() {
        let lists = lists.unwrap();
        assert_eq!(lists.names, expected, "layout {layout}");
        assert_eq!(lists.without_labels(), 1, "layout {layout}");
        let joined = [0, 0, 0, 0, 0, 0, 2, 1][layout];
        assert_eq!(lists.joined, joined, "layout {layout}");
        // Whatever the layout, a record has the list in its label field.
        let label = lists.dataset.rows[0].record.get("label").unwrap();
        assert_eq!(label.to_string(), r#"["bug","praise"]"#, "layout {layout}");
    }
}

#[test]
fn aliases_apply_to_each_label_of_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs_err::write(&path, "text,label\nx,defect|bug\n").unwrap();
    let mut options = ReadOptions::default();
    options.aliases = LabelAliases::new([("defect", "bug")]);
    let lists = read_label_lists(&path, &options, &separator("|"), OnBadRow::Fail).unwrap();
    assert_eq!(lists.names, [["bug"]]);
}

#[test]
fn errors_name_line_and_value() {
    let list = LabelLayout::default();
    for (name, content, layout, parts) in [
        (
            "a.jsonl",
            "{\"text\": \"x\", \"label\": []}\n{\"text\": \"y\", \"label\": [\"bug\", {}]}\n",
            &list,
            ["line 2", "{}"],
        ),
        (
            "a.jsonl",
            "{\"text\": \"x\", \"label\": []}\n{\"text\": \"y\", \"label\": {\"bug\": 1}}\n",
            &list,
            ["line 2", "{\"bug\":1}"],
        ),
        (
            "a.jsonl",
            "{\"text\": \"x\", \"labelz\": []}\n",
            &list,
            ["line 1", "no field `label`"],
        ),
        (
            "a.csv",
            "text,label\nx,\"[1\"\n",
            &separator("json"),
            ["line 2", "`[1`"],
        ),
        (
            "a.csv",
            "text,bug\nx,1\ny,maybe\n",
            &columns(&["bug"]),
            ["line 3", "`bug` is `maybe`"],
        ),
        (
            "a.csv",
            "text,bug\nx,1\n",
            &columns(&["bug", "praise"]),
            ["line 2", "no field `praise`"],
        ),
        (
            "a.csv",
            "text,label,bug\nx,praise,1\n",
            &columns(&["bug"]),
            ["line 2", "`praise` in `label`"],
        ),
        ("a.csv", "text,label,id\nx,bug,\n", &id("id"), ["line 2", "`id`"]),
        (
            "a.csv",
            "text,label,id\nx,bug,7\ny,bug,8\nxx,praise,7\n",
            &id("id"),
            ["line 4", "`7` as in line 2"],
        ),
    ] {
        let error = read(name, content, layout).unwrap_err();
        let message = error.to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        assert!(error.hint().unwrap().contains("`on_bad_row set-aside`"));
    }
}

#[test]
fn unreadable_rows_are_set_aside_on_request() {
    let content = "text,bug,praise\nx,1,0\ny,2,0\nz,0,1\n";
    let error = read(
        "a.csv",
        &format!("{content}v,3,0\n"),
        &columns(&["bug", "praise"]),
    )
    .unwrap_err();
    assert!(
        error.to_string().ends_with("1 other row has unusable labels"),
        "{error}"
    );
    let lists = read_as("a.csv", content, &columns(&["bug", "praise"]), OnBadRow::SetAside).unwrap();
    assert_eq!(lists.names, [["bug"], ["praise"]]);
    assert_eq!(lists.set_aside(), 1);
    assert_eq!((lists.unread.len(), lists.unread[0].line), (1, 3));
}

#[test]
fn cells_that_were_not_separated_are_noticed() {
    let content = "text,label\nx,bug; praise\ny,bug\nz,praise\n";
    let lists = read("a.csv", content, &LabelLayout::default()).unwrap();
    assert_eq!(lists.unseparated().unwrap().separator, ";");
    assert_eq!(
        read("a.csv", content, &separator(";")).unwrap().unseparated(),
        None
    );
}
