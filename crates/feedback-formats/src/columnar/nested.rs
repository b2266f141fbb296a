//! Writes the values of Arrow arrays as JSON: lists become arrays; structs and maps become objects. Other types are an error.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use crate::columnar::output::{Output, TooLong, Values, Write, WriteValue};
use crate::columnar::scalar::scalar;
use crate::columns::json_key;
use crate::error::FormatError;

/// Returns the writer of an array. `column` is its name in messages.
pub(super) fn values_of(array: &ArrayRef, column: &str) -> Result<Values, FormatError> {
    let write = match scalar(array) {
        Some(write) => write,
        None => nested(array, column)?,
    };
    Ok(Values::new(array, write))
}

fn nested(array: &ArrayRef, column: &str) -> Result<Write, FormatError> {
    Ok(match array.data_type() {
        DataType::Null => Box::new(|_: usize, out: &mut String| out.push_str("null")),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let offsets = list.offsets().iter().map(|offset| *offset as usize);
            Box::new(Lists::new(offsets.collect(), list.values(), column)?)
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let offsets = list.offsets().iter().map(|offset| *offset as usize);
            Box::new(Lists::new(offsets.collect(), list.values(), column)?)
        }
        DataType::FixedSizeList(_, size) => {
            let list = array.as_fixed_size_list();
            let offsets = (0..=list.len()).map(|index| index * *size as usize);
            Box::new(Lists::new(offsets.collect(), list.values(), column)?)
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let fields = fields.iter().zip(columns).map(|(field, values)| {
                let path = format!("{column}.{}", field.name());
                Ok((json_key(field.name()), values_of(values, &path)?))
            });
            Box::new(Structs(fields.collect::<Result<_, FormatError>>()?))
        }
        DataType::Map(..) => {
            let map = array.as_map();
            Box::new(Maps {
                offsets: map.offsets().iter().map(|offset| *offset as usize).collect(),
                keys: values_of(map.keys(), column)?,
                values: values_of(map.values(), column)?,
            })
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = values_of(dictionary.values(), column)?;
            let keys = match dictionary.values().is_empty() {
                // The dictionary is empty, so every row is null, and no key is read.
                true => Vec::new(),
                false => dictionary.normalized_keys(),
            };
            Box::new(Dictionary { keys, values })
        }
        other => {
            return Err(FormatError::ColumnType {
                column: column.to_string(),
                data_type: other.to_string(),
            });
        }
    })
}

struct Lists {
    /// List `i` consists of the values from `offsets[i]` to `offsets[i + 1]`.
    offsets: Vec<usize>,
    values: Values,
}

impl Lists {
    fn new(offsets: Vec<usize>, values: &ArrayRef, column: &str) -> Result<Self, FormatError> {
        let values = values_of(values, column)?;
        Ok(Self { offsets, values })
    }
}

impl WriteValue for Lists {
    fn write(&self, index: usize, out: &mut Output) -> Result<(), TooLong> {
        let range = self.offsets[index]..self.offsets[index + 1];
        let start = range.start;
        out.json.push('[');
        for position in range {
            if position > start {
                out.json.push(',');
            }
            self.values.write(position, out)?;
        }
        out.json.push(']');
        Ok(())
    }
}

/// Each field: its name as a key of JSON, with quotes and colon, and its values.
struct Structs(Vec<(String, Values)>);

impl WriteValue for Structs {
    fn write(&self, index: usize, out: &mut Output) -> Result<(), TooLong> {
        out.json.push('{');
        for (position, (key, values)) in self.0.iter().enumerate() {
            if position > 0 {
                out.json.push(',');
            }
            out.json.push_str(key);
            values.write(index, out)?;
        }
        out.json.push('}');
        Ok(())
    }
}

struct Maps {
    offsets: Vec<usize>,
    keys: Values,
    values: Values,
}

impl WriteValue for Maps {
    fn write(&self, index: usize, out: &mut Output) -> Result<(), TooLong> {
        let range = self.offsets[index]..self.offsets[index + 1];
        let start = range.start;
        out.json.push('{');
        for position in range {
            if position > start {
                out.json.push(',');
            }
            let from = out.json.len();
            self.keys.write(position, out)?;
            quote_since(from, &mut out.json);
            out.json.push(':');
            self.values.write(position, out)?;
        }
        out.json.push('}');
        Ok(())
    }
}

struct Dictionary {
    keys: Vec<usize>,
    values: Values,
}

impl WriteValue for Dictionary {
    fn write(&self, index: usize, out: &mut Output) -> Result<(), TooLong> {
        self.values.write(self.keys[index], out)
    }
}

/// Puts quotes around the value that was written since `from`, unless it is a string.
pub(super) fn quote_since(from: usize, json: &mut String) {
    if !json[from..].starts_with('"') {
        json.insert(from, '"');
        json.push('"');
    }
}
