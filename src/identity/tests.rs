//! Commands against a real store.

use super::commands::{self, CreateOrganisation, CreateUser, UpdateUser};
use super::own::{self, ChangePassword};
use super::sessions::{self, StartSession};
use super::{User, queries};
use crate::db::{Db, Options, Snapshot, Tx};
use crate::kernel::{Actor, Ctx, Millis, Result, Role, UserId};
use crate::vault::PageKey;

const NOW: Millis = Millis(1_000_000);

struct World {
    db: Db,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlor.db");
        let key = PageKey::new(crate::vault::random());
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: NOW };
        let world = World { db: Db::open(&options).unwrap(), _folder: folder };
        let organisation = || CreateOrganisation { name: "Shop".into(), locale: "en".into(), time_zone: "UTC".into() };
        world.does(Ctx::system(NOW), move |tx, ctx| commands::create_organisation(tx, ctx, &organisation())).unwrap();
        world
    }

    fn does<T: Send + 'static>(
        &self,
        ctx: Ctx,
        command: impl Fn(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.db.write_blocking(move |tx| command(tx, &ctx))
    }

    fn sees<T: Send + 'static>(&self, query: impl FnOnce(&Snapshot<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.db.read_blocking(query)
    }

    fn adds(&self, ctx: Ctx, name: &str, role: Role) -> Result<User> {
        let new = CreateUser {
            name: name.into(),
            email: format!("{name}@shop.example"),
            role,
            password_hash: format!("hash of {name}"),
        };
        self.does(ctx, move |tx, ctx| commands::create_user(tx, ctx, &new))
    }

    fn hires(&self, name: &str, role: Role) -> User {
        self.adds(Ctx::system(NOW), name, role).unwrap()
    }

    fn changes(&self, who: &User, whom: &User, change: UpdateUser) -> Result<User> {
        let whom = whom.id;
        self.does(acting(who), move |tx, ctx| commands::update_user(tx, ctx, whom, &change))
    }

    fn signs_in(&self, user: &User, session: [u8; 32]) -> Result<()> {
        let start = StartSession { user: user.id, token_hash: session, checked_hash: format!("hash of {}", user.name) };
        self.does(acting(user), move |tx, ctx| sessions::start(tx, ctx, &start))
    }

    fn is_in(&self, session: [u8; 32], at: Millis) -> Option<UserId> {
        self.sees(move |snapshot| queries::by_session(snapshot, &session, at)).ok().map(|known| known.user.id)
    }
}

fn acting(user: &User) -> Ctx {
    Ctx::new(Actor::User { id: user.id, role: user.role }, NOW)
}

fn role(role: Role) -> UpdateUser {
    UpdateUser { role: Some(role), ..UpdateUser::default() }
}

fn leaves() -> UpdateUser {
    UpdateUser { active: Some(false), ..UpdateUser::default() }
}

fn code<T>(result: Result<T>) -> &'static str {
    result.err().map_or("done", |error| error.code)
}

#[test]
fn only_owners_touch_owners() {
    let world = World::new();
    let (owner, admin) = (world.hires("owner", Role::Owner), world.hires("admin", Role::Administrator));
    let agent = world.hires("agent", Role::Agent);
    assert_eq!(code(world.changes(&admin, &owner, leaves())), "role.insufficient");
    assert_eq!(code(world.changes(&admin, &agent, role(Role::Owner))), "role.insufficient");
    assert_eq!(code(world.adds(acting(&admin), "second", Role::Owner)), "role.insufficient");
    let reset = move |tx: &mut Tx<'_>, ctx: &Ctx| commands::reset_password(tx, ctx, owner.id, "new");
    assert_eq!(code(world.does(acting(&admin), reset)), "role.insufficient");
    assert_eq!(code(world.changes(&admin, &agent, role(Role::Supervisor))), "done");
    assert_eq!(code(world.changes(&agent, &admin, leaves())), "role.insufficient");
}

#[test]
fn somebody_always_owns_the_organisation() {
    let world = World::new();
    let (one, two) = (world.hires("one", Role::Owner), world.hires("two", Role::Owner));
    assert_eq!(code(world.changes(&one, &one, role(Role::Agent))), "role.insufficient");
    assert_eq!(code(world.changes(&one, &two, leaves())), "done");
    for change in [role(Role::Agent), leaves()] {
        assert_eq!(code(world.changes(&one, &one, change.clone())), "user.last_owner");
        let id = one.id;
        let operator = world.does(Ctx::system(NOW), move |tx, ctx| commands::update_user(tx, ctx, id, &change));
        assert_eq!(code(operator), "user.last_owner");
    }
}

#[test]
fn a_role_that_was_taken_away_is_gone_at_once() {
    let world = World::new();
    let (one, two) = (world.hires("one", Role::Owner), world.hires("two", Role::Owner));
    world.changes(&one, &two, role(Role::Agent)).unwrap();
    // As if both had pressed the button at the same moment: `two` was an owner when this request came in.
    assert_eq!(code(world.changes(&two, &one, role(Role::Agent))), "role.insufficient");
}

#[test]
fn an_address_belongs_to_one_person() {
    let world = World::new();
    let (owner, agent) = (world.hires("owner", Role::Owner), world.hires("agent", Role::Agent));
    let email = |email: &str| UpdateUser { email: Some(email.into()), ..UpdateUser::default() };
    assert_eq!(code(world.changes(&owner, &agent, email("OWNER@shop.example"))), "user.email_taken");
    assert_eq!(world.changes(&owner, &agent, email(" New@Shop.example ")).unwrap().email, "new@shop.example");
    assert_eq!(code(world.changes(&owner, &agent, email("nonsense"))), "input.invalid");
}

#[test]
fn deactivation_and_a_reset_end_every_session() {
    let world = World::new();
    let (owner, agent) = (world.hires("owner", Role::Owner), world.hires("agent", Role::Agent));
    world.signs_in(&agent, [1; 32]).unwrap();
    assert_eq!(world.is_in([1; 32], NOW), Some(agent.id));
    world.changes(&owner, &agent, leaves()).unwrap();
    assert_eq!(world.is_in([1; 32], NOW), None);
    assert_eq!(code(world.signs_in(&agent, [2; 32])), "session.wrong_credentials");
    let back = UpdateUser { active: Some(true), ..UpdateUser::default() };
    world.changes(&owner, &agent, back).unwrap();
    assert_eq!(world.is_in([1; 32], NOW), None);
    world.signs_in(&agent, [3; 32]).unwrap();
    let id = agent.id;
    world.does(acting(&owner), move |tx, ctx| commands::reset_password(tx, ctx, id, "new")).unwrap();
    assert_eq!(world.is_in([3; 32], NOW), None);
    // The old password was checked just before the reset.
    assert_eq!(code(world.signs_in(&agent, [4; 32])), "session.wrong_credentials");
}

#[test]
fn a_changed_password_keeps_the_session_that_changed_it() {
    let world = World::new();
    let agent = world.hires("agent", Role::Agent);
    world.signs_in(&agent, [1; 32]).unwrap();
    world.signs_in(&agent, [2; 32]).unwrap();
    let change = |checked: &str| {
        let (checked_hash, new_hash) = (checked.to_owned(), "new".to_owned());
        let change = ChangePassword { checked_hash, new_hash, session: [1; 32] };
        world.does(acting(&agent), move |tx, ctx| own::change_password(tx, ctx, &change))
    };
    assert_eq!(code(change("stale")), "session.wrong_credentials");
    assert_eq!(code(change("hash of agent")), "done");
    assert_eq!((world.is_in([1; 32], NOW), world.is_in([2; 32], NOW)), (Some(agent.id), None));
}

#[test]
fn a_session_lives_while_it_is_used_and_not_for_ever() {
    let world = World::new();
    let agent = world.hires("agent", Role::Agent);
    world.signs_in(&agent, [1; 32]).unwrap();
    let mut now = NOW;
    for _ in 0..35 {
        now = now.plus(Millis::minutes(20));
        assert_eq!(world.is_in([1; 32], now), Some(agent.id));
        world.does(Ctx::system(now), |tx, ctx| sessions::note_session(tx, ctx, &[1; 32])).unwrap();
    }
    assert_eq!(world.is_in([1; 32], now.plus(Millis::minutes(20))), None);
}

#[test]
fn a_revoked_token_is_worth_nothing_and_nobody_revokes_another_ones() {
    let world = World::new();
    let (agent, other) = (world.hires("agent", Role::Agent), world.hires("other", Role::Owner));
    let token = world.does(acting(&agent), |tx, ctx| sessions::create_token(tx, ctx, "ci", &[7; 32])).unwrap();
    let knows = || world.sees(|snapshot| queries::by_token(snapshot, &[7; 32], NOW));
    assert_eq!(knows().unwrap().user.id, agent.id);
    let id = token.id;
    let revokes = |who: &User| world.does(acting(who), move |tx, ctx| sessions::delete_token(tx, ctx, id));
    assert_eq!(code(revokes(&other)), "not_found");
    assert_eq!(code(revokes(&agent)), "done");
    assert_eq!(code(knows()), "session.expired");
}
