//! `parlor maintain`, by whoever holds the data folder.

use super::maintain::{Care, Household, maintain};
use crate::control::Command;
use crate::hub::Hub;
use crate::kernel::{Clock, Error};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    deep: bool,
}

/// `hub`: who is here, if a server runs.
pub fn command(house: Household, clock: Clock, hub: Option<Hub>) -> Command {
    Command::new("maintain", move |input, report| {
        let wanted: Wanted =
            serde_json::from_value(input).map_err(|error| Error::malformed(format!("maintain: {error}")))?;
        let care = if wanted.deep { Care::Deep } else { Care::Usual };
        let is_here = |customer| hub.as_ref().is_some_and(|hub| hub.customer_online(customer));
        let done = maintain(&house, care, clock.now(), &is_here, report)?;
        Ok(json!({ "done": done, "is_damaged": done.iter().any(|one| one.is_damaged) }))
    })
}
