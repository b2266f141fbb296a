//! Fills in the names of fields that the caller did not state.

use std::path::Path;

use feedback_dataset::read::{Encoding, Format, LabelRule, ReadError, ReadOptions};

use crate::contents::FileFormat;
use crate::limits::Limits;
use crate::preview::fields::FieldSample;
use crate::preview::layout::find_layout;
use crate::preview::look::{Named, PREVIEW_ROWS, Preview, look};
use crate::preview::roles::Roles;

/// Options with which a file can be read, and what to tell about it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Resolved {
    /// The options with the names of the fields that were found.
    pub options: ReadOptions,
    /// What was found and what is not read, one sentence each without a full stop.
    pub notes: Vec<String>,
    /// Those of the notes that tell what is not read, or how the file is read.
    pub not_read: Vec<String>,
    /// The names of the fields in the first rows.
    pub fields: Vec<String>,
    /// What the fields seem to be.
    pub roles: Roles,
}

/// Finds the text field if the file has no field with the default name `text`. Finds the label field if labels are required and
/// the file has no field `label`. Names that differ from the defaults come from the caller and are kept. If the first rows are
/// not UTF-8, the encoding is guessed, except for JSON.
///
/// # Errors
///
/// The errors of [`preview`](crate::preview()).
///
/// # Examples
///
/// ```
/// use feedback_dataset::read::ReadOptions;
/// use feedback_formats::{Limits, resolve};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("export.json");
/// fs_err::write(&path, r#"[{"id": 1, "data": {"text": "It crashes on start"}}]"#)?;
/// let found = resolve(&path, &ReadOptions::default(), &Limits::default())?;
/// assert_eq!(found.options.text_field, "data.text");
/// assert_eq!(found.notes, ["the text is in the field `data.text`"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn resolve(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    limits: &Limits,
) -> Result<Resolved, ReadError> {
    let path = path.as_ref();
    resolve_as(path, path, options, limits)
}

/// Like [`resolve`], for a file that is stored under another name, such as an upload.
///
/// # Errors
///
/// The errors of [`preview`](crate::preview()).
pub fn resolve_as(
    path: impl AsRef<Path>,
    name: impl AsRef<Path>,
    options: &ReadOptions,
    limits: &Limits,
) -> Result<Resolved, ReadError> {
    let file = Named {
        path: path.as_ref(),
        name: name.as_ref(),
    };
    let mut options = options.clone();
    let found = look_with_any_encoding(file, &mut options, limits)?;
    let mut notes = found.contents.notes();
    notes.extend(found.guessed_encoding.map(|encoding| {
        format!("the file is not UTF-8 and is read as {encoding}; if letters are wrong, state its encoding (`encoding`)")
    }));
    let found = find_layout(file, &mut options, limits, found, &mut notes)?;
    let not_read = notes.clone();
    notes.extend(export_notes(&found, options.label_rule));
    let default = ReadOptions::default();
    if options.text_field == default.text_field
        && !has(&found.fields, &options.text_field)
        && let Some(text) = found
            .roles
            .text
            .clone()
            .filter(|text| *text != options.label_field)
    {
        notes.push(format!("the text is in the field `{text}`"));
        options.text_field = text;
    }
    let is_annotated = found.export.as_ref().is_some_and(|export| export.label.is_some());
    if options.label_rule == LabelRule::Required
        && options.label_field == default.label_field
        && (is_annotated || !has(&found.fields, &options.label_field))
        && let Some(label) = found
            .roles
            .label
            .clone()
            .filter(|label| *label != default.label_field)
    {
        notes.push(format!("the label is in the field `{label}`"));
        options.label_field = label;
    }
    Ok(Resolved {
        options,
        notes,
        not_read,
        fields: found.fields.into_iter().map(|field| field.name).collect(),
        roles: found.roles,
    })
}

/// Guesses the encoding of a file that is not UTF-8 as far as it is guessed from, and not only in some rows. JSON is always UTF-8.
fn look_with_any_encoding(
    file: Named<'_>,
    options: &mut ReadOptions,
    limits: &Limits,
) -> Result<Preview, ReadError> {
    if options.encoding == Encoding::Utf8 {
        let mut guess = options.clone();
        guess.encoding = Encoding::Guess;
        if let Ok(found) = look(file, &guess, limits, PREVIEW_ROWS)
            && found.guessed_encoding.is_some()
            && found.contents.format != FileFormat::Text(Format::Jsonl)
        {
            *options = guess;
            return Ok(found);
        }
    }
    look(file, options, limits, PREVIEW_ROWS)
}

/// Names the tool that wrote a file, and what is to be known about its labels.
fn export_notes(found: &Preview, rule: LabelRule) -> Vec<String> {
    let Some(export) = &found.export else {
        return Vec::new();
    };
    let what = if export.label.is_some() { "rows" } else { "columns" };
    let mut notes = vec![format!("the {what} are those of {}", export.known.name)];
    notes.extend(
        export
            .remarks
            .iter()
            .filter(|_| rule == LabelRule::Required)
            .cloned(),
    );
    notes
}

fn has(fields: &[FieldSample], name: &str) -> bool {
    fields.iter().any(|field| field.name == name)
}
