//! Accounts.

use domain::{Actor, Refusal, Role, TicketCommand, UserId};

use super::desk::{answered, user};
use super::{Harness, World};

pub async fn a_user_is_kept<H: Harness>() {
    let world = World::<H>::new().await;
    let mut new = user(UserId(world.id()), "ayşe@example.com", Role::Agent, world.now);
    new.phone = Some("5321234567".to_owned());
    let kept = world.store.create_user(new.clone(), "hash".to_owned()).await.unwrap();
    assert_eq!(kept, new);
    assert_eq!(world.store.user(new.id).await.unwrap(), Some(new));
    assert_eq!(world.store.user(UserId(world.id())).await.unwrap(), None);
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

/// A token can outlive its account: whoever is not in the books writes nothing into them.
pub async fn an_unknown_account_sells_nothing<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    for role in Role::ALL {
        let nobody = Actor { user_id: UserId(world.id()), role };
        let booked = world.book(nobody, route, 2, (0, 3)).await;
        assert_eq!(booked, Err(Refusal::UserNotFound), "{role:?}");
    }
    let nobody = Actor { user_id: UserId(world.id()), role: Role::Admin };
    let commands: [(&str, TicketCommand); 4] = [
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
