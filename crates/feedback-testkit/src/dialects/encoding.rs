//! Encodings, written by hand.

/// How characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// UTF-8 after a byte order mark.
    Utf8Bom,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, little endian, after a byte order mark.
    Utf16LeBom,
    /// UTF-16, big endian.
    Utf16Be,
    /// UTF-16, big endian, after a byte order mark.
    Utf16BeBom,
    /// Windows-1252. Nothing in the file names the encoding.
    Windows1252,
}

/// The characters of Windows-1252 from 0x80 to 0x9F; U+FFFD where there is none.
const FROM_0X80: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
    '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

impl Charset {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Utf8,
        Self::Utf8Bom,
        Self::Utf16Le,
        Self::Utf16LeBom,
        Self::Utf16Be,
        Self::Utf16BeBom,
        Self::Windows1252,
    ];

    /// The name of the encoding in the WHATWG Encoding Standard.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Utf8Bom => "utf-8",
            Self::Utf16Le | Self::Utf16LeBom => "utf-16le",
            Self::Utf16Be | Self::Utf16BeBom => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The text without characters that the encoding does not have.
    pub(super) fn fitted(self, text: &str) -> String {
        match self {
            Self::Windows1252 => text
                .chars()
                .map(|character| if byte(character).is_some() { character } else { '?' })
                .collect(),
            _ => text.to_owned(),
        }
    }

    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        let mark = |marked: bool| if marked { "\u{feff}" } else { "" };
        let units = |marked: bool| {
            let mark: Vec<u16> = mark(marked).encode_utf16().collect();
            mark.into_iter().chain(text.encode_utf16())
        };
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Bom => [mark(true).as_bytes(), text.as_bytes()].concat(),
            Self::Utf16Le | Self::Utf16LeBom => units(self == Self::Utf16LeBom)
                .flat_map(u16::to_le_bytes)
                .collect(),
            Self::Utf16Be | Self::Utf16BeBom => units(self == Self::Utf16BeBom)
                .flat_map(u16::to_be_bytes)
                .collect(),
            Self::Windows1252 => text
                .chars()
                .map(|character| byte(character).unwrap_or(b'?'))
                .collect(),
        }
    }
}

/// The byte of a character in Windows-1252.
fn byte(character: char) -> Option<u8> {
    if let Some(at) = FROM_0X80
        .iter()
        .position(|other| *other == character && character != '\u{fffd}')
    {
        return u8::try_from(at + 0x80).ok();
    }
    let code = u8::try_from(u32::from(character)).ok()?;
    (!(0x80..0xA0).contains(&code)).then_some(code)
}
