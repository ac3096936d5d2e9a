//! Accounts.

use domain::passenger::Phone;
use domain::{Account, Refusal, Role, User, UserId};
use jiff::SignedDuration;

use super::desk::{answered, user};
use super::{EVERYTHING, Harness, World};
use crate::{AccountChange, Envelope, Page, UserFilter};

pub async fn a_user_is_kept<H: Harness>() {
    let world = World::<H>::new().await;
    let mut new = user(UserId(world.id()), "ayşe@example.com", Role::Agent, world.now);
    new.phone = Some("5321234567".to_owned());
    let kept = world.store.create_user(new.clone(), "hash".to_owned()).await.unwrap();
    assert_eq!(kept, new);
    assert_eq!(world.store.user(new.id).await.unwrap().as_ref(), Some(&new));
    assert_eq!(world.store.user(UserId(world.id())).await.unwrap(), None);
    let with_phone =
        async |digits| world.store.users_with_phone(Phone::parse(digits).unwrap()).await.unwrap();
    assert_eq!(with_phone("5321234567").await, [new]);
    assert_eq!(with_phone("5321234568").await, []);
    world.finish().await;
}

pub async fn an_email_is_unique<H: Harness>() {
    let world = World::<H>::new().await;
    let attempts: Vec<_> = (0..10)
        .map(|_| {
            let desk = world.desk();
            let new = user(UserId(desk.id()), "one@example.com", Role::Customer, desk.now);
            tokio::spawn(async move {
                answered(desk.store.create_user(new, "hash".to_owned()).await).map(|user| user.id)
            })
        })
        .collect();
    let mut made = Vec::new();
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(id) => made.push(id),
            Err(refusal) => assert_eq!(refusal, Refusal::EmailTaken),
        }
    }
    assert_eq!(made.len(), 1, "one of ten registrations wins");
    let found = world.store.credentials("one@example.com").await.unwrap().unwrap();
    assert_eq!(found.user.id, made[0]);
    world.finish().await;
}

pub async fn credentials_are_found_by_email<H: Harness>() {
    let world = World::<H>::new().await;
    let new = user(UserId(world.id()), "new@example.com", Role::Customer, world.now);
    world.store.create_user(new.clone(), "$argon2id$…".to_owned()).await.unwrap();
    let found = world.store.credentials("new@example.com").await.unwrap().unwrap();
    assert_eq!(found.user, new);
    assert_eq!(found.password_hash, "$argon2id$…");
    assert!(world.store.credentials("nobody@example.com").await.unwrap().is_none());
    let shown = format!("{found:?}");
    assert!(!shown.contains("argon2"), "a hash must not reach a log: {shown}");
    world.finish().await;
}

pub async fn a_disabled_account_says_since_when<H: Harness>() {
    let world = World::<H>::new().await;
    let id = world.customer.user_id;
    let before = world.store.user(id).await.unwrap().unwrap();
    let at = |seconds| world.now + SignedDuration::from_secs(seconds);
    let store = &world.store;
    let changed =
        |change, now| async move { answered(store.change_account(id, change, now).await).unwrap() };
    for round in [0_i64, 10] {
        let at = |seconds: i64| at(round + seconds);
        let disabled = changed(AccountChange::DISABLE, at(1)).await;
        let since = User { disabled_at: Some(at(1)), updated_at: at(1), ..before.clone() };
        assert_eq!(disabled, since);
        // It was read before and is in memory now: the change must still be seen.
        assert_eq!(world.store.user(id).await.unwrap(), Some(disabled.clone()));
        // Disabled again, it keeps the time of the first.
        assert_eq!(changed(AccountChange::DISABLE, at(2)).await, disabled);
        let enabled = changed(AccountChange::ENABLE, at(3)).await;
        assert_eq!(enabled, User { updated_at: at(3), ..before.clone() });
        assert_eq!(world.store.user(id).await.unwrap(), Some(enabled));
    }
    world.store.look_for_changed_accounts().await.unwrap();
    let nobody = UserId(world.id());
    let refused = world.store.change_account(nobody, AccountChange::DISABLE, at(4)).await;
    assert_eq!(answered(refused), Err(Refusal::AccountNotFound));
    world.finish().await;
}

pub async fn the_last_administrator_stays<H: Harness>() {
    let world = World::<H>::new().await;
    let id = world.admin.user_id;
    let disable = |id| world.store.change_account(id, AccountChange::DISABLE, world.now);
    assert_eq!(answered(disable(id).await), Err(Refusal::LastAdministrator));
    assert_eq!(world.store.user(id).await.unwrap().unwrap().disabled_at, None);
    let second = user(UserId(world.id()), "second@example.com", Role::Admin, world.now);
    world.store.create_user(second.clone(), "hash".to_owned()).await.unwrap();
    // Two administrators disable each other's accounts: one of them stays.
    let (one, other) = tokio::join!(disable(id), disable(second.id));
    let refused: Vec<_> = [one, other].into_iter().filter_map(|did| answered(did).err()).collect();
    assert_eq!(refused, [Refusal::LastAdministrator]);
    world.finish().await;
}

pub async fn a_new_password_is_ones_own<H: Harness>() {
    let world = World::<H>::new().await;
    let mut made = user(UserId(world.id()), "demo@example.com", Role::Agent, world.now);
    made.is_demo = true;
    world.store.create_user(made.clone(), "public".to_owned()).await.unwrap();
    let hash = "secret".to_owned();
    let change = AccountChange::Password { hash, spared: None };
    assert_eq!(format!("{change:?}"), "Password", "a hash must not reach a log");
    let changed = answered(world.store.change_account(made.id, change, world.now).await);
    // A change moves the version, even when the clock stands still.
    let updated_at = world.now + SignedDuration::from_millis(1);
    assert_eq!(changed, Ok(User { is_demo: false, updated_at, ..made }));
    let kept = world.store.credentials("demo@example.com").await.unwrap().unwrap();
    assert_eq!((kept.password_hash.as_str(), kept.user.is_demo), ("secret", false));
    world.finish().await;
}

pub async fn accounts_are_listed_by_email<H: Harness>() {
    let world = World::<H>::new().await;
    for (email, role, is_demo, is_disabled) in [
        ("d@list.example", Role::Agent, true, false),
        ("b@list.example", Role::Agent, false, true),
        ("c@list.example", Role::Customer, true, true),
        ("a@list.example", Role::Agent, false, false),
    ] {
        let disabled_at = is_disabled.then_some(world.now);
        let new = user(UserId(world.id()), email, role, world.now);
        let new = User { is_demo, disabled_at, ..new };
        world.store.create_user(new, "hash".to_owned()).await.unwrap();
    }
    let role = Some(Role::Agent);
    let any = UserFilter::default;
    for (filter, expected) in [
        (UserFilter { role, ..any() }, &["a", "b", "d"] as &[&str]),
        (UserFilter { is_demo: Some(true), ..any() }, &["c", "d"]),
        (UserFilter { role, is_disabled: Some(false), ..any() }, &["a", "d"]),
        (UserFilter { is_disabled: Some(true), is_demo: Some(false), ..any() }, &["b"]),
    ] {
        let found = world.store.users(filter.clone(), EVERYTHING).await.unwrap();
        // The world's own four people are of another host.
        let ours = found.items.iter().filter_map(|user| user.email.strip_suffix("@list.example"));
        assert_eq!(ours.collect::<Vec<_>>(), expected, "{filter:?}");
        let first = world.store.users(filter.clone(), Page { offset: 0, limit: 1 }).await.unwrap();
        assert_eq!((first.total, &first.items[..]), (found.total, &found.items[..1]));
    }
    world.finish().await;
}

/// A token can outlive its account: an account that the store does not know writes nothing.
pub async fn an_unknown_account_sells_nothing<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    for role in Role::ALL {
        let nobody = Account { user_id: UserId(world.id()), role };
        let booked = world.book(nobody, route, 2, (0, 3)).await;
        assert_eq!(booked, Err(Refusal::UserNotFound), "{role:?}");
    }
    let nobody = Account { user_id: UserId(world.id()), role: Role::Admin };
    let commands: [(&str, Envelope); 4] = [
        ("pays", world.beginning(nobody, ticket).1),
        ("confirms", world.confirming(nobody, ticket)),
        ("suspends", world.suspending(nobody, ticket)),
        ("moves", world.moving(nobody, ticket, 2)),
    ];
    for (name, command) in commands {
        let result = world.execute(command).await;
        assert_eq!(result.map(drop), Err(Refusal::UserNotFound), "{name}");
    }
    let ledger = world.finish().await;
    assert_eq!(ledger.events[&route].len(), 1);
}
