//! What can go wrong around a server: lies, lines, disks, kills, crowds.

pub mod disk;
pub mod kill;
mod liar;
pub mod lies;
mod load;
pub mod network;
pub mod power;
pub mod report;
pub mod strace;
pub mod syscalls;
mod trace;
