//! What happens to customers.

use super::Customer;
use crate::kernel::{ChannelId, CustomerId, Event};

pub const UPDATED: &str = "customer.updated";
pub const DELETED: &str = "customer.deleted";

pub struct CustomerUpdated {
    pub customer: Customer,
}

impl Event for CustomerUpdated {
    fn kind(&self) -> &'static str {
        UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.customer.id.0, 0)
    }
}

/// They had no conversation and did not come again.
pub struct CustomerDeleted {
    pub customer: CustomerId,
    pub channel: ChannelId,
}

impl Event for CustomerDeleted {
    fn kind(&self) -> &'static str {
        DELETED
    }
    fn subject(&self) -> (i64, i64) {
        (self.customer.0, self.channel.0)
    }
}
