//! Tests of the whole program, in people's words, through its public doors.
#![allow(clippy::disallowed_methods, reason = "tests are outside of the program: they read clocks and make ids")]

mod alerts;
mod attachments;
mod backup;
mod bench;
mod bucket;
mod calls;
mod channels;
mod client;
mod conversations;
mod crowd;
mod doctor;
mod durability;
#[path = "../faults/mod.rs"]
mod faults;
mod fences;
#[path = "../history/mod.rs"]
mod history;
#[path = "../history/by_hand.rs"]
mod history_by_hand;
mod house;
mod keys;
mod leases;
mod limits;
mod lines;
mod malformed;
mod marks;
mod openapi;
mod people;
mod prechat;
mod privacy;
mod promise;
mod quick_replies;
mod ratings;
mod receiver;
mod reception;
mod resume;
mod retention;
mod roles;
mod search;
mod secrecy;
mod setup;
mod supervised;
mod transfers;
mod trouble;
mod turns;
mod upgrade;
mod watch;
mod webhooks;
mod work;
mod world;
mod writing;
