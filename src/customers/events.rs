//! What happens to customers.

use super::Customer;
use crate::kernel::Event;

pub const UPDATED: &str = "customer.updated";

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
