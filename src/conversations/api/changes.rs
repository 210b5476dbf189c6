//! Work on conversations at the door: one or many at once.

use super::wire::ConversationDto;
use crate::conversations::work::{self, Aside, Change, Item, Reading};
use crate::conversations::{Priority, Status, queries};
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::hub::Hub;
use crate::identity::api::SignedIn;
use crate::kernel::{Error, Millis, Result, TagId, UserId};
use actix_web::post;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(change_conversations);
}

/// What shall be so; what is absent stays. The same shape takes it back.
#[derive(Serialize, Deserialize, ToSchema, Default)]
#[schema(as = ConversationChange)]
#[serde(deny_unknown_fields)]
struct ChangeDto {
    /// `open` or `resolved`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// `null`: nobody.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    assignee: Option<Option<String>>,
    /// `none`, `low`, `normal`, `high` or `urgent`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    priority: Option<String>,
    /// `null`: not put aside.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SnoozeUntil>)]
    snooze: Option<Option<SnoozeUntil>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    add_tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    remove_tags: Vec<String>,
    /// Of yours alone: the customer's newest message is unread again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unread: bool,
    /// Of yours alone: read up to this seq.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read: Option<i64>,
    /// The `owner_epoch` you saw; refused if there was another assignee since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_epoch: Option<i64>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SnoozeUntil {
    /// `null`: until the customer writes, which ends every snooze.
    until: Option<i64>,
}

/// Tells `null` from absent.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangesBody {
    /// 1 to 100.
    items: Vec<ChangeItem>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeItem {
    conversation: String,
    set: ChangeDto,
}

#[derive(Serialize, ToSchema)]
struct ChangeOutcome {
    conversation: String,
    /// As it is now; absent if it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<ConversationDto>,
    /// What takes it back; empty if nothing changed, absent if it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<ChangeDto>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
struct ChangeOutcomes {
    /// In the order they were asked for.
    items: Vec<ChangeOutcome>,
}

/// Changes up to 100 conversations in one transaction. One that is refused says why and keeps no other.
#[utoipa::path(tag = "conversations", request_body = ChangesBody, responses((status = 200, body = ChangeOutcomes)))]
#[post("/conversations/changes")]
async fn change_conversations(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    body: Body<ChangesBody>,
) -> Result<Json<ChangeOutcomes>, Problem> {
    let is_gone = |user: UserId| !caller.is(user) && hub.user_absent_ms(user).is_some();
    let items = body.into_inner().items;
    let items = items.into_iter().map(|item| command(item, &is_gone)).collect::<Result<Vec<Item>>>()?;
    let ctx = caller.ctx;
    let changed = db
        .write(move |tx| {
            let outcomes = work::change_all(tx, &ctx, &items)?;
            let each = items.iter().zip(outcomes).map(|(item, outcome)| {
                let outcome = match outcome {
                    Ok(undo) => Ok((undo, queries::get(tx, &ctx, item.conversation)?)),
                    Err(error) => Err(error),
                };
                Ok((item.conversation, outcome))
            });
            each.collect::<Result<Vec<_>>>()
        })
        .await?;
    let items = changed.into_iter().map(|(id, outcome)| match outcome {
        Ok((undo, view)) => ChangeOutcome {
            conversation: id.to_string(),
            now: Some(ConversationDto::new(&view, Some(hub.customer_online(view.customer.id)))),
            undo: Some(ChangeDto::from(undo)),
            code: None,
        },
        Err(error) => ChangeOutcome { conversation: id.to_string(), now: None, undo: None, code: Some(error.code) },
    });
    Ok(Json(ChangeOutcomes { items: items.collect() }))
}

fn command(item: ChangeItem, is_gone: &impl Fn(UserId) -> bool) -> Result<Item> {
    let ChangeItem { conversation, set } = item;
    let status = |text: String| match text.as_str() {
        "open" => Ok(Status::Open),
        "resolved" => Ok(Status::Resolved),
        _ => Err(Error::invalid("status", "invalid")),
    };
    let priority = |text: String| Priority::parse(&text).ok_or_else(|| Error::invalid("priority", "invalid"));
    let tags = |ids: Vec<String>| ids.iter().map(|id| id.parse()).collect::<Result<Vec<TagId>>>();
    let person = |id: Option<String>| id.map(|id| id.parse::<UserId>()).transpose();
    let assignee = set.assignee.map(person).transpose()?;
    let reading = match (set.unread, set.read) {
        (true, None) => Some(Reading::Unread),
        (false, Some(seq)) => Some(Reading::UpTo(seq)),
        (false, None) => None,
        (true, Some(_)) => return Err(Error::invalid("unread", "invalid")),
    };
    let change = Change {
        status: set.status.map(status).transpose()?,
        entrusted: assignee.flatten().is_some_and(is_gone),
        assignee,
        priority: set.priority.map(priority).transpose()?,
        snooze: set.snooze.map(|snooze| match snooze {
            None => Aside::No,
            Some(SnoozeUntil { until: None }) => Aside::UntilReply,
            Some(SnoozeUntil { until: Some(at) }) => Aside::Until(Millis(at)),
        }),
        add_tags: tags(set.add_tags)?,
        remove_tags: tags(set.remove_tags)?,
        reading,
        expected_epoch: set.expected_epoch,
    };
    Ok(Item { conversation: conversation.parse()?, change })
}

impl From<Change> for ChangeDto {
    fn from(change: Change) -> Self {
        let ids = |tags: Vec<TagId>| tags.iter().map(TagId::to_string).collect();
        ChangeDto {
            status: change.status.map(|status| status.as_str().to_owned()),
            assignee: change.assignee.map(|user| user.map(|user| user.to_string())),
            priority: change.priority.map(|priority| priority.as_str().to_owned()),
            snooze: change.snooze.map(|aside| match aside {
                Aside::No => None,
                Aside::UntilReply => Some(SnoozeUntil { until: None }),
                Aside::Until(at) => Some(SnoozeUntil { until: Some(at.0) }),
            }),
            add_tags: ids(change.add_tags),
            remove_tags: ids(change.remove_tags),
            unread: change.reading == Some(Reading::Unread),
            read: match change.reading {
                Some(Reading::UpTo(seq)) => Some(seq),
                _ => None,
            },
            expected_epoch: change.expected_epoch,
        }
    }
}
