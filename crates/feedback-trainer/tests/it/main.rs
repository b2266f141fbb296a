//! The loop as a whole, on a model small enough to train in milliseconds.

mod loops;
mod toy;
mod updates;
