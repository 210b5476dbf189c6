//! Reading customers.

use super::{Customer, store};
use crate::channels;
use crate::db::Snapshot;
use crate::kernel::{Ctx, CustomerId, Error, Result};

/// For an agent who may see the customer's channel; NotFound otherwise.
pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: CustomerId) -> Result<Customer> {
    let customer = store::find(snapshot, id)?.ok_or_else(Error::not_found)?;
    channels::access::require(snapshot, ctx, customer.channel)?;
    Ok(customer)
}
