//! Making and changing customers.

use super::events::{CustomerDeleted, CustomerUpdated};
use super::{Customer, Device, PageView, queries, store};
use crate::db::Tx;
use crate::kernel::{Actor, ChannelId, Ctx, CustomerId, Error, Millis, Result};
use std::collections::BTreeMap;

/// A new visitor's record. The caller has checked that the channel is open.
pub fn create(tx: &mut Tx<'_>, ctx: &Ctx, channel: ChannelId, locale: &str, device: &Device) -> Result<CustomerId> {
    store::insert(tx, channel, locale, device, ctx.now)
}

/// An agent corrects what is known. `None` stays.
#[derive(Default)]
pub struct UpdateCustomer {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
}

pub fn update(tx: &mut Tx<'_>, ctx: &Ctx, id: CustomerId, command: &UpdateCustomer) -> Result<Customer> {
    let mut customer = queries::get(tx, ctx, id)?;
    let set = |field: &mut String, new: &Option<String>| {
        if let Some(new) = new {
            *field = new.trim().to_owned();
        }
    };
    set(&mut customer.name, &command.name);
    set(&mut customer.email, &command.email);
    set(&mut customer.phone, &command.phone);
    if let Some(note) = &command.note {
        customer.note.clone_from(note);
    }
    save(tx, ctx, customer)
}

/// The visitor's page or the visitor says who they are. Unverified: it changes this record and finds no other.
#[derive(Default)]
pub struct Identify {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub attributes: Option<BTreeMap<String, String>>,
}

pub fn identify(tx: &mut Tx<'_>, ctx: &Ctx, command: &Identify) -> Result<Customer> {
    let before = of_visitor(tx, ctx)?;
    let mut customer = before.clone();
    let set = |field: &mut String, new: &Option<String>| {
        if let Some(new) = new {
            *field = new.trim().to_owned();
        }
    };
    set(&mut customer.name, &command.name);
    set(&mut customer.email, &command.email);
    set(&mut customer.phone, &command.phone);
    if let Some(attributes) = &command.attributes {
        customer.attributes.extend(attributes.iter().map(|(name, text)| (name.clone(), text.clone())));
    }
    // Pages identify on every load: what changes nothing is not told.
    let same = (&customer.name, &customer.email, &customer.phone, &customer.attributes)
        == (&before.name, &before.email, &before.phone, &before.attributes);
    if same {
        return Ok(customer);
    }
    let customer = save(tx, ctx, customer)?;
    if customer.attributes != before.attributes {
        store::index_attributes(tx, &customer)?;
    }
    Ok(customer)
}

/// The visitor says who they are, themselves. What is known already stays, whoever said it: nobody takes another's name by a form.
#[derive(Default)]
pub struct Introduce {
    pub name: String,
    pub email: String,
    pub phone: String,
}

pub fn introduce(tx: &mut Tx<'_>, ctx: &Ctx, command: &Introduce) -> Result<Customer> {
    let before = of_visitor(tx, ctx)?;
    let mut customer = before.clone();
    fill(&mut customer.name, &command.name);
    fill(&mut customer.email, &command.email);
    fill(&mut customer.phone, &command.phone);
    let same = (&customer.name, &customer.email, &customer.phone) == (&before.name, &before.email, &before.phone);
    if same { Ok(customer) } else { save(tx, ctx, customer) }
}

/// Likewise where nobody is there: an address is what it is about.
pub fn leave_contact(tx: &mut Tx<'_>, ctx: &Ctx, command: &Introduce) -> Result<Customer> {
    if command.email.trim().is_empty() && of_visitor(tx, ctx)?.email.is_empty() {
        return Err(Error::invalid("email", "required"));
    }
    introduce(tx, ctx, command)
}

/// Only where nothing is known.
fn fill(field: &mut String, said: &str) {
    if field.is_empty() {
        *field = said.trim().to_owned();
    }
}

/// The visitor looks at another page.
pub fn view_page(tx: &mut Tx<'_>, ctx: &Ctx, page: &PageView) -> Result<()> {
    let mut customer = of_visitor(tx, ctx)?;
    let same = customer.page.as_ref().is_some_and(|old| old.url == page.url && old.title == page.title);
    if same {
        return store::touch(tx, customer.id, ctx.now);
    }
    customer.page = Some(page.clone());
    save(tx, ctx, customer).map(drop)
}

fn of_visitor(tx: &Tx<'_>, ctx: &Ctx) -> Result<Customer> {
    let Actor::Visitor { customer, .. } = ctx.actor else { return Err(Error::not_found()) };
    store::find(tx, customer)?.ok_or_else(Error::not_found)
}

fn save(tx: &mut Tx<'_>, ctx: &Ctx, mut customer: Customer) -> Result<Customer> {
    customer.validate()?;
    if matches!(ctx.actor, Actor::Visitor { .. }) {
        customer.last_seen_at = ctx.now;
    }
    customer.position = tx.next_position();
    store::update(tx, &customer)?;
    tx.emit(ctx.now, CustomerUpdated { customer: customer.clone() })?;
    Ok(customer)
}

/// The program's own: forgets somebody who has no conversation and no session. The newest customer stays, since their number
/// would be given again; says whether they are gone.
pub fn delete(tx: &mut Tx<'_>, ctx: &Ctx, id: CustomerId, not_seen_since: Millis) -> Result<bool> {
    if ctx.actor != Actor::System {
        return Err(Error::not_found());
    }
    let Some(found) = store::find(tx, id)? else { return Ok(false) };
    if found.last_seen_at >= not_seen_since || store::newest(tx)? == Some(id) {
        return Ok(false);
    }
    store::delete(tx, id)?;
    tx.emit(ctx.now, CustomerDeleted { customer: id, channel: found.channel })?;
    Ok(true)
}
