//! The set-up page's two routes.

use super::commands::{self, Founded, SetUp};
use super::queries;
use crate::channels;
use crate::channels::api::ChannelDto;
use crate::channels::commands::CreateChannel;
use crate::db::Db;
use crate::http::{Body, Client, Problem, require_own_page};
use crate::identity::Passwords;
use crate::identity::api::session::{SignInLimits, choose_password};
use crate::identity::api::session_cookie;
use crate::identity::api::wire::Me;
use crate::identity::commands::CreateOrganisation;
use crate::identity::{get_organisation, model};
use crate::kernel::{Clock, Ctx, Result};
use crate::vault;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct SetUpState {
    /// True until the organisation exists.
    needed: bool,
}

/// Whether this server is still to be set up.
#[utoipa::path(tag = "setup", security(()), responses((status = 200, body = SetUpState)))]
#[get("/setup")]
pub async fn state(db: web::Data<Db>) -> Result<web::Json<SetUpState>, Problem> {
    Ok(web::Json(SetUpState { needed: db.read(queries::is_needed).await? }))
}

#[derive(Deserialize, ToSchema)]
struct SetUpForm {
    /// From the fragment of the link that the server printed.
    secret: String,
    /// Its name.
    organisation: String,
    admin: SetUpAdmin,
    channel: SetUpChannel,
    /// `zh-CN`
    locale: String,
    /// `Asia/Shanghai`; default `UTC`
    time_zone: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct SetUpAdmin {
    name: String,
    email: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
struct SetUpChannel {
    name: String,
}

#[derive(Serialize, ToSchema)]
struct SetUpDone {
    me: Me,
    channel: ChannelDto,
}

/// Makes the organisation, its owner and the first channel, and signs the owner in. Works once.
#[utoipa::path(tag = "setup", security(()), request_body = SetUpForm, responses((status = 200, body = SetUpDone)))]
#[post("/setup")]
pub async fn set_up(
    request: HttpRequest,
    client: Client,
    body: Body<SetUpForm>,
    db: web::Data<Db>,
    clock: web::Data<Clock>,
    passwords: web::Data<Passwords>,
    limits: web::Data<SignInLimits>,
) -> Result<HttpResponse, Problem> {
    require_own_page(&request)?;
    limits.check("", &client)?;
    let form = body.into_inner();
    let link = vault::token_hash(&form.secret);
    // Asked again by the command: this only keeps strangers from the costly hash.
    db.read(move |snapshot| queries::check_link(snapshot, &link)).await?;
    let command = prepare(&passwords, form).await?;
    let secret = vault::token("pls");
    let session = vault::token_hash(&secret);
    let ctx = Ctx::system(clock.now());
    let (founded, organisation) = db
        .write(move |tx| {
            let founded = commands::set_up_by_link(tx, &ctx, &link, &session, &command)?;
            Ok((founded, get_organisation(tx)?))
        })
        .await?;
    let Founded { owner, channel } = founded;
    let done = SetUpDone { me: Me::new(owner, organisation), channel: ChannelDto::from(&channel) };
    Ok(HttpResponse::Ok().cookie(session_cookie(&request, secret)).json(done))
}

/// All that is wrong with the form at once, by the place in the body: `admin.email`.
async fn prepare(passwords: &Passwords, form: SetUpForm) -> Result<SetUp> {
    let SetUpForm { organisation, admin, channel, locale, time_zone, .. } = form;
    let time_zone = time_zone.unwrap_or_else(|| "UTC".into());
    let mut checks = model::Checks::default();
    checks.take("organisation", model::check_name(&organisation));
    checks.take("locale", model::check_locale(&locale));
    checks.take("time_zone", model::check_time_zone(&time_zone));
    checks.take("admin.name", model::check_name(&admin.name));
    checks.take("admin.email", model::check_email(&admin.email));
    checks.take("admin.password", model::check_password(&admin.password, &[&admin.email, &admin.name, &organisation]));
    checks.take("channel.name", model::check_name(&channel.name));
    checks.done()?;
    let known = [admin.email.as_str(), &admin.name, &organisation];
    let admin_password_hash = choose_password(passwords, "admin.password", admin.password, &known).await?;
    Ok(SetUp {
        organisation: CreateOrganisation { name: organisation, locale, time_zone },
        admin_name: admin.name,
        admin_email: admin.email,
        admin_password_hash,
        channel: CreateChannel { name: channel.name, key: channels::new_key() },
    })
}
