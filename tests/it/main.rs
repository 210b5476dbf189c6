//! Tests of the whole program, in people's words, through its public doors.

mod house;
