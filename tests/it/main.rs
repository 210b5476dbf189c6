//! Tests of the whole program, in people's words, through its public doors.
#![allow(clippy::disallowed_methods, reason = "tests are outside of the program: they read clocks and make ids")]

mod attachments;
mod channels;
mod conversations;
mod house;
mod marks;
mod openapi;
mod people;
mod privacy;
mod resume;
mod roles;
mod search;
mod setup;
mod turns;
mod world;
