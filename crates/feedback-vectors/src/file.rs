//! The file and what is known about its records.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use feedback_files::{AtomicFile, make_private};
use fs_err::{File, OpenOptions};

use crate::error::{Error, Result};
use crate::half;
use crate::record::{HEADER, Key, Layout, State, header, read_header};

/// Number of records that are read at a time when a file is opened.
const READ_AT_ONCE: usize = 1024;
/// A file with more free than taken records is rewritten when it is opened, if there are at least as many free ones as this.
const MIN_FREE: usize = 1000;

/// The entry of a free record.
const FREE: (u64, Key) = (0, [0; 16]);

/// A vector to be kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry<'a> {
    /// The id of the text, above 0.
    pub id: u64,
    /// A hash of the text.
    pub key: Key,
    /// The vector, of any length above 0.
    pub vector: &'a [f32],
}

/// What was found when a file was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// Records that could not be read: a process was killed or a disk failed while they were written. They are removed.
    pub damaged: usize,
    /// Whether the file ended within a record, which was cut off.
    pub was_torn: bool,
}

/// A file of vectors of one encoder. One process at a time may have it open for writing.
#[derive(Debug)]
pub struct VectorFile {
    path: PathBuf,
    file: File,
    encoder: String,
    layout: Layout,
    /// The id and the key in each record; the id is 0 if it is free.
    ids: Vec<(u64, Key)>,
    /// The record of each id.
    records: HashMap<u64, u32>,
    /// A record of each key.
    keys: HashMap<Key, u32>,
    condition: Condition,
}

impl VectorFile {
    /// Creates an empty file for vectors of `width` numbers, and replaces an existing one. `encoder` says what computes the vectors,
    /// in 1 to 108 bytes. Only its owner can read the file.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if `encoder` or `width` (1 to 65,536) is outside its range; I/O errors.
    pub fn create(path: &Path, encoder: &str, width: usize) -> Result<Self> {
        let layout = Layout::new(width)?;
        let mut new = AtomicFile::create_private(path)?;
        new.write_all(&header(encoder, layout)?)?;
        new.commit()?;
        Ok(Self {
            path: path.to_owned(),
            file: open(path)?,
            encoder: encoder.to_owned(),
            layout,
            ids: Vec::new(),
            records: HashMap::new(),
            keys: HashMap::new(),
            condition: Condition::default(),
        })
    }

    /// Opens a file and reads it once; `None` if it does not exist. Damaged records are erased, and counted in
    /// [`condition`](Self::condition): compute their vectors again.
    ///
    /// # Errors
    ///
    /// [`Error::NotVectors`] if the file is of another kind or its first 128 bytes are damaged; I/O errors.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        let mut file = match open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        make_private(path)?;
        let mut bytes = [0; HEADER];
        let found = match file.read_exact(&mut bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => None,
            read => {
                read?;
                read_header(&bytes)
            }
        };
        let (encoder, layout) = found.ok_or_else(|| Error::NotVectors {
            path: path.to_owned(),
        })?;
        let mut opened = Self {
            path: path.to_owned(),
            file,
            encoder,
            layout,
            ids: Vec::new(),
            records: HashMap::new(),
            keys: HashMap::new(),
            condition: Condition::default(),
        };
        opened.read_all()?;
        let free = opened.ids.len() - opened.records.len();
        if free >= MIN_FREE.max(opened.records.len()) {
            opened.compact()?;
        }
        Ok(Some(opened))
    }

    fn read_all(&mut self) -> Result<()> {
        let length = self.layout.record();
        let mut buffer = vec![0; READ_AT_ONCE * length];
        let mut damaged = Vec::new();
        loop {
            let n = read_up_to(&mut self.file, &mut buffer)?;
            let whole = buffer[..n].chunks_exact(length);
            if !whole.remainder().is_empty() {
                self.condition.was_torn = true;
            }
            for record in whole {
                let place = place(self.ids.len())?;
                self.ids.push(FREE);
                match self.layout.read(record) {
                    State::Free => {}
                    // A record that is there twice was copied by somebody; the first one counts.
                    State::Taken { id, .. } if self.records.contains_key(&id) => damaged.push(place),
                    State::Taken { id, key } => self.index(place, id, key),
                    State::Damaged => damaged.push(place),
                }
            }
            if n < buffer.len() {
                break;
            }
        }
        self.file.set_len(self.end())?;
        self.condition.damaged = damaged.len();
        self.erase_records(&damaged)
    }

    fn index(&mut self, place: u32, id: u64, key: Key) {
        self.ids[place as usize] = (id, key);
        self.records.insert(id, place);
        self.keys.entry(key).or_insert(place);
    }

    /// Where the next record begins.
    fn end(&self) -> u64 {
        self.start(self.ids.len())
    }

    fn start(&self, place: usize) -> u64 {
        (HEADER + place * self.layout.record()) as u64
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What computed the vectors.
    pub fn encoder(&self) -> &str {
        &self.encoder
    }

    /// The number of components of each vector.
    pub fn width(&self) -> usize {
        self.layout.width
    }

    /// The number of vectors.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the file has no vectors.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What was found when the file was opened.
    pub fn condition(&self) -> Condition {
        self.condition
    }

    /// Whether there is a vector with this id.
    pub fn contains(&self, id: u64) -> bool {
        self.records.contains_key(&id)
    }

    /// The ids of all vectors, ascending.
    pub fn ids(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self.records.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The id of a text with this key, whose vector can be used again; `None` if there is none.
    pub fn id_of(&self, key: &Key) -> Option<u64> {
        let place = *self.keys.get(key)?;
        Some(self.ids[place as usize].0).filter(|id| *id > 0)
    }

    /// The key of the text with this id; `None` if it has no vector.
    pub fn key(&self, id: u64) -> Option<Key> {
        let place = *self.records.get(&id)?;
        Some(self.ids[place as usize].1)
    }

    /// The vector with this id, of length 1; `None` if there is none.
    ///
    /// # Errors
    ///
    /// I/O errors.
    pub fn get(&self, id: u64) -> Result<Option<Vec<f32>>> {
        let (found, vector) = self.get_many(&[id])?;
        Ok((!found.is_empty()).then_some(vector))
    }

    /// The vectors with these ids, row by row, of length 1; ids without a vector are left out. Returns the ids that were found, in the
    /// given order, and their vectors.
    ///
    /// # Errors
    ///
    /// I/O errors.
    pub fn get_many(&self, ids: &[u64]) -> Result<(Vec<u64>, Vec<f32>)> {
        let (mut found, mut values) = (Vec::new(), Vec::with_capacity(ids.len() * self.width()));
        let mut file = File::open(&self.path)?;
        let mut record = vec![0; self.layout.record()];
        for &id in ids {
            let Some(&place) = self.records.get(&id) else {
                continue;
            };
            file.seek(SeekFrom::Start(self.start(place as usize)))?;
            file.read_exact(&mut record)?;
            let components = self.layout.components(&record).chunks_exact(2).take(self.width());
            values.extend(components.map(|bytes| half::from_bits(u16::from_le_bytes([bytes[0], bytes[1]]))));
            found.push(id);
        }
        Ok((found, values))
    }

    /// Adds vectors. An id that is there already gets the new vector. The vectors survive the end of the process; in a power failure,
    /// some may be lost, which the next [`open`](Self::open) finds.
    ///
    /// # Errors
    ///
    /// [`Error::Width`], [`Error::NoDirection`], or [`Error::Setting`] for the id 0, before anything is written; I/O errors.
    pub fn append(&mut self, entries: &[Entry<'_>]) -> Result<()> {
        let mut bytes = Vec::with_capacity(entries.len() * self.layout.record());
        let mut new: HashMap<u64, usize> = HashMap::new();
        for (number, entry) in entries.iter().enumerate() {
            if entry.id == 0 || new.insert(entry.id, number).is_some() {
                return Err(Error::Setting {
                    field: "id",
                    found: entry.id.to_string(),
                    expected: "a number above 0 that is given once",
                });
            }
            let vector = normalised(entry.vector, self.width(), || format!("the text {}", entry.id))?;
            self.layout.push(&mut bytes, entry.id, &entry.key, &vector);
        }
        place(self.ids.len() + entries.len())?;
        let known: Vec<u64> = new.into_keys().filter(|id| self.contains(*id)).collect();
        self.forget(&known)?;
        let end = self.end();
        self.file.seek(SeekFrom::Start(end))?;
        if let Err(error) = self.file.write_all(&bytes) {
            // Without its torn end, the file is as before.
            self.file.set_len(end)?;
            return Err(error.into());
        }
        for entry in entries {
            let place = place(self.ids.len())?;
            self.ids.push(FREE);
            self.index(place, entry.id, entry.key);
        }
        Ok(())
    }

    /// Erases vectors: overwrites them with zeros, together with their ids and keys, and waits until this is on the disk. Returns how
    /// many there were.
    ///
    /// # Errors
    ///
    /// I/O errors; some vectors may be erased then, and the call can be repeated.
    pub fn forget(&mut self, ids: &[u64]) -> Result<usize> {
        let mut places: Vec<u32> = ids
            .iter()
            .filter_map(|id| self.records.get(id))
            .copied()
            .collect();
        places.sort_unstable();
        places.dedup();
        self.erase_records(&places)?;
        for &place in &places {
            let (id, _) = std::mem::replace(&mut self.ids[place as usize], FREE);
            self.records.remove(&id);
        }
        if !places.is_empty() {
            // Another text may have the same key; its vector is then computed again when it is needed.
            let ids = &self.ids;
            self.keys.retain(|_, place| ids[*place as usize].0 > 0);
        }
        Ok(places.len())
    }

    fn erase_records(&mut self, places: &[u32]) -> Result<()> {
        let zeros = vec![0; self.layout.record()];
        for &place in places {
            self.file.seek(SeekFrom::Start(self.start(place as usize)))?;
            self.file.write_all(&zeros)?;
        }
        if !places.is_empty() {
            self.file.sync_data()?;
        }
        Ok(())
    }

    /// Rewrites the file without free records.
    fn compact(&mut self) -> Result<()> {
        let length = self.layout.record();
        let mut new = AtomicFile::create_private(&self.path)?;
        new.write_all(&header(&self.encoder, self.layout)?)?;
        let (mut ids, mut moved) = (Vec::new(), HashMap::new());
        let mut record = vec![0; length];
        for place in 0..self.ids.len() {
            if self.ids[place] != FREE {
                self.file.seek(SeekFrom::Start(self.start(place)))?;
                self.file.read_exact(&mut record)?;
                new.write_all(&record)?;
                moved.insert(place as u32, ids.len() as u32);
                ids.push(self.ids[place]);
            }
        }
        new.commit()?;
        self.file = open(&self.path)?;
        self.ids = ids;
        let new_place = |place: &mut u32| *place = moved.get(place).copied().unwrap_or_default();
        self.records.values_mut().for_each(new_place);
        self.keys.values_mut().for_each(new_place);
        Ok(())
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// Number of records, free ones included.
    pub(crate) fn n_records(&self) -> usize {
        self.ids.len()
    }

    /// Opens the file for reading, at a record.
    pub(crate) fn reader(&self, place: usize) -> Result<File> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start(place)))?;
        Ok(file)
    }
}

/// Returns the vector with length 1.
pub(crate) fn normalised(vector: &[f32], width: usize, what: impl Fn() -> String) -> Result<Vec<f32>> {
    if vector.len() != width {
        return Err(Error::Width {
            what: what(),
            found: vector.len(),
            expected: width,
        });
    }
    let squares = vector.iter().map(|value| f64::from(*value) * f64::from(*value));
    let length = squares.sum::<f64>().sqrt();
    if !length.is_finite() || length == 0.0 {
        return Err(Error::NoDirection { what: what() });
    }
    Ok(vector
        .iter()
        .map(|value| (f64::from(*value) / length) as f32)
        .collect())
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// The number of a record. There are at most 2³² records, several terabytes.
fn place(number: usize) -> Result<u32> {
    number.try_into().map_err(|_| Error::Setting {
        field: "records",
        found: number.to_string(),
        expected: "at most 4294967295",
    })
}

/// Fills the buffer; returns how many bytes there were before the end of the file.
pub(crate) fn read_up_to(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match file.read(&mut buffer[n..]) {
            Ok(0) => break,
            Ok(more) => n += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n)
}
