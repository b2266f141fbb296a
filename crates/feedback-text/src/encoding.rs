//! Converts text from other encodings to UTF-8.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

/// The encoding of a file.
///
/// A byte order mark of UTF-8 or UTF-16 always takes precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Encoding {
    /// UTF-8, unless a byte order mark or the zero bytes of the first two characters show UTF-16.
    #[default]
    Utf8,
    /// The encoding that fits the first 64 KiB best. It is UTF-16 if the line breaks and zero bytes of UTF-16 are found. It is
    /// UTF-8 if at least half of the characters of several bytes are valid. Otherwise the frequencies of characters decide, as in
    /// Firefox (crate `chardetng`): mostly Windows-1252, or an encoding of another script. The guess can be wrong: check the texts.
    Guess,
    /// The encoding with this name.
    Named(EncodingName),
}

/// An encoding by its name in the WHATWG Encoding Standard, such as `windows-1252`, `utf-16le`,
/// `shift_jis` or `gb18030`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodingName(&'static encoding_rs::Encoding);

impl fmt::Display for EncodingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

/// The error for an unknown encoding name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown encoding `{0}`, expected `utf-8`, `guess`, or a name of the WHATWG Encoding Standard such as `windows-1252` or `utf-16le`"
)]
pub struct UnknownEncoding(pub String);

impl fmt::Display for Encoding {
    /// Writes the name, which [`FromStr`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf8 => f.write_str("utf-8"),
            Self::Guess => f.write_str("guess"),
            Self::Named(name) => name.fmt(f),
        }
    }
}

impl From<Encoding> for String {
    fn from(encoding: Encoding) -> Self {
        encoding.to_string()
    }
}

impl TryFrom<String> for Encoding {
    type Error = UnknownEncoding;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    /// Parses `guess` or the name of an encoding.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == "guess" {
            return Ok(Self::Guess);
        }
        match encoding_rs::Encoding::for_label(name.as_bytes()) {
            Some(encoding) if encoding == UTF_8 => Ok(Self::Utf8),
            Some(encoding) => Ok(Self::Named(EncodingName(encoding))),
            None => Err(UnknownEncoding(name.to_string())),
        }
    }
}

/// Number of bytes at the start of the input from which the encoding is guessed.
const GUESS_BYTES: usize = 1 << 16;

/// Replaces input that cannot be decoded. This byte never occurs in UTF-8, so the reader cannot decode the row with this byte.
/// All other rows can be decoded.
const UNDECODABLE: u8 = 0xFF;

/// Converts input in any of the encodings to UTF-8 while reading. Input that cannot be decoded becomes the byte 0xFF, which never occurs
/// in UTF-8.
pub struct Utf8Reader<R> {
    inner: R,
    choice: Encoding,
    /// Bytes that were read but not yet decoded or passed on.
    pending: Vec<u8>,
    /// Decoded text; the part before `ready_from` has already been returned.
    ready: Vec<u8>,
    ready_from: usize,
    state: State,
    guessed: Arc<OnceLock<EncodingName>>,
}

enum State {
    /// Nothing has been read.
    Start,
    /// The bytes are passed on unchanged.
    Plain,
    /// The bytes are decoded.
    Decoding(Box<Decoder>),
    /// Everything was decoded.
    Ended,
}

impl<R: Read> Utf8Reader<R> {
    /// Decodes what `inner` yields.
    pub fn new(inner: R, choice: Encoding) -> Self {
        Self {
            inner,
            choice,
            pending: Vec::new(),
            ready: Vec::new(),
            ready_from: 0,
            state: State::Start,
            guessed: Arc::default(),
        }
    }

    /// Returns where the name of the encoding will be as soon as input was read, if it was guessed and is neither UTF-8 nor UTF-16.
    pub fn guessed(&self) -> Arc<OnceLock<EncodingName>> {
        Arc::clone(&self.guessed)
    }

    /// Determines the encoding. Reads 64 KiB to guess it, otherwise only four bytes, so that rows from a pipe arrive without delay.
    fn start(&mut self) -> io::Result<()> {
        let wanted = if self.choice == Encoding::Guess {
            GUESS_BYTES
        } else {
            4
        };
        (&mut self.inner)
            .take(wanted as u64)
            .read_to_end(&mut self.pending)?;
        let encoding = match (encoding_rs::Encoding::for_bom(&self.pending), self.choice) {
            (Some((encoding, _)), _) => encoding,
            (None, Encoding::Utf8) => utf16_by_first_characters(&self.pending).unwrap_or(UTF_8),
            (None, Encoding::Guess) => {
                let encoding = guess(&self.pending);
                if ![UTF_8, UTF_16LE, UTF_16BE].contains(&encoding) {
                    // It is set once, because reading starts once.
                    let _ = self.guessed.set(EncodingName(encoding));
                }
                encoding
            }
            (None, Encoding::Named(EncodingName(encoding))) => encoding,
        };
        self.state = if encoding == UTF_8 {
            self.ready = std::mem::take(&mut self.pending);
            State::Plain
        } else {
            State::Decoding(Box::new(encoding.new_decoder()))
        };
        Ok(())
    }

    /// Decodes the pending bytes, or the next chunk.
    fn decode(&mut self) -> io::Result<()> {
        let State::Decoding(decoder) = &mut self.state else {
            return Ok(());
        };
        let mut last = false;
        if self.pending.is_empty() {
            let read = (&mut self.inner).take(1 << 14).read_to_end(&mut self.pending)?;
            last = read == 0;
        }
        self.ready.clear();
        self.ready_from = 0;
        let mut from = 0;
        loop {
            let filled = self.ready.len();
            // Large enough for any input, so the decoder never stops because the output is full.
            self.ready
                .resize(filled + 16 + 3 * (self.pending.len() - from + 4), 0);
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(
                &self.pending[from..],
                &mut self.ready[filled..],
                last,
            );
            from += read;
            self.ready.truncate(filled + written);
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.ready.push(UNDECODABLE),
            }
        }
        self.pending.clear();
        if last {
            self.state = State::Ended;
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let ready = &self.ready[self.ready_from..];
            if !ready.is_empty() || buffer.is_empty() {
                let n = ready.len().min(buffer.len());
                buffer[..n].copy_from_slice(&ready[..n]);
                self.ready_from += n;
                return Ok(n);
            }
            match &self.state {
                State::Start => self.start()?,
                State::Plain => return self.inner.read(buffer),
                State::Decoding(_) => self.decode()?,
                State::Ended => return Ok(0),
            }
        }
    }
}

/// Guesses the encoding from the start of the input.
fn guess(head: &[u8]) -> &'static encoding_rs::Encoding {
    if let Some(encoding) = utf16_by_first_characters(head).or_else(|| utf16_by_line_breaks(head)) {
        return encoding;
    }
    let (mut valid, mut invalid) = (0, 0);
    for chunk in head.utf8_chunks() {
        valid += chunk
            .valid()
            .chars()
            .filter(|character| !character.is_ascii())
            .count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    // A character that is cut off at the end of the head does not count.
    let is_cut = std::str::from_utf8(head).is_err_and(|error| error.error_len().is_none());
    if invalid <= valid + usize::from(is_cut && head.len() == GUESS_BYTES) {
        UTF_8
    } else {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(head, head.len() < GUESS_BYTES);
        detector.guess(None, Utf8Detection::Deny)
    }
}

/// Recognises UTF-16 that begins with two ASCII characters.
fn utf16_by_first_characters(head: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match *head {
        [a, 0, b, 0, ..] if a.is_ascii() && b.is_ascii() && a != 0 && b != 0 => Some(UTF_16LE),
        [0, a, 0, b, ..] if a.is_ascii() && b.is_ascii() && a != 0 && b != 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Recognises UTF-16 in any script. The text has line breaks of 16 bits and no half surrogate pairs, and more zero bytes on the
/// side of the line breaks' zero byte than on the other side.
fn utf16_by_line_breaks(head: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let zeros_at = |side: usize| head.chunks_exact(2).filter(|pair| pair[side] == 0).count();
    let fits = |unit: fn([u8; 2]) -> u16, zero_side: usize| {
        let units = head.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let halves = char::decode_utf16(units.clone()).filter(Result::is_err).count();
        units.clone().any(|unit| unit == u16::from(b'\n'))
            && zeros_at(zero_side) > zeros_at(1 - zero_side)
            && halves <= usize::from(head.len() == GUESS_BYTES)
    };
    if fits(u16::from_le_bytes, 1) {
        Some(UTF_16LE)
    } else if fits(u16::from_be_bytes, 0) {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], choice: Encoding) -> Vec<u8> {
        let mut text = Vec::new();
        Utf8Reader::new(bytes, choice).read_to_end(&mut text).unwrap();
        text
    }

    fn utf16(text: &str, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn utf8_passes_unchanged() {
        for bytes in [
            &b""[..],
            b"a",
            b"\xEF\xBB\xBFabc",
            "grüße".as_bytes(),
            b"bad \xE9 byte",
        ] {
            assert_eq!(read(bytes, Encoding::Utf8), bytes);
        }
        let long = "ü".repeat(100_000);
        assert_eq!(read(long.as_bytes(), Encoding::Guess), long.as_bytes());
    }

    #[test]
    fn a_byte_order_mark_takes_precedence() {
        let text = "grüße 😀\n".repeat(5000);
        for choice in [Encoding::Utf8, Encoding::Guess, "windows-1252".parse().unwrap()] {
            assert_eq!(read(&utf16(&text, true), choice), text.as_bytes());
        }
        assert_eq!(
            read(&utf16(&text, false), "utf-16le".parse().unwrap()),
            text.as_bytes()
        );
    }

    #[test]
    fn windows_1252_is_guessed() {
        assert_eq!(read(b"caf\xE9 \x80 5", Encoding::Guess), "café € 5".as_bytes());
        assert_eq!(read(b"caf\xE9", "latin1".parse().unwrap()), "café".as_bytes());
    }

    #[test]
    fn the_encoding_that_fits_best_is_guessed() {
        let mut mostly_utf8 = "Größe passt\n".repeat(100).into_bytes();
        mostly_utf8.extend(b"verbla\xDFt\n");
        assert_eq!(read(&mostly_utf8, Encoding::Guess), mostly_utf8);
        let mixed = b"Gr\xC3\xB6\xC3\x9Fe\nverbla\xDFt sch\xF6n\n";
        assert_eq!(read(mixed, Encoding::Guess), mixed);
        let with_zeros = b"id,text\n1,\"the meter \0 jumped back\"\n2,good\0\n";
        assert_eq!(read(with_zeros, Encoding::Guess), with_zeros);
        // The byte that would end the head is the first of two.
        let mut cut = vec![b'a'; GUESS_BYTES - 1];
        cut.extend("ü".as_bytes());
        assert_eq!(read(&cut, Encoding::Guess), cut);
    }

    #[test]
    fn utf16_without_a_mark_is_recognised() {
        let big_endian = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
        for text in ["text\ngrüße 😀\n", "{\"text\":\"привет\"}\n"] {
            for choice in [Encoding::Utf8, Encoding::Guess] {
                assert_eq!(read(&utf16(text, false), choice), text.as_bytes());
                assert_eq!(read(&big_endian(text), choice), text.as_bytes());
            }
        }
        for text in ["отзыв;тема\nне работает;ошибка\n", "反馈,标签\n很好,表扬\n"]
        {
            assert_eq!(read(&utf16(text, false), Encoding::Guess), text.as_bytes());
            assert_eq!(read(&big_endian(text), Encoding::Guess), text.as_bytes());
        }
    }

    #[test]
    fn undecodable_input_stays_undecodable() {
        let mut bytes = utf16("a\nb", true);
        bytes.extend([0x00, 0xD8, b'c', 0]); // half of a surrogate pair
        assert_eq!(read(&bytes, Encoding::Utf8), b"a\nb\xFFc");
        bytes.push(b'd'); // half of a unit
        assert_eq!(read(&bytes, Encoding::Utf8), b"a\nb\xFFc\xFF");
    }

    #[test]
    fn names_are_parsed() {
        assert_eq!("utf-8".parse(), Ok(Encoding::Utf8));
        assert_eq!("guess".parse(), Ok(Encoding::Guess));
        assert!(matches!("Shift_JIS".parse(), Ok(Encoding::Named(name)) if name.to_string() == "Shift_JIS"));
        assert!("klingon".parse::<Encoding>().is_err());
    }
}
