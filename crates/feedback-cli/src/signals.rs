//! Ctrl-C and `kill`: the first signal asks the command to stop, the second one ends the process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Added to the number of a signal to get the exit code, as in shells.
const BY_SIGNAL: i32 = 128;

/// Records SIGINT and SIGTERM.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Installs the handlers: the first SIGINT or SIGTERM sets the flag, the second ends the process.
    ///
    /// # Errors
    ///
    /// The system refuses to install a handler.
    pub fn install() -> io::Result<Self> {
        let interrupt = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the shutdown handler runs before the flag is set, so the first signal does not end the
            // process.
            flag::register_conditional_shutdown(signal, BY_SIGNAL + signal, interrupt.asked.clone())?;
            flag::register_usize(signal, interrupt.signal.clone(), signal.unsigned_abs() as usize)?;
            flag::register(signal, interrupt.asked.clone())?;
        }
        Ok(interrupt)
    }

    /// Returns the flag that becomes true at the first signal.
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.asked.clone()
    }

    /// Returns the exit code for the received signal: 130 for Ctrl-C, 143 for `kill`.
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
    fn exit_codes_are_the_same_as_in_shells() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.exit_code(), 130);
        interrupt.signal.store(SIGTERM as usize, Ordering::SeqCst);
        assert_eq!(interrupt.exit_code(), 143);
    }
}
