//! Zip archives: their files, and which of them is read.

use std::io::{self, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::container::member::Member;
use crate::contents::Container;
use crate::error::FormatError;
use crate::foreign::Foreign;
use crate::input::Stored;
use crate::limits::Limits;

/// A zip archive.
pub(crate) struct Archive {
    stored: Stored,
    members: Vec<Member>,
}

/// What a zip archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Xlsx,
    Ods,
    Foreign(Foreign),
    /// An archive of ordinary files.
    Archive,
}

impl Archive {
    /// Reads the directory of the archive.
    pub(crate) fn open(stored: Stored) -> io::Result<Self> {
        let mut archive = ZipArchive::new(stored).map_err(damaged)?;
        let mut members = Vec::with_capacity(archive.len());
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(damaged)?;
            if file.is_dir() {
                continue;
            }
            let Some(data_start) = file.data_start() else {
                continue;
            };
            members.push(Member {
                name: String::from_utf8_lossy(file.name_raw()).into_owned(),
                method: file.compression(),
                encrypted: file.encrypted(),
                compressed_size: file.compressed_size(),
                size: file.size(),
                crc32: file.crc32(),
                data_start,
            });
        }
        let stored = archive.into_inner();
        Ok(Self { stored, members })
    }

    /// Tells spreadsheets and other documents from archives of files.
    pub(crate) fn kind(&mut self) -> io::Result<Kind> {
        let has = |name: &str| self.members.iter().any(|member| member.name == name);
        let has_in = |folder: &str| self.members.iter().any(|member| member.name.starts_with(folder));
        let is_office = has("[Content_Types].xml");
        if is_office && has_in("xl/") {
            return Ok(match has("xl/workbook.bin") {
                true => Kind::Foreign(Foreign::Xlsb),
                false => Kind::Xlsx,
            });
        }
        if is_office && has_in("word/") {
            return Ok(Kind::Foreign(Foreign::Word));
        }
        if is_office && has_in("ppt/") {
            return Ok(Kind::Foreign(Foreign::PowerPoint));
        }
        if has("Index/Document.iwa") || has("Index.zip") {
            return Ok(Kind::Foreign(Foreign::Numbers));
        }
        if self
            .members
            .iter()
            .any(|member| member.name.ends_with("/data.pkl"))
        {
            return Ok(Kind::Foreign(Foreign::Pickle));
        }
        self.kind_by_mimetype()
    }

    /// OpenDocument files and e-books begin with a file that has the type.
    fn kind_by_mimetype(&mut self) -> io::Result<Kind> {
        let limits = Limits::default();
        let Some(index) = self.members.iter().position(|member| member.name == "mimetype") else {
            return Ok(Kind::Archive);
        };
        let mut mimetype = String::new();
        let content = self.content(index, &limits)?;
        if content.take(100).read_to_string(&mut mimetype).is_err() {
            return Ok(Kind::Archive);
        }
        Ok(match mimetype.trim() {
            "application/vnd.oasis.opendocument.spreadsheet" => Kind::Ods,
            "application/epub+zip" => Kind::Foreign(Foreign::Epub),
            other if other.starts_with("application/vnd.oasis.opendocument") => {
                Kind::Foreign(Foreign::OpenDocument)
            }
            _ => Kind::Archive,
        })
    }

    fn content(&mut self, index: usize, limits: &Limits) -> io::Result<Box<dyn Read + Send + '_>> {
        let member = self.members[index].clone();
        self.stored.seek(SeekFrom::Start(member.data_start))?;
        member.expand(&mut self.stored, limits)
    }

    /// The file with this name, expanded.
    #[cfg(feature = "excel")]
    pub(crate) fn part(
        &mut self,
        name: &str,
        limits: &Limits,
    ) -> io::Result<Option<Box<dyn Read + Send + '_>>> {
        match self.members.iter().position(|member| member.name == name) {
            Some(index) => self.content(index, limits).map(Some),
            None => Ok(None),
        }
    }

    /// The complete archive, at its start.
    #[cfg(feature = "excel")]
    pub(crate) fn into_stored(mut self) -> io::Result<Stored> {
        self.stored.rewind()?;
        Ok(self.stored)
    }

    /// Chooses a file and expands it. Returns the file and a description of the archive.
    pub(crate) fn into_member(
        mut self,
        chosen: Option<&str>,
        limits: &Limits,
    ) -> io::Result<(Box<dyn Read + Send>, Container)> {
        self.members.retain(|member| !is_leftover(&member.name));
        let index = self.choose(chosen)?;
        let member = self.members.swap_remove(index);
        let mut others: Vec<String> = self.members.into_iter().map(|member| member.name).collect();
        others.sort();
        self.stored.seek(SeekFrom::Start(member.data_start))?;
        let content = member.expand(self.stored, limits)?;
        let member = member.name;
        Ok((content, Container::Zip { member, others }))
    }

    fn choose(&self, chosen: Option<&str>) -> Result<usize, FormatError> {
        let found = || self.members.iter().map(|member| member.name.clone()).collect();
        let Some(chosen) = chosen else {
            return match self.members.len() {
                0 => Err(FormatError::EmptyArchive),
                1 => Ok(0),
                _ => Err(FormatError::SeveralMembers { found: found() }),
            };
        };
        if let Some(index) = self.members.iter().position(|member| member.name == chosen) {
            return Ok(index);
        }
        let file_name = |member: &Member| member.name.rsplit('/').next() == Some(chosen);
        let mut same_name = (0..self.members.len()).filter(|index| file_name(&self.members[*index]));
        match (same_name.next(), same_name.next()) {
            (Some(index), None) => Ok(index),
            _ => Err(FormatError::MissingMember {
                member: chosen.to_string(),
                found: found(),
            }),
        }
    }
}

/// Files that operating systems add to archives and folders.
fn is_leftover(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/")
        || file.starts_with("._")
        || matches!(file, ".DS_Store" | "Thumbs.db" | "desktop.ini")
}

fn damaged(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => FormatError::from_decoder("zip archive", error),
        error => FormatError::Damaged {
            what: "zip archive",
            message: error.to_string(),
        }
        .into(),
    }
}

/// Expands parts of a spreadsheet without keeping them, and returns their size. Ends early above `stop`.
///
/// The crate that reads the spreadsheet has no limits, and the sizes in the directory may be false.
#[cfg(feature = "excel")]
pub(crate) fn expanded_size(
    archive: &mut Archive,
    wanted: impl Fn(&str) -> bool,
    stop: u64,
    limits: &Limits,
) -> io::Result<u64> {
    let mut total: u64 = 0;
    for index in 0..archive.members.len() {
        if wanted(&archive.members[index].name) && total <= stop {
            let content = archive.content(index, limits)?;
            let rest = (stop - total).saturating_add(1);
            total += io::copy(&mut content.take(rest), &mut io::sink())?;
        }
    }
    Ok(total)
}
