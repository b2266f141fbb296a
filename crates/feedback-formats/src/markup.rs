//! Texts that are markup, or the text of another program, instead of rows.

use crate::foreign::Foreign;

/// Returns the kind of a text that is markup instead of rows.
pub(crate) fn by_markup(text: &str) -> Option<Foreign> {
    let start: String = text
        .trim_start()
        .chars()
        .take(4096)
        .collect::<String>()
        .to_ascii_lowercase();
    let is_html = ["<!doctype html", "<html", "<head", "<body", "<table"]
        .iter()
        .any(|tag| start.starts_with(tag));
    if is_html || (start.starts_with("<?xml") && start.contains("<html")) {
        return Some(Foreign::Html);
    }
    let line_starts = |what: &str| start.lines().any(|line| line.starts_with(what));
    if ["insert into ", "create table "].into_iter().any(line_starts) && start.contains(';') {
        return Some(Foreign::Sql);
    }
    if line_starts("## intent:") {
        return Some(Foreign::RasaMarkdown);
    }
    if let Some(foreign) = by_first_lines(&start) {
        return Some(foreign);
    }
    start.starts_with("<?xml").then_some(Foreign::Xml)
}

/// Recognises texts of other programs by their first lines, which are in lower case.
fn by_first_lines(start: &str) -> Option<Foreign> {
    let mut lines = start.lines().map(str::trim_end);
    let first = lines.next()?;
    match first {
        "begin:vcalendar" | "begin:vcard" => return Some(Foreign::Calendar),
        "webvtt" => return Some(Foreign::Subtitles),
        "1" if lines.next()?.contains(" --> ") => return Some(Foreign::Subtitles),
        _ if first.starts_with("@relation ") => return Some(Foreign::Arff),
        _ => {}
    }
    // The lines up to the first empty one are the header of a mail; a mailbox begins with a line `From `.
    let header = || {
        start
            .lines()
            .skip(usize::from(first.starts_with("from ")))
            .take_while(|line| !line.is_empty())
    };
    let is_header = |line: &str| {
        let name = line.split_once(':').map_or("", |(name, _)| name);
        line.starts_with([' ', '\t']) || !name.is_empty() && !name.contains(' ')
    };
    let has = |name: &str| header().any(|line| line.starts_with(name));
    let is_mail = ["received:", "mime-version:", "message-id:"].into_iter().any(has) && has("from:");
    (is_mail && header().all(is_header)).then_some(Foreign::Mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_recognised() {
        assert_eq!(by_markup(" \n<!DOCTYPE html><p>"), Some(Foreign::Html));
        assert_eq!(by_markup("<?xml version='1.0'?><rss>"), Some(Foreign::Xml));
        assert_eq!(
            by_markup("<?xml version='1.0'?><!-- --><html>"),
            Some(Foreign::Html)
        );
        assert_eq!(by_markup("<b>Broken</b>,bug\n"), None);
        assert_eq!(
            by_markup("-- dump\nINSERT INTO reviews VALUES (1, 'It crashes');\n"),
            Some(Foreign::Sql)
        );
        assert_eq!(
            by_markup("## intent:bug\n- it crashes\n"),
            Some(Foreign::RasaMarkdown)
        );
        assert_eq!(by_markup("I insert into the slot; it fails\n"), None);
        let mail =
            "Received: by mx\n\tfor x\nFrom: Ada <a@example.org>\nSubject: broken\n\nIt crashes: often\n";
        assert_eq!(by_markup(mail), Some(Foreign::Mail));
        assert_eq!(
            by_markup(&format!("From ada Mon Nov 30\n{mail}")),
            Some(Foreign::Mail)
        );
        assert_eq!(by_markup("From: Ada\nIt crashes\n"), None);
        assert_eq!(
            by_markup("WEBVTT\n\n00:01 --> 00:02\nHello\n"),
            Some(Foreign::Subtitles)
        );
        assert_eq!(
            by_markup("1\n00:00:01,000 --> 00:00:02,000\nHello\n"),
            Some(Foreign::Subtitles)
        );
        assert_eq!(by_markup("1\n2\n"), None);
        assert_eq!(
            by_markup("BEGIN:VCALENDAR\nVERSION:2.0\n"),
            Some(Foreign::Calendar)
        );
        assert_eq!(
            by_markup("@relation reviews\n@attribute text string\n"),
            Some(Foreign::Arff)
        );
    }
}
