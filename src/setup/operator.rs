//! The link as the operator of the machine asks for it.

use super::{commands, queries};
use crate::control::Command;
use crate::db::Db;
use crate::kernel::{Clock, Ctx, Result};
use crate::vault;
use serde_json::{Value, json};

pub fn commands(db: &Db, clock: &Clock) -> Vec<Command> {
    let (db, clock) = (db.clone(), clock.clone());
    vec![Command::new("setup.link", move |_, _| {
        Ok(fresh_link(&db, &clock)?.map_or(Value::Null, |secret| json!({ "secret": secret })))
    })]
}

/// The secret of a new link, as long as nobody has used one. The one before is worth nothing any more.
pub fn fresh_link(db: &Db, clock: &Clock) -> Result<Option<String>> {
    if !db.read_blocking(queries::is_needed)? {
        return Ok(None);
    }
    let secret = vault::token("set");
    let hash = vault::token_hash(&secret);
    let ctx = Ctx::system(clock.now());
    db.write_blocking(move |tx| commands::renew_link(tx, &ctx, &hash))?;
    Ok(Some(secret))
}
