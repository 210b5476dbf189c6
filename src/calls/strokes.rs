//! What is drawn over a picture: what may be, and keeping it with the call.

use super::lifecycle::{not_in_it, own_leg};
use super::model::{Call, Leg, Role};
use super::{queries, stroke_store};
use crate::db::{Snapshot, Tx};
use crate::kernel::{Actor, CallId, Ctx, CustomerId, Error, LegId, Millis, Result, UserId};

/// Kept with one call.
const KEPT_MAX: i64 = 500;
pub const POINTS_MAX: usize = 200;
const NAME_BYTES_MAX: usize = 64;
const TEXT_CHARS_MAX: usize = 500;
/// All strokes of a picture at once.
const ALL: &str = "*";

#[derive(Clone, Debug)]
pub struct Stroke {
    /// The author's client's id of it.
    pub name: String,
    /// `leg_7/camera`
    pub on: String,
    pub tool: String,
    pub colour: String,
    pub points: Vec<[f64; 2]>,
    pub text: String,
    pub undo: bool,
    /// As it came.
    pub json: String,
}

/// A stroke that stays.
#[derive(Clone, Debug)]
pub struct Kept {
    pub leg: LegId,
    pub at: Millis,
    pub stroke: String,
}

impl Stroke {
    /// Everybody who sees it paints it: nothing passes that was not looked at.
    pub fn check(&self) -> Result<()> {
        let word = |c: char| c.is_ascii_alphanumeric() || "-_*".contains(c);
        if self.name.is_empty() || self.name.len() > NAME_BYTES_MAX || !self.name.chars().all(word) {
            return Err(Error::invalid("stroke.id", "invalid"));
        }
        let is_tool = ["pen", "arrow", "pointer", "text", "box", "freeze"].contains(&self.tool.as_str());
        if !(is_tool || self.undo && self.tool.is_empty()) {
            return Err(Error::invalid("stroke.tool", "unknown"));
        }
        let is_colour = |text: &str| text.len() == 7 && text.is_ascii() && text.starts_with('#') && is_hex(&text[1..]);
        if !(self.colour.is_empty() || is_colour(&self.colour)) {
            return Err(Error::invalid("stroke.colour", "invalid"));
        }
        if self.points.len() > POINTS_MAX {
            return Err(Error::invalid("stroke.points", "too_long"));
        }
        if !self.points.iter().flatten().all(|part| (0.0..=1.0).contains(part)) {
            return Err(Error::invalid("stroke.points", "invalid"));
        }
        if self.text.chars().count() > TEXT_CHARS_MAX {
            return Err(Error::invalid("stroke.text", "too_long"));
        }
        Ok(())
    }

    /// The leg whose picture it lies on.
    fn owner<'a>(&self, call: &'a Call) -> Result<&'a Leg> {
        let (leg, picture) = self.on.split_once('/').ok_or_else(|| Error::invalid("stroke.on", "invalid"))?;
        if picture != "camera" && picture != "screen" {
            return Err(Error::invalid("stroke.on", "invalid"));
        }
        let leg: LegId = leg.parse().map_err(|_| Error::invalid("stroke.on", "invalid"))?;
        call.leg(leg).ok_or_else(|| Error::invalid("stroke.on", "unknown"))
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whom a stroke reaches while it is drawn.
pub struct Reach {
    /// The author's.
    pub leg: LegId,
    pub people: Vec<UserId>,
    pub customer: Option<CustomerId>,
}

/// All others who know of the author and of the picture's owner.
pub fn reach(call: &Call, ctx: &Ctx, stroke: &Stroke) -> Result<Reach> {
    if matches!(ctx.actor, Actor::Visitor { customer, .. } if customer != call.customer) {
        return Err(Error::not_found());
    }
    let (author, owner) = authorise(call, ctx, stroke)?;
    let others = call.legs.iter().filter(|leg| leg.is_in() && leg.id != author.id);
    let (people, customer): (Vec<_>, Vec<_>) = others.map(|leg| leg.user).partition(Option::is_some);
    let is_seen_by_all = author.role == Role::Talks && owner.role == Role::Talks;
    let customer = (is_seen_by_all && !customer.is_empty()).then_some(call.customer);
    Ok(Reach { leg: author.id, people: people.into_iter().flatten().collect(), customer })
}

/// Who draws, and on whose picture, if they may.
fn authorise<'a>(call: &'a Call, ctx: &Ctx, stroke: &Stroke) -> Result<(&'a Leg, &'a Leg)> {
    let author = own_leg(call, ctx)?;
    if !author.is_in() || author.role == Role::Listens {
        return Err(not_in_it());
    }
    stroke.check()?;
    let owner = stroke.owner(call)?;
    if author.user.is_none() && owner.role != Role::Talks {
        // Of those a customer knows nothing.
        return Err(Error::invalid("stroke.on", "unknown"));
    }
    Ok((author, owner))
}

pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, stroke: &Stroke) -> Result<()> {
    let call = queries::visible(tx, ctx, id)?;
    if stroke.undo {
        let author = own_leg(&call, ctx)?;
        stroke.check()?;
        return match stroke.name.as_str() {
            // What was wiped off was seen nevertheless: it stays with the call.
            ALL => Ok(()),
            name => stroke_store::delete(tx, id, author.id, name),
        };
    }
    let (author, _) = authorise(&call, ctx, stroke)?;
    if stroke_store::count(tx, id)? >= KEPT_MAX {
        return Err(Error::conflict("call.too_many_strokes", format!("A call keeps {KEPT_MAX} strokes.")));
    }
    let kept = Kept { leg: author.id, at: ctx.now, stroke: stroke.json.clone() };
    stroke_store::upsert(tx, id, &stroke.name, &kept)
}

/// All that was kept of a call; for a customer without what was drawn by those they do not know of.
pub fn list(snapshot: &Snapshot<'_>, ctx: &Ctx, id: CallId) -> Result<Vec<Kept>> {
    let call = queries::visible(snapshot, ctx, id)?;
    let is_visitor = matches!(ctx.actor, Actor::Visitor { .. });
    let mut kept = stroke_store::list(snapshot, id)?;
    kept.retain(|kept| !is_visitor || call.leg(kept.leg).is_some_and(|leg| leg.role == Role::Talks));
    Ok(kept)
}
