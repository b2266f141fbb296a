//! Looks at the first rows of a file.

use std::path::Path;

use feedback_dataset::read::{EncodingName, LabelRule, ReadError, ReadOptions, RowError};
use feedback_dataset::record::{BadRow, BadRowReason, Row};

use crate::contents::{Contents, FileFormat};
use crate::limits::Limits;
use crate::open::open_as;
use crate::preview::annotated;
use crate::preview::exports::{RecognisedExport, recognise};
use crate::preview::fields::{FieldSample, sample};
use crate::preview::roles::Roles;
use crate::preview::shape::refuse_other_shapes;

/// Number of rows on which a preview is based, unless the caller says otherwise.
pub const PREVIEW_ROWS: usize = 200;

/// What a file seems to contain.
#[derive(Debug)]
#[non_exhaustive]
pub struct Preview {
    /// The format, the containers and the sheet.
    pub contents: Contents,
    /// The fields in the order in which they first occur. A field within a JSON object has a path such as `data.text`.
    pub fields: Vec<FieldSample>,
    /// The encoding of a text file, if it was guessed and is neither UTF-8 nor UTF-16.
    pub guessed_encoding: Option<EncodingName>,
    /// The first rows that could be read.
    pub rows: Vec<Row>,
    /// The first row that could not be read, if there is one among the first rows.
    pub first_bad: Option<BadRow>,
    /// The tool that wrote the file, if its columns say so.
    pub export: Option<RecognisedExport>,
    /// What the fields seem to be.
    pub roles: Roles,
    /// Number of rows that have another number of fields than the header.
    pub(super) n_ragged: usize,
}

impl Preview {
    /// Guesses again what the fields are, for rows that were converted from a file of another format, `format`. The files of some tools can
    /// be recognised only by the format that they had.
    #[must_use]
    pub fn converted_from(mut self, format: FileFormat) -> Self {
        if let Some(tool) = annotated::recognise(format, &self.fields, &self.rows) {
            self.roles = Roles::of(&self.fields, Some(&tool));
            self.export = Some(tool);
        }
        self
    }
}

/// Reads the first `n_rows` rows of a file and guesses what the fields are. The text field and the label field in `options` are
/// not used.
///
/// # Errors
///
/// The errors of [`open`](crate::open), a fatal error in the first rows, or a shape that is not read. Bad rows are no errors.
///
/// # Examples
///
/// ```
/// use feedback_dataset::read::ReadOptions;
/// use feedback_formats::{Limits, PREVIEW_ROWS, preview};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("reviews.csv");
/// fs_err::write(&path, "Date;Stars;Comment\n24/03/2025;2;It crashes on start\n25/03/2025;5;Great sound, easy to set up\n")?;
/// let found = preview(&path, &ReadOptions::default(), &Limits::default(), PREVIEW_ROWS)?;
/// assert_eq!(found.roles.text.as_deref(), Some("Comment"));
/// assert_eq!(found.roles.date.as_deref(), Some("Date"));
/// assert_eq!(found.roles.rating.as_deref(), Some("Stars"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn preview(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    limits: &Limits,
    n_rows: usize,
) -> Result<Preview, ReadError> {
    let path = path.as_ref();
    look(Named { path, name: path }, options, limits, n_rows)
}

/// A file and the name that messages use for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) path: &'a Path,
    pub(super) name: &'a Path,
}

/// Like [`preview`], for a file that is stored under another name.
pub(super) fn look(
    file: Named<'_>,
    options: &ReadOptions,
    limits: &Limits,
    n_rows: usize,
) -> Result<Preview, ReadError> {
    let mut options = options.clone();
    options.text_required = false;
    options.allow_empty = true;
    options.label_rule = LabelRule::Optional;
    let mut source = open_as(file.path, file.name, &options, limits)?;
    let columns = source.reader.header()?.map(<[String]>::to_vec);
    let (mut rows, mut n_ragged) = (Vec::new(), 0);
    let mut first_bad = None;
    for row in source.reader.by_ref().take(n_rows) {
        match row {
            Ok(row) => rows.push(row),
            // It is reported later, when the whole file is read.
            Err(RowError::Bad(row)) => {
                n_ragged += usize::from(matches!(row.reason, BadRowReason::FieldCount { .. }));
                first_bad.get_or_insert(row);
            }
            Err(RowError::Fatal(error)) => return Err(error),
        }
    }
    refuse_other_shapes(file.name, source.contents.format, columns.as_deref(), &rows)?;
    let fields = sample(columns, &rows);
    let tool = annotated::recognise(source.contents.format, &fields, &rows);
    let export = tool.or_else(|| recognise(&fields));
    let roles = Roles::of(&fields, export.as_ref());
    Ok(Preview {
        guessed_encoding: source.reader.guessed_encoding(),
        contents: source.contents,
        fields,
        rows,
        first_bad,
        export,
        roles,
        n_ragged,
    })
}
