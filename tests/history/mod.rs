//! The history checker: people use a Parlor, write down what they do and hear, and afterwards nine promises are held against
//! what they wrote.
//!
//! [`run`] lets a crowd talk to any running Parlor by its public doors; what they do is decided by a seed. Every client notes
//! what it asks for and what came of it: ok, fail (it has not happened) or unknown. [`check`] knows nothing but these
//! notes, so a file of them can be judged again at any time.
//!
//! 1. What was acknowledged is there exactly once, byte for byte.
//! 2. The same sender and client id are one message with one receipt; another text under that id is refused.
//! 3. A conversation's `seq` has no gaps and everybody hears the same order, once each, without a hole.
//! 4. Who comes back sees their own acknowledged words; cursors never go back.
//! 5. A conversation has one owner at a time: of two who expect the same, one wins.
//! 6. What was refused never appears.
//! 7. Every committed message reaches a follower of the feed, under one position, and a webhook at least once, under one id and in
//!    order.
//! 8. `unread` is what can be counted.
//! 9. Nobody hears what is not theirs to hear.

mod client;
mod crowd;
mod deeds;
mod dice;
mod ear;
pub mod http_line;
mod looks;
mod promises;
pub mod record;
mod story;
pub mod wire;

pub use crowd::{Crowd, Doors, Outcome, Plan, run};
pub use dice::Dice;
pub use ear::Ear;
pub use promises::check;
pub use record::{read, write};
