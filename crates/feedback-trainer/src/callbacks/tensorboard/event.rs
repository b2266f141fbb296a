//! The three kinds of TensorBoard's `Event` message that this crate writes, as protocol buffers.
//!
//! The field numbers are from `tensorboard/compat/proto/event.proto` and `summary.proto`.

/// One message of an event file.
#[derive(Debug)]
pub(super) enum Event<'a> {
    /// The first message of each file.
    FileVersion,
    /// Start of a resumed run: TensorBoard discards the values that earlier files have for `step` and later
    /// steps.
    SessionStart { step: usize },
    /// Values by tag.
    Scalars {
        step: usize,
        values: &'a [(String, f32)],
    },
}

/// Wire types of fields.
const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const LENGTH: u8 = 2;
const FIXED_32: u8 = 5;

/// `SessionLog.SessionStatus.START`.
const START: u64 = 1;

impl Event<'_> {
    /// Returns the encoded message. `wall_time` is in seconds since 1970.
    pub(super) fn encode(&self, wall_time: f64) -> Vec<u8> {
        let mut event = Message::default();
        event.tag(1, FIXED_64).0.extend(wall_time.to_le_bytes());
        match self {
            Self::FileVersion => event.bytes(3, b"brain.Event:2"),
            Self::SessionStart { step } => {
                let mut session = Message::default();
                session.varint(1, START);
                event.varint(2, *step as u64).bytes(7, &session.0)
            }
            Self::Scalars { step, values } => {
                let mut summary = Message::default();
                for (tag, value) in *values {
                    let mut scalar = Message::default();
                    scalar.bytes(1, tag.as_bytes());
                    scalar.tag(2, FIXED_32).0.extend(value.to_le_bytes());
                    summary.bytes(1, &scalar.0);
                }
                event.varint(2, *step as u64).bytes(5, &summary.0)
            }
        };
        event.0
    }
}

/// The encoded bytes of a message that is being built.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn tag(&mut self, field: u8, wire_type: u8) -> &mut Self {
        self.0.push(field << 3 | wire_type);
        self
    }

    fn varint(&mut self, field: u8, value: u64) -> &mut Self {
        self.tag(field, VARINT).raw_varint(value)
    }

    fn bytes(&mut self, field: u8, value: &[u8]) -> &mut Self {
        self.tag(field, LENGTH).raw_varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// Writes seven bits per byte, the lowest first; the top bit means that more bytes follow.
    fn raw_varint(&mut self, mut value: u64) -> &mut Self {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The expected bytes are `Event(…).SerializeToString().hex()` of tensorboard 2.21.0.
    #[test]
    fn messages_match_tensorboard() {
        let values = [("train/loss".to_owned(), 0.25), ("eval/größe".to_owned(), -3.5)];
        let scalars = Event::Scalars {
            step: 300,
            values: &values,
        };
        assert_eq!(
            hex(&scalars.encode(1.5)),
            "09000000000000f83f10ac022a280a110a0a747261696e2f6c6f7373150000803e0a130a0c6576616c2f6772c3b6c39f6515000060c0"
        );
        assert_eq!(
            hex(&Event::FileVersion.encode(1.5)),
            "09000000000000f83f1a0d627261696e2e4576656e743a32"
        );
        assert_eq!(
            hex(&Event::SessionStart { step: 8 }.encode(1.5)),
            "09000000000000f83f10083a020801"
        );
    }
}
