//! The doors: for administrators, and for machines.

pub mod alerts;
pub mod machines;
pub mod rules;
pub mod status;
pub mod webhooks;

use crate::identity::SignedIn;
use crate::kernel::{Result, Role, UserId};

fn administrator(caller: &SignedIn) -> Result<UserId> {
    caller.ctx.require(Role::Administrator)
}
