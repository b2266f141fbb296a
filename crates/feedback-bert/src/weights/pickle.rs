//! Reads the part of Python's pickle format that a dictionary of tensors needs, without running anything.
//!
//! A pickle is a program that may name any function and call it. Here a name that is not on a short list is
//! an error, as with `torch.load(weights_only=True)`, and nothing is ever called. The names of the opcodes
//! are from Python's `pickletools`.

use super::pickle_values::{Global, Result, StoredTensor, Value, allowed, rebuild_tensor};

/// Maximum size of a pickle in bytes. The pickle of a model with a thousand tensors has about 200 kB.
pub(crate) const MAX_PICKLE: u64 = 16 << 20;
/// Maximum nesting of tuples; tensors need two levels.
const MAX_DEPTH: usize = 16;
/// Maximum number of values copied to and from the memo, so that a few bytes cannot expand to many values.
const MAX_COPIED: usize = 1 << 20;

/// Returns the tensors of a pickled dictionary, by name.
///
/// # Errors
///
/// A message with the reason: a name that is not allowed, an opcode that a dictionary of tensors does not need,
/// or damage.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<(String, StoredTensor)>> {
    let mut machine = Machine {
        input: bytes,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Default::default(),
        copied: 0,
    };
    while let Some(opcode) = machine.next_opcode()? {
        machine.run(opcode)?;
    }
    match machine.pop()? {
        Value::Dict(tensors) if !tensors.is_empty() => Ok(tensors),
        _ => Err("it does not contain a dictionary of named tensors".into()),
    }
}

/// The stack machine that executes a pickle.
struct Machine<'a> {
    input: &'a [u8],
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: std::collections::HashMap<usize, Value>,
    copied: usize,
}

impl Machine<'_> {
    /// Returns the next opcode, or `None` at the end.
    fn next_opcode(&mut self) -> Result<Option<u8>> {
        let [opcode] = self.take()?;
        Ok((opcode != b'.').then_some(opcode))
    }

    fn run(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            0x80 => self.take::<1>().map(drop),                             // PROTO
            0x95 => self.take::<8>().map(drop),                             // FRAME
            b'N' | 0x88 | 0x89 | b']' => self.push(Value::Plain), // NONE, NEWTRUE, NEWFALSE, EMPTY_LIST
            b'G' => self.take::<8>().and_then(|_| self.push(Value::Plain)), // BINFLOAT
            b'J' => self
                .take()
                .and_then(|bytes| self.int(i64::from(i32::from_le_bytes(bytes)))), // BININT
            b'K' => self
                .take()
                .and_then(|bytes| self.int(i64::from(u8::from_le_bytes(bytes)))), // BININT1
            b'M' => self
                .take()
                .and_then(|bytes| self.int(i64::from(u16::from_le_bytes(bytes)))), // BININT2
            0x8a => self.long(),
            b'X' => self.length_of_four().and_then(|length| self.text(length)), // BINUNICODE
            0x8c => self.take().and_then(|[length]| self.text(usize::from(length))), // SHORT_BINUNICODE
            b'}' => self.push(Value::Dict(Vec::new())),                         // EMPTY_DICT
            b'(' => {
                self.marks.push(self.stack.len()); // MARK
                Ok(())
            }
            b')' => self.tuple(Vec::new()), // EMPTY_TUPLE
            b't' => self.pop_to_mark().and_then(|items| self.tuple(items)), // TUPLE
            0x85..=0x87 => self
                .pop_many(usize::from(opcode - 0x84))
                .and_then(|items| self.tuple(items)), // TUPLE1..3
            b'q' => self.take().and_then(|[index]| self.memoise(usize::from(index))), // BINPUT
            b'r' => self.length_of_four().and_then(|index| self.memoise(index)), // LONG_BINPUT
            0x94 => self.memoise(self.memo.len()), // MEMOIZE
            b'h' => self.take().and_then(|[index]| self.recall(usize::from(index))), // BINGET
            b'j' => self.length_of_four().and_then(|index| self.recall(index)), // LONG_BINGET
            b'c' => self.global(),
            0x93 => self.stack_global(),
            b'Q' => self.persistent_id(),
            b'R' => self.reduce(),
            b'a' | b'b' => self.pop().map(drop), // APPEND to a list, BUILD: attributes such as `_metadata`
            b'e' => self.pop_to_mark().map(drop), // APPENDS
            b's' => self.pop_many(2).and_then(|items| self.set_items(items)), // SETITEM
            b'u' => self.pop_to_mark().and_then(|items| self.set_items(items)), // SETITEMS
            other => Err(format!(
                "its pickle has the opcode 0x{other:02x}, which a dictionary of tensors does not need"
            )
            .into()),
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.input.split_first_chunk().ok_or("its pickle is cut short")?;
        self.input = rest;
        Ok(*head)
    }

    fn take_slice(&mut self, length: usize) -> Result<&[u8]> {
        let (head, rest) = self
            .input
            .split_at_checked(length)
            .ok_or("its pickle is cut short")?;
        self.input = rest;
        Ok(head)
    }

    fn take_line(&mut self) -> Result<String> {
        let end = self.input.iter().position(|&byte| byte == b'\n');
        let line = self.take_slice(end.ok_or("its pickle is cut short")?)?;
        let line = String::from_utf8_lossy(line).into_owned();
        self.take::<1>()?;
        Ok(line)
    }

    fn length_of_four(&mut self) -> Result<usize> {
        let length = u32::from_le_bytes(self.take()?);
        usize::try_from(length).map_err(|_| "a length in its pickle is too large".into())
    }

    fn push(&mut self, value: Value) -> Result<()> {
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err("its pickle takes a value from an empty stack".into());
        }
        self.stack.pop().ok_or_else(|| "its pickle ends early".into())
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Value>> {
        let mut items: Vec<Value> = (0..count).map(|_| self.pop()).collect::<Result<_>>()?;
        items.reverse();
        Ok(items)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>> {
        let mark = self
            .marks
            .pop()
            .ok_or("its pickle takes a mark that was not set")?;
        Ok(self.stack.split_off(mark))
    }

    fn int(&mut self, value: i64) -> Result<()> {
        self.push(Value::Int(value))
    }

    /// Reads the operand of LONG1: a little-endian number of up to eight bytes.
    fn long(&mut self) -> Result<()> {
        let [length] = self.take()?;
        let bytes = self.take_slice(usize::from(length))?;
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        if bytes.len() > 8 {
            return Err("a number in its pickle has more than 64 bits".into());
        }
        let mut all = [if negative { 0xff } else { 0 }; 8];
        all[..bytes.len()].copy_from_slice(bytes);
        self.int(i64::from_le_bytes(all))
    }

    fn text(&mut self, length: usize) -> Result<()> {
        let text = String::from_utf8_lossy(self.take_slice(length)?).into_owned();
        self.push(Value::Text(text))
    }

    fn tuple(&mut self, items: Vec<Value>) -> Result<()> {
        let depth = 1 + items.iter().map(Value::depth).max().unwrap_or(0);
        let weight = 1 + items.iter().map(Value::weight).sum::<usize>();
        if depth > MAX_DEPTH {
            return Err(format!("its pickle nests tuples more than {MAX_DEPTH} deep").into());
        }
        self.push(Value::Tuple { items, depth, weight })
    }

    /// Stores the top of the stack in the memo. A dictionary is stored without its contents: items are added
    /// only to the original, never to a recalled copy.
    fn memoise(&mut self, index: usize) -> Result<()> {
        let value = self
            .stack
            .last()
            .ok_or("its pickle memoises a value from an empty stack")?;
        let copy = match value {
            Value::Dict(_) => Value::Plain,
            other => other.clone(),
        };
        self.count(copy.weight())?;
        self.memo.insert(index, copy);
        Ok(())
    }

    fn recall(&mut self, index: usize) -> Result<()> {
        let value = self
            .memo
            .get(&index)
            .ok_or("its pickle recalls a value that was not memoised")?
            .clone();
        self.count(value.weight())?;
        self.push(value)
    }

    fn count(&mut self, copies: usize) -> Result<()> {
        self.copied += copies;
        if self.copied > MAX_COPIED {
            return Err(format!("its pickle copies more than {MAX_COPIED} values").into());
        }
        Ok(())
    }

    fn global(&mut self) -> Result<()> {
        let module = self.take_line()?;
        let name = self.take_line()?;
        self.push(Value::Global(allowed(&module, &name)?))
    }

    fn stack_global(&mut self) -> Result<()> {
        match self.pop_many(2)?.as_slice() {
            [Value::Text(module), Value::Text(name)] => {
                let global = allowed(module, name)?;
                self.push(Value::Global(global))
            }
            _ => Err("its pickle names a function by a value that is not text".into()),
        }
    }

    /// Reads a reference to a storage: `('storage', type, key, location, number of elements)`.
    fn persistent_id(&mut self) -> Result<()> {
        let Value::Tuple { items, .. } = self.pop()? else {
            return Err("its pickle refers to a storage by a value that is not a tuple".into());
        };
        match items.as_slice() {
            [
                Value::Text(kind),
                Value::Global(Global::Storage(dtype)),
                Value::Text(key),
                ..,
            ] if kind == "storage" => self.push(Value::Storage {
                dtype: *dtype,
                key: key.clone(),
            }),
            _ => Err("its pickle refers to a storage in an unknown way".into()),
        }
    }

    fn reduce(&mut self) -> Result<()> {
        let arguments = self.pop()?;
        let (Value::Global(function), Value::Tuple { items, .. }) = (self.pop()?, arguments) else {
            return Err("its pickle calls a value that is not a function".into());
        };
        match (function, items.as_slice()) {
            (Global::OrderedDict, []) => self.push(Value::Dict(Vec::new())),
            (Global::RebuildParameter, [Value::Tensor(tensor), ..]) => {
                self.push(Value::Tensor(tensor.clone()))
            }
            (Global::RebuildTensor, items) => {
                let tensor = rebuild_tensor(items)?;
                self.push(Value::Tensor(tensor))
            }
            _ => Err("its pickle builds an object that is not a tensor".into()),
        }
    }

    /// Adds tensors to the dictionary on top of the stack; metadata is ignored.
    fn set_items(&mut self, items: Vec<Value>) -> Result<()> {
        let Some(target) = self.stack.last_mut() else {
            return Err("its pickle adds an item to an empty stack".into());
        };
        let Value::Dict(entries) = target else {
            return Ok(()); // attributes of a value that is not used
        };
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            if let (Value::Text(name), Value::Tensor(tensor)) = (key, value) {
                entries.push((name, tensor));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_is_not_allowed_is_named() {
        // What `pickle.dumps` writes for an object whose `__reduce__` returns (os.system, ("true",)).
        let error = read(b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.")
            .unwrap_err()
            .reason;
        assert!(
            error.contains("`posix.system`") && error.contains("nothing was run"),
            "{error}"
        );
        let error = read(b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.")
            .unwrap_err()
            .reason;
        assert!(error.contains("`builtins.eval`"), "{error}");
    }

    #[test]
    fn few_bytes_do_not_expand_to_many_values() {
        let nested = [b"\x80\x02)".as_slice(), &[0x85; 100], b"."].concat();
        assert!(read(&nested).unwrap_err().reason.contains("deep"));
        // Each round makes a pair from two copies of the previous pair.
        let round = b"q\x00h\x00\x86";
        let doubling = [b"\x80\x02N".as_slice(), &round.repeat(15), b"."].concat();
        assert!(read(&doubling).is_err());
        let text = [b"\x80\x02X\xff\xff\xff\x7fabc".as_slice()].concat();
        assert!(read(&text).unwrap_err().reason.contains("cut short"));
    }

    #[test]
    fn random_bytes_are_refused() {
        for seed in 0..5000_u32 {
            let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
            let bytes: Vec<u8> = (0..40)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    b"\x80\x85\x86\x94(())tqhNK}su.bRQc\nX\x8c"[state as usize % 24]
                })
                .collect();
            assert!(read(&bytes).is_err(), "seed {seed}");
        }
    }
}
