//! `serve` as a process: started, queried over a socket, killed, restarted.

mod attack;
mod browser;
mod crash;
mod disk_full;
mod http;
#[cfg(feature = "postgres")]
mod migrate;
mod new_label;
pub(crate) mod process;
mod report;
mod several_labels;
mod start_and_end;
mod train;
