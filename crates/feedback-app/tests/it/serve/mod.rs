//! `serve` as a process: started, asked over a socket, killed, started again.

mod browser;
mod crash;
mod disk_full;
mod http;
mod process;
mod start_and_end;
mod train;
