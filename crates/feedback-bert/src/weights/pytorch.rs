//! `pytorch_model.bin`: the archive that `torch.save` writes since PyTorch 1.6.
//!
//! It is a ZIP file without compression: `NAME/data.pkl` describes the tensors, `NAME/data/0`, `NAME/data/1`,
//! … contain their values. Field offsets are from PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use burn_store::burn_pack::Tensor;

use super::file_bytes::FileBytes;
use super::pickle::{self, MAX_PICKLE};
use super::pickle_values::{Result, StoredTensor};
use crate::error::Problem;

/// The position of a member of the archive in the file.
#[derive(Debug, Clone, Copy)]
struct Member {
    start: u64,
    length: u64,
}

/// Returns the tensors of a file by name; their values are read when they are used.
///
/// # Errors
///
/// A message with the reason.
pub(crate) fn open(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    let mut file = Archive::open(path)?;
    let pickle = file.members.iter().find(|(name, _)| name.ends_with("/data.pkl"));
    let (name, &pickle) = pickle.ok_or("it has no `data.pkl`")?;
    let root = name.trim_end_matches("data.pkl").to_owned();
    if pickle.length > MAX_PICKLE {
        return Err(format!(
            "its `data.pkl` has {} bytes, more than {MAX_PICKLE}",
            pickle.length
        )
        .into());
    }
    let bytes = file.read(pickle.start, pickle.length)?;
    if let Some(&order) = file.members.get(&format!("{root}byteorder"))
        && file.read(order.start, order.length.min(16))? != b"little"
    {
        return Err("its values are not in little-endian order".into());
    }
    let described = pickle::read(&bytes)?;
    let mut tensors = BTreeMap::new();
    for (name, stored) in described {
        let storage = file.members.get(&format!("{root}data/{}", stored.key));
        let storage = *storage.ok_or_else(|| format!("the values of `{name}` are missing"))?;
        let tensor = tensor(path, &name, &stored, storage)?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

fn tensor(path: &Path, name: &str, stored: &StoredTensor, storage: Member) -> Result<Tensor> {
    let size = stored.dtype.size();
    let length = stored
        .shape
        .iter()
        .try_fold(size, |bytes, &size| bytes.checked_mul(size));
    let skipped = stored.offset.checked_mul(size);
    let end = length
        .zip(skipped)
        .and_then(|(length, skipped)| length.checked_add(skipped));
    let (Some(length), Some(skipped), Some(end)) = (length, skipped, end) else {
        return Err(format!("`{name}` has the impossible shape {:?}", stored.shape).into());
    };
    if end as u64 > storage.length {
        return Err(format!(
            "`{name}` of shape {:?} needs {end} bytes, its storage has {}",
            stored.shape, storage.length
        )
        .into());
    }
    let bytes = FileBytes {
        path: PathBuf::from(path),
        start: storage.start + skipped as u64,
        length,
    };
    Ok(bytes.tensor(name, stored.dtype, stored.shape.clone().into()))
}

/// An open archive and its directory.
struct Archive {
    file: fs_err::File,
    length: u64,
    members: HashMap<String, Member>,
}

/// Size of the end record without its optional comment.
const END_LENGTH: u64 = 22;
const MAX_COMMENT: u64 = u16::MAX as u64;
/// Sizes of a directory entry and of a member's header, without their names.
const ENTRY_LENGTH: usize = 46;
const HEADER_LENGTH: u64 = 30;
/// Maximum size of the directory in bytes. The directory of a model with a thousand tensors has about 100 kB.
const MAX_DIRECTORY: u64 = 16 << 20;

impl Archive {
    fn open(path: &Path) -> Result<Self> {
        let mut file = fs_err::File::open(path).map_err(|error| error.to_string())?;
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        let mut start = [0; 4];
        if file.read_exact(&mut start).is_err() || start != *b"PK\x03\x04" {
            return Err(Problem::with_hint(
                "it is not an archive of PyTorch 1.6 or later",
                "load it with a current PyTorch and save it again, preferably with safetensors",
            ));
        }
        let mut archive = Self {
            file,
            length,
            members: HashMap::new(),
        };
        archive.read_directory()?;
        Ok(archive)
    }

    fn read(&mut self, start: u64, length: u64) -> Result<Vec<u8>> {
        if start.checked_add(length).is_none_or(|end| end > self.length) {
            return Err("it is cut short".into());
        }
        let mut bytes = vec![0; length as usize];
        let read = self.file.seek(SeekFrom::Start(start));
        let read = read.and_then(|_| self.file.read_exact(&mut bytes));
        read.map(|()| bytes).map_err(|error| error.to_string().into())
    }

    fn read_directory(&mut self) -> Result<()> {
        let tail_length = self.length.min(END_LENGTH + MAX_COMMENT);
        let tail = self.read(self.length - tail_length, tail_length)?;
        let end = tail
            .windows(END_LENGTH as usize)
            .rposition(|bytes| bytes.starts_with(b"PK\x05\x06"));
        let end = &tail[end.ok_or("it has no directory at its end: it is cut short")?..];
        let (size, start) = (u64::from(u32_at(end, 12)), u64::from(u32_at(end, 16)));
        if size > MAX_DIRECTORY {
            return Err(format!("its directory has {size} bytes, more than {MAX_DIRECTORY}").into());
        }
        let directory = self.read(start, size)?;
        let mut rest = directory.as_slice();
        while rest.starts_with(b"PK\x01\x02") && rest.len() >= ENTRY_LENGTH {
            let lengths = [28, 30, 32].map(|at| usize::from(u16_at(rest, at)));
            let name = rest
                .get(ENTRY_LENGTH..ENTRY_LENGTH + lengths[0])
                .ok_or("its directory is cut short")?;
            let name = String::from_utf8_lossy(name).into_owned();
            self.add_member(name, rest)?;
            let entry = ENTRY_LENGTH + lengths.iter().sum::<usize>();
            rest = rest.get(entry..).ok_or("its directory is cut short")?;
        }
        Ok(())
    }

    /// Adds a member. Its directory entry points to its header; the values follow the header's name and extra field.
    fn add_member(&mut self, name: String, entry: &[u8]) -> Result<()> {
        let (method, packed, length) = (u16_at(entry, 10), u32_at(entry, 20), u32_at(entry, 24));
        if method != 0 || packed != length {
            return Err(format!("`{name}` in it is compressed, which `torch.save` does not do").into());
        }
        let header_at = u64::from(u32_at(entry, 42));
        if [length, header_at as u32].contains(&u32::MAX) {
            return Err(Problem::with_hint(
                "it is larger than 4 GB",
                "get the weights as model.safetensors",
            ));
        }
        let header = self.read(header_at, HEADER_LENGTH)?;
        let names = u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
        let (start, length) = (header_at + HEADER_LENGTH + names, u64::from(length));
        if !header.starts_with(b"PK\x03\x04") || start + length > self.length {
            return Err(format!("`{name}` in it is cut short").into());
        }
        self.members.insert(name, Member { start, length });
        Ok(())
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |chunk| u32::from_le_bytes(*chunk))
}
