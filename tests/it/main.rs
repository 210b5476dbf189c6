//! Tests of the whole program, in people's words, through its public doors.
#![allow(clippy::disallowed_methods, reason = "tests are outside of the program: they read clocks and make ids")]

mod attachments;
mod bench;
mod channels;
mod client;
mod conversations;
mod crowd;
mod durability;
mod fences;
mod house;
mod limits;
mod malformed;
mod marks;
mod openapi;
mod people;
mod privacy;
mod resume;
mod roles;
mod search;
mod secrecy;
mod setup;
mod turns;
mod world;
