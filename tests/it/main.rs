//! Tests of the whole program, in people's words, through its public doors.
#![allow(clippy::disallowed_methods, reason = "tests are outside of the program: they read clocks and make ids")]

mod attachments;
mod conversations;
mod house;
mod search;
mod world;
