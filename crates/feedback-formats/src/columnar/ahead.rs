//! Makes rows in a second thread.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use feedback_dataset::read::{JsonRow, RowError};

use crate::columnar::rows::Rows;
use crate::error::FormatError;

type Item = Result<JsonRow, RowError>;

/// Bytes of rows that are passed on at once; a longer row ends its block.
const BLOCK_BYTES: usize = 1 << 18;
/// Blocks that wait: about as many rows as a batch, which are made all at once.
const MAX_BLOCKS: usize = 6;
/// Rows that are passed on at once, if they are short.
const BLOCK_ROWS: usize = 1 << 12;

/// Rows that are made in a thread of their own while the caller uses the rows before them. The thread starts with the first row, and ends
/// with the rows or when this value is dropped. At most 8 blocks of rows exist at a time.
pub(super) struct Ahead {
    path: PathBuf,
    state: State,
    ready: Block,
}

enum State {
    Waiting(Box<Rows<'static>>),
    Running(Receiver<Block>, JoinHandle<()>),
    Ended,
}

impl Ahead {
    pub(super) fn new(rows: Rows<'static>, path: PathBuf) -> Self {
        Self {
            path,
            state: State::Waiting(Box::new(rows)),
            ready: Block::default(),
        }
    }

    /// The next block of rows; `None` at the end.
    fn next_block(&mut self) -> io::Result<Option<Block>> {
        let (receiver, thread) = match std::mem::replace(&mut self.state, State::Ended) {
            State::Waiting(rows) => start(*rows)?,
            State::Running(receiver, thread) => (receiver, thread),
            State::Ended => return Ok(None),
        };
        let Ok(block) = receiver.recv() else {
            return match thread.join() {
                Ok(()) => Ok(None),
                Err(_) => Err(FormatError::Damaged {
                    what: "Parquet file",
                    message: "its decoder failed".to_string(),
                }
                .into()),
            };
        };
        self.state = State::Running(receiver, thread);
        Ok(Some(block))
    }
}

fn start(rows: Rows<'static>) -> io::Result<(Receiver<Block>, JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(MAX_BLOCKS);
    let thread = Builder::new()
        .name("rows".to_string())
        .spawn(move || send_blocks(rows, &sender))?;
    Ok((receiver, thread))
}

/// Rows one after the other: memory that one thread allocates and another frees row by row would take longer than the rows.
#[derive(Default)]
struct Block {
    json: String,
    /// Number of each row and the end of its JSON, or why it has none.
    rows: VecDeque<Result<(u64, usize), RowError>>,
    /// Start of the next row.
    start: usize,
}

impl Block {
    fn push(&mut self, row: Item) {
        let row = row.map(|row| {
            self.json.push_str(&row.json);
            (row.line, self.json.len())
        });
        self.rows.push_back(row);
    }

    fn pop(&mut self) -> Option<Item> {
        let row = self.rows.pop_front()?;
        Some(row.map(|(line, end)| {
            let start = std::mem::replace(&mut self.start, end);
            JsonRow::new(line, self.json[start..end].to_string())
        }))
    }
}

/// Ends early if nobody receives the rows any more.
fn send_blocks(rows: Rows<'static>, sender: &SyncSender<Block>) {
    let mut block = Block::default();
    for row in rows {
        block.push(row);
        let is_full = block.json.len() >= BLOCK_BYTES || block.rows.len() == BLOCK_ROWS;
        if is_full && sender.send(std::mem::take(&mut block)).is_err() {
            return;
        }
    }
    // Without a receiver, there is nobody to tell.
    let _ = sender.send(block);
}

impl Iterator for Ahead {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(row) = self.ready.pop() {
                return Some(row);
            }
            match self.next_block() {
                Ok(block) => self.ready = block?,
                Err(error) => return Some(Err(RowError::Fatal(FormatError::from_io(&self.path, error)))),
            }
        }
    }
}
