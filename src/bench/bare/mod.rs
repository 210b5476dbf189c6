//! The bare path: a server that does nothing but socket → writer → socket. It writes the same rows in the same batches through
//! the same encryption, and asks nothing: who may, whether it was said before, whether it is well formed. What the product
//! reaches of its rate is what the product's own work leaves.
//!
//! One thread reads all sockets and queues commands; one thread, fed by the bus after each commit, writes acknowledgements
//! and messages, one system call for each socket and batch.

mod server;
mod store;

pub use server::serve;
