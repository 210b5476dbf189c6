//! Reading customers.

use super::{Customer, store};
use crate::channels;
use crate::db::Snapshot;
use crate::kernel::{Ctx, CustomerId, Error, Millis, Result};

/// For an agent who may see the customer's channel; NotFound otherwise.
pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: CustomerId) -> Result<Customer> {
    let customer = store::find(snapshot, id)?.ok_or_else(Error::not_found)?;
    channels::access::require(snapshot, ctx, customer.channel)?;
    Ok(customer)
}

/// Who was not here since `before`, by id after `after`. Without asking who: for rooms that delete.
pub fn gone(snapshot: &Snapshot<'_>, after: CustomerId, before: Millis, limit: usize) -> Result<Vec<CustomerId>> {
    store::list_gone(snapshot, after, before, limit)
}
