//! Visitors come in.

use super::{queries, store};
use crate::channels::{self, Channel};
use crate::customers::{self, Device};
use crate::db::Tx;
use crate::kernel::{Ctx, CustomerId, Error, Millis, Result};

/// How often a token's use is written down.
const SEEN_STEP_MS: i64 = Millis::days(1);

pub struct BeginSession {
    pub channel_key: String,
    /// Of the token the browser kept, if it kept one.
    pub returning: Option<[u8; 32]>,
    /// Of the token it gets if it is a new visitor.
    pub fresh: [u8; 32],
    pub locale: String,
    pub device: Device,
}

pub struct Begun {
    pub channel: Channel,
    pub customer: CustomerId,
    /// Whether the browser's old token stays in use.
    pub returned: bool,
}

/// Recognises a returning visitor, or makes a new one.
pub fn begin_session(tx: &mut Tx<'_>, ctx: &Ctx, command: &BeginSession) -> Result<Begun> {
    let channel = channels::queries::find_active_by_key(tx, &command.channel_key)?.ok_or_else(Error::not_found)?;
    if let Some(hash) = &command.returning
        && let Some(session) = queries::live_session(tx, hash, ctx.now)?.filter(|s| s.channel == channel.id)
    {
        if ctx.now.since(session.seen_at) >= SEEN_STEP_MS {
            store::update_seen(tx, hash, ctx.now)?;
        }
        customers::touch(tx, session.customer, ctx.now)?;
        return Ok(Begun { channel, customer: session.customer, returned: true });
    }
    let customer = customers::commands::create(tx, ctx, channel.id, &command.locale, &command.device)?;
    store::insert(tx, &command.fresh, customer, channel.id, ctx.now)?;
    Ok(Begun { channel, customer, returned: false })
}

/// Somebody is forgotten: a browser that still has a token of theirs begins anew.
pub fn end_sessions_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<()> {
    store::delete_of_customer(tx, customer)
}

/// Forgets sessions whose time is over.
pub fn forget_ended(tx: &mut Tx<'_>, ctx: &Ctx, sessions: &[[u8; 32]]) -> Result<()> {
    for session in sessions {
        if queries::live_session(tx, session, ctx.now)?.is_none() {
            store::delete(tx, session)?;
        }
    }
    Ok(())
}
