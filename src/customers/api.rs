//! Customers at the agents' door.

use super::commands::{self, UpdateCustomer};
use super::{Customer, Device, PageView, queries};
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::hub::Hub;
use crate::identity::api::SignedIn;
use crate::kernel::{CustomerId, Result};
use actix_web::web::{Data, Json, Path};
use actix_web::{get, patch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_customer).service(update_customer);
}

#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct CustomerDto {
    #[schema(example = "cus_7")]
    pub id: String,
    pub channel: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// The agents' words about them.
    pub note: String,
    /// As the page said.
    pub attributes: BTreeMap<String, String>,
    /// Whether somebody vouches for who they say they are.
    pub verified: bool,
    pub created_at: i64,
    pub last_seen_at: i64,
    /// Absent in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    pub page: Option<PageView>,
    pub device: Option<Device>,
    pub position: i64,
}

impl CustomerDto {
    pub fn new(customer: &Customer, online: Option<bool>) -> Self {
        let known = |text: &String| (!text.is_empty()).then(|| text.clone());
        CustomerDto {
            id: customer.id.to_string(),
            channel: customer.channel.to_string(),
            name: known(&customer.name),
            email: known(&customer.email),
            phone: known(&customer.phone),
            note: customer.note.clone(),
            attributes: customer.attributes.clone(),
            verified: false,
            created_at: customer.created_at.0,
            last_seen_at: customer.last_seen_at.0,
            online,
            page: customer.page.clone(),
            device: customer.device.clone(),
            position: customer.position,
        }
    }
}

/// One customer.
#[utoipa::path(tag = "customers", params(("id" = String, Path)), responses((status = 200, body = CustomerDto)))]
#[get("/customers/{id}")]
async fn get_customer(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    id: Path<String>,
) -> Result<Json<CustomerDto>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<CustomerId>()?);
    let customer = db.read(move |snapshot| queries::get(snapshot, &ctx, id)).await?;
    Ok(Json(CustomerDto::new(&customer, Some(hub.customer_online(id)))))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerChange {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    note: Option<String>,
}

/// Corrects what is known. An empty text clears a field.
#[utoipa::path(tag = "customers", params(("id" = String, Path)), request_body = CustomerChange,
    responses((status = 200, body = CustomerDto)))]
#[patch("/customers/{id}")]
async fn update_customer(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    id: Path<String>,
    body: Body<CustomerChange>,
) -> Result<Json<CustomerDto>, Problem> {
    let (ctx, id, change) = (caller.ctx, id.parse::<CustomerId>()?, body.into_inner());
    let command = UpdateCustomer { name: change.name, email: change.email, phone: change.phone, note: change.note };
    let customer = db.write(move |tx| commands::update(tx, &ctx, id, &command)).await?;
    Ok(Json(CustomerDto::new(&customer, Some(hub.customer_online(id)))))
}
