//! People as the operator of the machine sees them: no rights are asked, who may open the data folder may do this.

use super::commands::{self, CreateUser};
use super::model::{self, Checks, check_password};
use super::{User, queries};
use crate::control::Command;
use crate::db::Db;
use crate::kernel::{Clock, Ctx, Error, Result, Role};
use crate::vault::password;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct NewPerson {
    name: String,
    email: String,
    role: String,
    password: String,
}

#[derive(Deserialize)]
struct NewPassword {
    email: String,
    password: String,
}

pub fn commands(db: &Db, clock: &Clock) -> Vec<Command> {
    let (list, adding, resetting) = (db.clone(), (db.clone(), clock.clone()), (db.clone(), clock.clone()));
    vec![
        Command::new("user.list", move |_, _| people(&list).map(|people| people.iter().map(shown).collect())),
        Command::new("user.add", move |input, _| add(&adding.0, &adding.1, read(input)?)),
        Command::new("user.reset_password", move |input, _| reset_password(&resetting.0, &resetting.1, read(input)?)),
    ]
}

fn read<T: serde::de::DeserializeOwned>(input: Value) -> Result<T> {
    serde_json::from_value(input).map_err(|error| Error::malformed(error.to_string()))
}

fn people(db: &Db) -> Result<Vec<User>> {
    db.read_blocking(|snapshot| queries::list_people(snapshot, &Ctx::system(Default::default())))
}

fn shown(user: &User) -> Value {
    json!({ "id": user.id.to_string(), "email": user.email, "role": user.role.as_str(), "name": user.name, "active": user.active })
}

fn add(db: &Db, clock: &Clock, new: NewPerson) -> Result<Value> {
    let role = Role::parse(&new.role).ok_or_else(|| Error::invalid("role", "unknown"))?;
    check_new(db, &new.password, &new.email, &new.name)?;
    let command = CreateUser { name: new.name, email: new.email, role, password_hash: password::hash(&new.password) };
    let ctx = Ctx::system(clock.now());
    db.write_blocking(move |tx| commands::create_user(tx, &ctx, &command)).map(|user| shown(&user))
}

fn reset_password(db: &Db, clock: &Clock, new: NewPassword) -> Result<Value> {
    let email = model::check_email(&new.email).unwrap_or(new.email);
    let user = people(db)?.into_iter().find(|user| user.email == email);
    let user = user.ok_or_else(|| {
        let detail = format!("nobody has the address {email}; see parlor user list");
        Error { detail: detail.into(), ..Error::not_found() }
    })?;
    check_new(db, &new.password, &user.email, &user.name)?;
    let hash = password::hash(&new.password);
    let ctx = Ctx::system(clock.now());
    db.write_blocking(move |tx| commands::reset_password(tx, &ctx, user.id, &hash))?;
    Ok(shown(&user))
}

fn check_new(db: &Db, password: &str, email: &str, name: &str) -> Result<()> {
    let organisation = db.read_blocking(queries::find_organisation)?.ok_or_else(|| {
        let detail = "nothing is set up yet: use parlor init, or the link that parlor serve prints";
        Error::conflict("setup.needed", detail)
    })?;
    let mut checks = Checks::default();
    checks.take("password", check_password(password, &[email, name, &organisation.name]));
    checks.done()
}
