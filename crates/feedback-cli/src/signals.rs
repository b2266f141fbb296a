//! Ctrl-C and `kill`: the first signal asks the command to stop, the second one ends the process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Added to the number of a signal to make the exit code, as shells do.
const BY_SIGNAL: i32 = 128;

/// Records SIGINT and SIGTERM.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Sets the flag at the first of these signals and ends the process at the second.
    ///
    /// # Errors
    ///
    /// The system refuses to install a handler.
    pub fn install() -> io::Result<Self> {
        let interrupt = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // In this order: at the first signal the flag is not set yet, so the process continues.
            flag::register_conditional_shutdown(signal, BY_SIGNAL + signal, interrupt.asked.clone())?;
            flag::register_usize(signal, interrupt.signal.clone(), signal.unsigned_abs() as usize)?;
            flag::register(signal, interrupt.asked.clone())?;
        }
        Ok(interrupt)
    }

    /// The flag, which is true after the first signal.
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.asked.clone()
    }

    /// The exit code of a process that ended because of the signal: 130 for Ctrl-C, 143 for `kill`.
    pub fn exit_code(&self) -> u8 {
        let signal = match self.signal.load(Ordering::SeqCst) {
            0 => SIGINT.unsigned_abs() as usize,
            signal => signal,
        };
        u8::try_from(BY_SIGNAL as usize + signal).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_shells() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.exit_code(), 130);
        interrupt.signal.store(SIGTERM as usize, Ordering::SeqCst);
        assert_eq!(interrupt.exit_code(), 143);
    }
}
