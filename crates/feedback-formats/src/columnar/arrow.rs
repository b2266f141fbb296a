//! Arrow IPC, as a stream and as a file. A file is a stream between a magic number and a footer, so both are read in one pass.

use std::io::{self, Read};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::{Message, root_as_message};
use arrow_schema::{ArrowError, Schema};

use crate::columnar::rows::Batches;
use crate::error::FormatError;
use crate::guard::guarded;

const WHAT: &str = "Arrow file";
/// The magic number of a file and its shortest padding.
const MAGIC_BYTES: usize = 8;
/// The longest alignment that writers of Arrow offer, in bytes.
const MAX_ALIGNMENT: usize = 64;
const CONTINUATION: [u8; 4] = [0xFF; 4];
const END_OF_STREAM: [u8; 8] = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

/// Returns the schema and the batches. `limit` bounds the bytes of a batch.
pub(super) fn arrow_batches<'a>(
    mut input: Box<dyn Read + Send + 'a>,
    is_file: bool,
    limit: usize,
) -> io::Result<(Arc<Schema>, Batches<'a>)> {
    if is_file {
        input = after_magic(input)?;
    }
    let mut stream = ArrowStream {
        input,
        limit,
        decoder: StreamDecoder::new(),
        message: Buffer::default(),
        ended: false,
    };
    // The schema is known after the first batch at the latest.
    let first = stream.next_batch()?;
    let schema = stream
        .decoder
        .schema()
        .ok_or_else(|| damaged("it has no schema"))?;
    let first = first.map(Ok).into_iter();
    Ok((
        schema,
        Box::new(first.chain(std::iter::from_fn(move || stream.next_batch().transpose()))),
    ))
}

/// Skips the magic number and the zeros after it. The number of zeros depends on the alignment that the writer chose: C++ uses 8
/// bytes, Rust 64. No message begins with 8 zeros.
fn after_magic<'a>(mut input: Box<dyn Read + Send + 'a>) -> io::Result<Box<dyn Read + Send + 'a>> {
    read_exactly(&mut input, MAGIC_BYTES)?;
    for _ in 1..MAX_ALIGNMENT / MAGIC_BYTES {
        let mut bytes = Vec::new();
        (&mut input).take(MAGIC_BYTES as u64).read_to_end(&mut bytes)?;
        if bytes != [0; MAGIC_BYTES] {
            return Ok(Box::new(io::Cursor::new(bytes).chain(input)));
        }
    }
    Ok(input)
}

struct ArrowStream<R> {
    input: R,
    limit: usize,
    decoder: StreamDecoder,
    /// The part of a message that was not decoded yet.
    message: Buffer,
    ended: bool,
}

impl<R: Read> ArrowStream<R> {
    fn next_batch(&mut self) -> io::Result<Option<RecordBatch>> {
        let batch = self.decode();
        // The decoder cannot continue after an error.
        self.ended |= batch.is_err();
        batch
    }

    fn decode(&mut self) -> io::Result<Option<RecordBatch>> {
        loop {
            while !self.message.is_empty() {
                let batch = guarded(WHAT, || self.decoder.decode(&mut self.message))?;
                if let Some(batch) = batch.map_err(arrow_error)? {
                    return Ok(Some(batch));
                }
            }
            if self.ended {
                return Ok(None);
            }
            self.message = match read_message(&mut self.input, self.limit)? {
                Some(message) => Buffer::from_vec(message),
                None => {
                    self.ended = true;
                    // A message without a body is decoded only when more bytes follow.
                    Buffer::from_slice_ref(END_OF_STREAM)
                }
            };
        }
    }
}

/// Reads a message with its length and its body; `None` at the end of the stream.
fn read_message(input: &mut impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut word = Vec::new();
    input.take(4).read_to_end(&mut word)?;
    if word.is_empty() {
        return Ok(None);
    }
    // Streams before Arrow 0.15 have no marker.
    if word == CONTINUATION {
        word = read_exactly(input, 4)?;
    }
    let length = <[u8; 4]>::try_from(word).map_err(|_| damaged("it ends within a length"))?;
    let length = u32::from_le_bytes(length) as usize;
    if length == 0 {
        return Ok(None);
    }
    let metadata = read_exactly(input, checked(length, limit)?)?;
    let message = root_as_message(&metadata).map_err(|error| damaged(&error.to_string()))?;
    let body = usize::try_from(message.bodyLength()).map_err(|_| damaged("a body has a negative length"))?;
    let body = read_exactly(input, checked(body, limit)?)?;
    check_buffers(&message, &body, limit)?;
    let mut bytes = Vec::with_capacity(8 + metadata.len() + body.len());
    bytes.extend_from_slice(&CONTINUATION);
    bytes.extend_from_slice(&(length as u32).to_le_bytes());
    bytes.extend_from_slice(&metadata);
    bytes.extend_from_slice(&body);
    Ok(Some(bytes))
}

fn checked(length: usize, limit: usize) -> Result<usize, FormatError> {
    if length > limit {
        return Err(FormatError::TooLarge { limit: limit as u64 });
    }
    Ok(length)
}

/// Checks that the buffers are within the body. Also checks the lengths that compressed buffers announce, because the decoder
/// allocates this much memory.
fn check_buffers(message: &Message<'_>, body: &[u8], limit: usize) -> io::Result<()> {
    let dictionary = message
        .header_as_dictionary_batch()
        .and_then(|dictionary| dictionary.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else {
        return Ok(());
    };
    let mut total: usize = 0;
    for buffer in batch.buffers().into_iter().flatten() {
        let (start, length) = (usize::try_from(buffer.offset()), usize::try_from(buffer.length()));
        let bytes = match (start, length) {
            (Ok(start), Ok(length)) => body.get(start..start.saturating_add(length)),
            _ => None,
        };
        let bytes = bytes.ok_or_else(|| damaged("a buffer lies outside of its message"))?;
        let announced = match bytes.first_chunk().map(|prefix| i64::from_le_bytes(*prefix)) {
            _ if batch.compression().is_none() => 0,
            // An empty buffer; or one that is not compressed.
            None | Some(-1) => 0,
            Some(length) => usize::try_from(length).map_err(|_| damaged("a buffer has a negative length"))?,
        };
        total = total.saturating_add(announced);
        checked(total, limit)?;
    }
    Ok(())
}

/// Reads this many bytes. Memory grows with the bytes that arrive, not with the number that the file announces.
fn read_exactly(input: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(damaged("it ends too early"));
    }
    Ok(bytes)
}

fn damaged(message: &str) -> io::Error {
    FormatError::Damaged {
        what: WHAT,
        message: message.to_string(),
    }
    .into()
}

fn arrow_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::NotYetImplemented(message) => FormatError::Unsupported { what: WHAT, message }.into(),
        error => damaged(&error.to_string()),
    }
}
