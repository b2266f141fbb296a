//! Exports of common help desks and app stores, recognised by their column names.
//!
//! To add an export, add an entry to [`KNOWN`], with a set of columns that no other export has, and a row to the table in
//! `docs/server.md`. A test compares the two.

use crate::preview::fields::FieldSample;
use crate::preview::values::most_like_text;

/// An export of some product.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownExport {
    /// The name of the export, for display.
    pub name: &'static str,
    /// What the page History shows as the source of texts from this export.
    pub source: &'static str,
    /// Columns that identify the export; all must be present.
    known_by: &'static [&'static str],
    /// Columns that contain the text, best first. Empty for surveys: the text is the column with the longest answers.
    text: &'static [&'static str],
    /// The column with the time at which a text was written.
    date: Option<&'static str>,
}

impl KnownExport {
    /// An annotation tool, whose exports are recognised by the shape of their rows.
    pub(super) const fn tool(name: &'static str, source: &'static str) -> Self {
        Self {
            name,
            source,
            known_by: &[],
            text: &[],
            date: None,
        }
    }
}

/// The known exports. If the identifying columns of one export include all identifying columns of another, the export with more
/// columns must come first.
const KNOWN: &[KnownExport] = &[
    KnownExport {
        name: "Google Play Console, reviews",
        source: "google-play",
        known_by: &["Package Name", "Star Rating", "Review Text"],
        text: &["Review Text"],
        date: Some("Review Submit Date and Time"),
    },
    KnownExport {
        name: "App Store Connect, customer reviews",
        source: "app-store",
        known_by: &["body", "reviewerNickname", "createdDate"],
        text: &["body"],
        date: Some("createdDate"),
    },
    KnownExport {
        name: "Trustpilot, service reviews",
        source: "trustpilot",
        known_by: &["Review Content", "Review Stars"],
        text: &["Review Content"],
        date: Some("Review Created"),
    },
    KnownExport {
        name: "Zendesk, tickets (JSON)",
        source: "zendesk",
        known_by: &["raw_subject", "description", "created_at"],
        text: &["description"],
        date: Some("created_at"),
    },
    KnownExport {
        name: "Zendesk, tickets (CSV)",
        source: "zendesk",
        known_by: &["Requester", "Assignee", "Subject", "Created at"],
        text: &["Description", "Subject"],
        date: Some("Created at"),
    },
    KnownExport {
        name: "Freshdesk, tickets",
        source: "freshdesk",
        known_by: &["Ticket ID", "Subject", "Created time"],
        text: &["Description", "Subject"],
        date: Some("Created time"),
    },
    KnownExport {
        name: "HubSpot, tickets",
        source: "hubspot",
        known_by: &["Ticket ID", "Ticket name", "Create date"],
        text: &["Ticket description", "Ticket name"],
        date: Some("Create date"),
    },
    KnownExport {
        name: "Intercom, conversations",
        source: "intercom",
        known_by: &[
            "Conversation ID",
            "Conversation started at",
            "Conversation rating remark",
        ],
        text: &["Conversation rating remark"],
        date: Some("Conversation started at"),
    },
    KnownExport {
        name: "Salesforce, cases",
        source: "salesforce",
        known_by: &["CaseNumber", "Subject", "Description"],
        text: &["Description"],
        date: Some("CreatedDate"),
    },
    KnownExport {
        name: "Jira, issues",
        source: "jira",
        known_by: &["Issue key", "Issue id", "Summary"],
        text: &["Description", "Summary"],
        date: None, // its dates have no fixed format
    },
    KnownExport {
        name: "SurveyMonkey, responses",
        source: "surveymonkey",
        known_by: &["Respondent ID", "Collector ID", "Date Created"],
        text: &[],
        date: Some("Date Created"),
    },
    KnownExport {
        name: "Qualtrics, responses",
        source: "qualtrics",
        known_by: &["ResponseId", "RecordedDate", "Progress"],
        text: &[],
        date: Some("RecordedDate"),
    },
    KnownExport {
        name: "Typeform, responses",
        source: "typeform",
        known_by: &["#", "Network ID", "Submit Date"],
        text: &[],
        date: Some("Submit Date"),
    },
];

/// An export that was recognised in a file, with the column names as the file spells them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecognisedExport {
    /// The known export.
    pub known: &'static KnownExport,
    /// The column with the text.
    pub text: String,
    /// The column with the time, if the file has one.
    pub date: Option<String>,
    /// The field with the label, in exports of annotation tools.
    pub label: Option<String>,
    /// Remarks about the labels, for people. Each is one sentence without a full stop.
    pub remarks: Vec<String>,
}

/// Returns the known export that has these columns, if any.
pub(super) fn recognise(fields: &[FieldSample]) -> Option<RecognisedExport> {
    let columns = || fields.iter().map(|field| &field.name);
    let find = |name: &str| columns().find(|column| is_named(column, name));
    KNOWN.iter().find_map(|export| {
        if !export.known_by.iter().all(|name| find(name).is_some()) {
            return None;
        }
        let text = match export.text {
            [] => most_like_text(fields)?,
            names => names.iter().find_map(|name| find(name))?.clone(),
        };
        Some(RecognisedExport {
            known: export,
            text,
            date: export.date.and_then(find).cloned(),
            label: None,
            remarks: Vec::new(),
        })
    })
}

/// Returns whether a column has this name, ignoring case. A time zone or unit may follow the name: `Review Created (UTC)`.
fn is_named(column: &str, name: &str) -> bool {
    let column = column.trim();
    let (Some(start), Some(rest)) = (column.get(..name.len()), column.get(name.len()..)) else {
        return false;
    };
    start.eq_ignore_ascii_case(name) && (rest.is_empty() || rest.starts_with(" ("))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(header: &str) -> Option<(&'static str, String, Option<String>)> {
        let answers = |name: &str| match name.ends_with('?') {
            true => vec!["It crashes when I save".to_owned()],
            false => Vec::new(),
        };
        let fields: Vec<FieldSample> = header
            .split(',')
            .map(|name| FieldSample::new(name, answers(name)))
            .collect();
        recognise(&fields).map(|found| (found.known.source, found.text, found.date))
    }

    #[track_caller]
    fn check(header: &str, source: &str, text: &str, date: Option<&str>) {
        let found = recognised(header).unwrap();
        assert_eq!(
            (found.0, found.1.as_str(), found.2.as_deref()),
            (source, text, date)
        );
    }

    #[test]
    fn exports_are_recognised_by_their_headers() {
        check(
            "Package Name,App Version Code,App Version Name,Reviewer Language,Device,Review Submit Date and Time,\
             Review Submit Millis Since Epoch,Review Last Update Date and Time,Review Last Update Millis Since Epoch,\
             Star Rating,Review Title,Review Text,Developer Reply Date and Time,Developer Reply Millis Since Epoch,\
             Developer Reply Text,Review Link",
            "google-play",
            "Review Text",
            Some("Review Submit Date and Time"),
        );
        check(
            "id,rating,title,body,reviewerNickname,createdDate,territory",
            "app-store",
            "body",
            Some("createdDate"),
        );
        check(
            "Review Id,Review Created (UTC),Review Username,Review Title,Review Content,Review Stars,Domain Url",
            "trustpilot",
            "Review Content",
            Some("Review Created (UTC)"),
        );
        check(
            "Summation column,Id,Requester,Requester id,Requester external id,Requester email,Requester domain,\
             Submitter,Assignee,Group,Subject,Tags,Status,Priority,Via,Ticket type,Created at,Updated at",
            "zendesk",
            "Subject",
            Some("Created at"),
        );
        check(
            "url,created_at,updated_at,type,subject,raw_subject,description,priority,status",
            "zendesk",
            "description",
            Some("created_at"),
        );
        check(
            "Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Due by Time,Resolved time",
            "freshdesk",
            "Subject",
            Some("Created time"),
        );
        check(
            "Ticket ID,Ticket name,Pipeline,Ticket status,Create date,Ticket description",
            "hubspot",
            "Ticket description",
            Some("Create date"),
        );
        check(
            "Conversation ID,Conversation started at (Europe/Berlin),Started by,Conversation rating,Conversation rating remark",
            "intercom",
            "Conversation rating remark",
            Some("Conversation started at (Europe/Berlin)"),
        );
        check(
            "Id,CaseNumber,Subject,Description,CreatedDate",
            "salesforce",
            "Description",
            Some("CreatedDate"),
        );
        check(
            "Summary,Issue key,Issue id,Issue Type,Status,Created",
            "jira",
            "Summary",
            None,
        );
        check(
            "Respondent ID,Collector ID,Date Created,Date Modified,IP Address,What should we improve?",
            "surveymonkey",
            "What should we improve?",
            Some("Date Created"),
        );
        check(
            "StartDate,EndDate,Status,Progress,RecordedDate,ResponseId,Q1,Why?",
            "qualtrics",
            "Why?",
            Some("RecordedDate"),
        );
        check(
            "#,Why?,Response Type,Start Date (UTC),Submit Date (UTC),Network ID",
            "typeform",
            "Why?",
            Some("Submit Date (UTC)"),
        );
    }

    #[test]
    fn case_and_spaces_may_differ_and_other_files_are_not_recognised() {
        check(
            " ticket id,SUBJECT,created time ,description",
            "freshdesk",
            "description",
            Some("created time "),
        );
        assert_eq!(recognised("id,text,label,source,created_at"), None);
        assert_eq!(recognised("Ticket ID,Subject,Created timeout"), None);
        assert_eq!(recognised(""), None);
    }

    /// The table in the documentation lists each export with its source and columns.
    #[test]
    fn the_documentation_lists_all_exports() {
        let documented = include_str!("../../../../docs/server.md");
        for export in KNOWN {
            let columns = |names: &[&str]| {
                let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                quoted.join(", ")
            };
            let line = format!(
                "| {} | {} | {} | {} | `{}` |",
                export.name,
                columns(export.known_by),
                match export.text {
                    [] => "the longest answers".into(),
                    names => columns(names),
                },
                export.date.map_or("–".into(), |date| columns(&[date])),
                export.source
            );
            assert!(documented.contains(&line), "docs/server.md lacks {line}");
        }
    }
}
