//! Products of matrices.
//!
//! C += A B is computed in tiles of `TILE_ROWS` rows by a few vectors of columns, whose sums stay in registers. B is
//! packed first, so that a tile reads it from front to back; A is read in place where its rows are contiguous. This is the design of
//! Goto and van de Geijn (2008), with one level of blocks, because rows of a transformer are short.
//!
//! Each element of C is one chain of fused multiply-adds over k, whatever its tile, its thread or its instruction set: the result
//! does not depend on the number of rows, of threads, or on the processor.

mod operands;
mod packed;
mod product;
mod tasks;
mod tile;

pub(crate) use operands::{Matrix, Start};
pub(crate) use packed::Packed;
pub(crate) use product::{multiply, multiply_serial};
pub(crate) use tasks::for_tasks;
