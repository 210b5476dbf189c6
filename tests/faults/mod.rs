//! What can go wrong around a server: lies, lines, disks, kills, crowds.

pub mod backups;
pub mod cage;
pub mod clock;
pub mod disk;
pub mod kill;
mod liar;
pub mod lies;
mod load;
pub mod netns;
pub mod network;
pub mod overload;
pub mod power;
pub mod report;
pub mod rotation;
pub mod small;
pub mod strace;
pub mod syscalls;
mod trace;
