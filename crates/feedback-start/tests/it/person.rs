//! Someone who knows the label of each text.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Read, Result, Write};
use std::rc::Rc;

/// Reads what is shown, and answers with the label of the last text.
pub(crate) struct Person {
    shown: Rc<RefCell<Vec<u8>>>,
    truth: BTreeMap<String, String>,
}

/// What the person sees.
pub(crate) struct Screen(Rc<RefCell<Vec<u8>>>);

impl Person {
    pub(crate) fn new(truth: &BTreeMap<String, String>) -> (Self, Screen) {
        let shown = Rc::default();
        let person = Self {
            shown: Rc::clone(&shown),
            truth: truth.clone(),
        };
        (person, Screen(shown))
    }
}

impl Read for Person {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let shown = String::from_utf8_lossy(&self.shown.borrow()).into_owned();
        let label = shown.lines().rev().find_map(|line| self.truth.get(line.trim()));
        let answer = format!("{}\n", label.unwrap());
        buffer[..answer.len()].copy_from_slice(answer.as_bytes());
        Ok(answer.len())
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
