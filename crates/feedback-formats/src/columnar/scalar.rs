//! Writes numbers, texts, dates and other single values of Arrow arrays as JSON.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DecimalType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayAccessor, ArrayRef, BooleanArray, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};

use crate::columnar::output::{Output, TooLong, Write, WriteValue};
use crate::columnar::temporal::{Zone, write_date, write_duration, write_time, write_timestamp};
use crate::json::{write_display, write_float, write_string};

/// Returns the writer of an array of single values; `None` for other arrays.
pub(super) fn scalar(array: &ArrayRef) -> Option<Write> {
    integers(array)
        .or_else(|| floats(array))
        .or_else(|| texts(array))
        .or_else(|| decimals(array))
        .or_else(|| times(array))
}

/// A writer of a primitive array.
fn primitive<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    write: impl Fn(T::Native, &mut String) + Send + 'static,
) -> Option<Write> {
    let array: PrimitiveArray<T> = array.as_primitive_opt::<T>()?.clone();
    Some(Box::new(move |index: usize, out: &mut String| {
        write(array.value(index), out)
    }))
}

fn integers(array: &ArrayRef) -> Option<Write> {
    match array.data_type() {
        DataType::Int8 => primitive::<Int8Type>(array, write_display),
        DataType::Int16 => primitive::<Int16Type>(array, write_display),
        DataType::Int32 => primitive::<Int32Type>(array, write_display),
        DataType::Int64 => primitive::<Int64Type>(array, write_display),
        DataType::UInt8 => primitive::<UInt8Type>(array, write_display),
        DataType::UInt16 => primitive::<UInt16Type>(array, write_display),
        DataType::UInt32 => primitive::<UInt32Type>(array, write_display),
        DataType::UInt64 => primitive::<UInt64Type>(array, write_display),
        _ => None,
    }
}

fn floats(array: &ArrayRef) -> Option<Write> {
    match array.data_type() {
        DataType::Float64 => primitive::<Float64Type>(array, write_float),
        DataType::Float32 => primitive::<Float32Type>(array, write_float32),
        DataType::Float16 => primitive::<Float16Type>(array, |value, out| write_float32(value.to_f32(), out)),
        _ => None,
    }
}

/// Writes the shortest digits that give the same `f32`; as an `f64`, 0.1 would be 0.10000000149011612.
fn write_float32(value: f32, out: &mut String) {
    match value.to_string().parse() {
        Ok(number) => write_float(number, out),
        Err(_) => out.push_str("null"),
    }
}

fn texts(array: &ArrayRef) -> Option<Write> {
    match array.data_type() {
        DataType::Utf8 => Some(strings(array.as_string::<i32>().clone())),
        DataType::LargeUtf8 => Some(strings(array.as_string::<i64>().clone())),
        DataType::Utf8View => Some(strings(array.as_string_view().clone())),
        DataType::Binary => Some(bytes(array.as_binary::<i32>().clone())),
        DataType::LargeBinary => Some(bytes(array.as_binary::<i64>().clone())),
        DataType::BinaryView => Some(bytes(array.as_binary_view().clone())),
        DataType::FixedSizeBinary(_) => Some(bytes(array.as_fixed_size_binary().clone())),
        DataType::Boolean => {
            let array: BooleanArray = array.as_boolean().clone();
            Some(Box::new(move |index: usize, out: &mut String| {
                write_display(array.value(index), out)
            }))
        }
        _ => None,
    }
}

fn strings<A: Send + 'static>(array: A) -> Write
where
    for<'a> &'a A: ArrayAccessor<Item = &'a str>,
{
    Box::new(move |index: usize, out: &mut String| write_string((&array).value(index), out))
}

fn bytes<A: Send + 'static>(array: A) -> Write
where
    for<'a> &'a A: ArrayAccessor<Item = &'a [u8]>,
{
    Box::new(Bytes(array))
}

/// Bytes are written as text if they are UTF-8, otherwise as hexadecimal digits after `0x`.
struct Bytes<A>(A);

impl<A: Send> WriteValue for Bytes<A>
where
    for<'a> &'a A: ArrayAccessor<Item = &'a [u8]>,
{
    fn write(&self, index: usize, out: &mut Output) -> Result<(), TooLong> {
        let bytes = (&self.0).value(index);
        match std::str::from_utf8(bytes) {
            Ok(text) => write_string(text, &mut out.json),
            Err(_) => {
                out.has_raw_bytes = true;
                out.json.push_str("\"0x");
                bytes
                    .iter()
                    .for_each(|byte| write_display(format_args!("{byte:02x}"), &mut out.json));
                out.json.push('"');
            }
        }
        out.check()
    }
}

fn decimals(array: &ArrayRef) -> Option<Write> {
    match array.data_type() {
        DataType::Decimal32(..) => decimal::<Decimal32Type>(array),
        DataType::Decimal64(..) => decimal::<Decimal64Type>(array),
        DataType::Decimal128(..) => decimal::<Decimal128Type>(array),
        DataType::Decimal256(..) => decimal::<Decimal256Type>(array),
        _ => None,
    }
}

/// Decimal numbers are written with all their digits.
fn decimal<T: DecimalType + ArrowPrimitiveType>(array: &ArrayRef) -> Option<Write> {
    let array: PrimitiveArray<T> = array.as_primitive_opt::<T>()?.clone();
    Some(Box::new(move |index: usize, out: &mut String| {
        out.push_str(&array.value_as_string(index))
    }))
}

fn times(array: &ArrayRef) -> Option<Write> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    match array.data_type() {
        DataType::Date32 => primitive::<Date32Type>(array, |days, out| write_date(i64::from(days), out)),
        DataType::Date64 => primitive::<Date64Type>(array, |millis, out| {
            write_date(millis.div_euclid(86_400_000), out)
        }),
        DataType::Timestamp(unit, zone) => timestamps(array, *unit, zone.as_ref()),
        DataType::Time32(Second) => {
            primitive::<Time32SecondType>(array, |v, out| write_time(v.into(), Second, out))
        }
        DataType::Time32(_) => {
            primitive::<Time32MillisecondType>(array, |v, out| write_time(v.into(), Millisecond, out))
        }
        DataType::Time64(Microsecond) => {
            primitive::<Time64MicrosecondType>(array, |v, out| write_time(v, Microsecond, out))
        }
        DataType::Time64(_) => {
            primitive::<Time64NanosecondType>(array, |v, out| write_time(v, Nanosecond, out))
        }
        DataType::Duration(Second) => {
            primitive::<DurationSecondType>(array, |v, out| write_duration(v, Second, out))
        }
        DataType::Duration(Millisecond) => {
            primitive::<DurationMillisecondType>(array, |v, out| write_duration(v, Millisecond, out))
        }
        DataType::Duration(Microsecond) => {
            primitive::<DurationMicrosecondType>(array, |v, out| write_duration(v, Microsecond, out))
        }
        DataType::Duration(Nanosecond) => {
            primitive::<DurationNanosecondType>(array, |v, out| write_duration(v, Nanosecond, out))
        }
        _ => None,
    }
}

fn timestamps(array: &ArrayRef, unit: TimeUnit, zone: Option<&Arc<str>>) -> Option<Write> {
    let zone = Zone::new(zone.map(|zone| &**zone));
    let write = move |value: i64, out: &mut String| write_timestamp(value, unit, zone, out);
    match unit {
        TimeUnit::Second => primitive::<TimestampSecondType>(array, write),
        TimeUnit::Millisecond => primitive::<TimestampMillisecondType>(array, write),
        TimeUnit::Microsecond => primitive::<TimestampMicrosecondType>(array, write),
        TimeUnit::Nanosecond => primitive::<TimestampNanosecondType>(array, write),
    }
}
