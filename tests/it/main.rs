//! Tests of the whole program, in people's words, through its public doors.
#![allow(clippy::disallowed_methods, reason = "tests are outside of the program: they read clocks and make ids")]

mod attachments;
mod client;
mod conversations;
mod crowd;
mod durability;
mod fences;
mod house;
mod limits;
mod malformed;
mod search;
mod secrecy;
mod world;
