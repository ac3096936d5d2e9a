//! What administrators and owners change of accounts: roles, tokens, their end.

use std::sync::Arc;

use domain::user::{TokenGeneration, TokenId};
use domain::{CityKey, Expected, Refusal, Role, User, UserId, Version};
use jiff::{SignedDuration, Timestamp};

use super::desk::{answered, user};
use super::{EVERYTHING, Harness, World};
use crate::{
    ACCOUNTS_LOOKED_AT_MAX, AccountChange, Envelope, Page, PeopleWrite, REVOKED_TOKENS_MAX, Sender,
    UserFilter,
};

fn role(role: Role) -> AccountChange {
    AccountChange::Edit { role: Some(role), is_disabled: None }
}

pub async fn an_account_is_edited_on_its_version<H: Harness>() {
    let world = World::<H>::new().await;
    let id = world.customer.user_id;
    let before = world.store.user(id).await.unwrap().unwrap();
    let at = |seconds| world.now + SignedDuration::from_secs(seconds);
    let both = AccountChange::Edit { role: Some(Role::Agent), is_disabled: Some(true) };
    let changed = answered(world.store.change_account(id, both.clone(), at(1)).await).unwrap();
    let expected =
        User { role: Role::Agent, disabled_at: Some(at(1)), updated_at: at(1), ..before.clone() };
    assert_eq!(changed, expected);
    assert_eq!(world.store.user(id).await.unwrap(), Some(expected.clone()));
    let again = answered(world.store.change_account(id, both, at(2)).await);
    assert_eq!(again, Ok(expected.clone()), "what changes nothing is no version");
    let on = |version, change| {
        let expected = Some(Expected::OneOf(vec![version]));
        let sender = Sender { expected, ..Sender::from(world.admin) };
        let write = PeopleWrite::ChangeAccount(id, change);
        world.store.send(Envelope::new(write, sender, at(3)))
    };
    let old = Version::of(before.updated_at);
    for change in [role(Role::Customer), AccountChange::Delete] {
        let refused = answered(on(old, change).await);
        assert_eq!(refused, Err(Refusal::VersionMoved));
    }
    assert_eq!(world.store.user(id).await.unwrap(), Some(expected.clone()));
    answered(on(Version::of(expected.updated_at), AccountChange::ENABLE).await).unwrap();
    world.finish().await;
}

pub async fn an_administrator_is_always_left<H: Harness>() {
    let world = World::<H>::new().await;
    let id = world.admin.user_id;
    let change = |id, change| world.store.change_account(id, change, world.now);
    let ends = [
        AccountChange::DISABLE,
        role(Role::Agent),
        AccountChange::Edit { role: Some(Role::Customer), is_disabled: Some(true) },
        AccountChange::Delete,
    ];
    for end in ends {
        let refused = answered(change(id, end.clone()).await);
        assert_eq!(refused, Err(Refusal::LastAdministrator), "{end:?}");
    }
    // One that cannot log in does not count.
    let second = user(UserId(world.id()), "second@example.com", Role::Admin, world.now);
    world.store.create_user(second.clone(), "hash".to_owned()).await.unwrap();
    answered(change(second.id, AccountChange::DISABLE).await).unwrap();
    assert_eq!(answered(change(id, role(Role::Agent)).await), Err(Refusal::LastAdministrator));
    answered(change(second.id, AccountChange::ENABLE).await).unwrap();
    let (one, other) =
        tokio::join!(change(id, role(Role::Agent)), change(second.id, AccountChange::Delete));
    let refused: Vec<_> = [one, other].into_iter().filter_map(|did| answered(did).err()).collect();
    assert_eq!(refused, [Refusal::LastAdministrator], "each of two is the last but for the other");
    world.finish().await;
}

pub async fn a_deleted_account_is_found_by_nothing<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let id = world.customer.user_id;
    let email = world.store.user(id).await.unwrap().unwrap().email;
    let by_email = UserFilter { begins_with: Some(CityKey::new(&email)), ..UserFilter::default() };
    let delete = || world.store.change_account(id, AccountChange::Delete, world.now);
    let shown = answered(delete().await).unwrap();
    assert_eq!((shown.id, &shown.email), (id, &email), "as it was");
    assert_eq!(answered(delete().await), Err(Refusal::AccountNotFound));
    let enabled = world.store.change_account(id, AccountChange::ENABLE, world.now).await;
    assert_eq!(answered(enabled), Err(Refusal::AccountNotFound), "there is no way back");
    assert_eq!(world.store.user(id).await.unwrap(), None);
    assert_eq!(world.store.account(id).await.unwrap(), None);
    assert!(world.store.credentials(&email).await.unwrap().is_none());
    for is_disabled in [None, Some(true), Some(false)] {
        for role in [None, Some(Role::Customer)] {
            for begins_with in [None, by_email.begins_with.clone()] {
                let filter = UserFilter { role, is_disabled, begins_with, is_demo: None };
                let found = world.store.users(filter, EVERYTHING).await.unwrap();
                assert!(found.items.iter().all(|user| user.id != id));
            }
        }
    }
    // Its tickets stay, with its name.
    let kept = world.store.ticket(ticket).await.unwrap().unwrap();
    let person = kept.user.unwrap();
    assert_eq!((person.id, &person.first_name), (id, &shown.first_name));
    assert_ne!(person.email, email);
    // And the address is free.
    let next = user(UserId(world.id()), &email, Role::Customer, world.now);
    world.store.create_user(next.clone(), "hash".to_owned()).await.unwrap();
    assert_eq!(world.store.credentials(&email).await.unwrap().unwrap().user, next);
    let found = world.store.users(by_email, EVERYTHING).await.unwrap();
    assert_eq!(found.items, [next]);
    world.finish().await;
}

pub async fn an_erased_account_names_nobody<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    for (account, deleted_before) in [(world.customer, false), (world.other, true)] {
        let seat = 1 + u16::from(deleted_before);
        let ticket = world.book(account, route, seat, (0, 3)).await.unwrap();
        let id = account.user_id;
        if deleted_before {
            world.store.change_account(id, AccountChange::Delete, world.now).await.unwrap();
        }
        for _ in 0..2 {
            world.store.change_account(id, AccountChange::Erase, world.now).await.unwrap();
        }
        assert_eq!(world.store.user(id).await.unwrap(), None);
        let person = world.store.ticket(ticket).await.unwrap().unwrap().user.unwrap();
        assert_eq!(
            (person.id, person.first_name.as_str(), person.last_name.as_str()),
            (id, "", "")
        );
    }
    let last =
        world.store.change_account(world.admin.user_id, AccountChange::Erase, world.now).await;
    assert_eq!(answered(last), Err(Refusal::LastAdministrator));
    world.finish().await;
}

pub async fn tokens_end_one_by_one_and_all_at_once<H: Harness>() {
    let world = World::<H>::new().await;
    let id = world.customer.user_id;
    let token = || TokenId(world.id());
    let (one, other) = (token(), token());
    let state = async || world.store.account(id).await.unwrap().unwrap();
    let change = async |change| {
        let before = world.store.user(id).await.unwrap();
        let done = answered(world.store.change_account(id, change, world.now).await).unwrap();
        (before, done)
    };
    let end = |id| AccountChange::RevokeToken { id, expires_at: Timestamp::MAX, family: None };
    let first = TokenGeneration::default();
    assert!(state().await.takes(first, one));
    for _ in 0..2 {
        let (before, done) = change(end(one)).await;
        assert_eq!(before, Some(done), "nothing that is shown has changed");
        let state = state().await;
        assert!(!state.takes(first, one) && state.takes(first, other));
        assert_eq!(state.revoked, [one]);
    }
    change(AccountChange::RevokeAll).await;
    let (all, second) = (state().await, TokenGeneration(1));
    assert!(!all.takes(first, one) && !all.takes(first, other) && all.takes(second, other));
    // Its old password was proved before all tokens were ended.
    let password = |proved| {
        let hash = "other".to_owned();
        AccountChange::Password { hash, spared: Some((other, TokenGeneration(proved))) }
    };
    let late = world.store.change_account(id, password(0), world.now).await;
    assert_eq!(answered(late), Err(Refusal::AccountNotFound));
    change(password(1)).await;
    let credentials = world.store.credentials(&all.user.email).await.unwrap().unwrap();
    assert_eq!(credentials.generation, TokenGeneration(2), "of what is given out now");
    let spared = state().await;
    assert!(spared.takes(second, other) && !spared.takes(second, one));
    change(end(other)).await;
    assert!(!state().await.takes(second, other), "also the spared one");
    change(AccountChange::Delete).await;
    world.finish().await;
}

/// Hashing takes seconds: meanwhile its owner may log out, or an administrator disable the account.
pub async fn a_new_password_brings_no_ended_token_back<H: Harness>() {
    let world = World::<H>::new().await;
    let id = world.customer.user_id;
    let email = world.store.user(id).await.unwrap().unwrap().email;
    let change = async |change| answered(world.store.change_account(id, change, world.now).await);
    let (token, other) = (TokenId(world.id()), TokenId(world.id()));
    let first = TokenGeneration::default();
    let password = |token| {
        let hash = "other".to_owned();
        AccountChange::Password { hash, spared: Some((token, first)) }
    };
    let logout = AccountChange::RevokeToken { id: token, expires_at: Timestamp::MAX, family: None };
    change(logout).await.unwrap();
    assert_eq!(change(password(token)).await, Err(Refusal::AccountNotFound), "logged out");
    change(AccountChange::DISABLE).await.unwrap();
    assert_eq!(change(password(other)).await, Err(Refusal::AccountNotFound), "disabled");
    change(AccountChange::ENABLE).await.unwrap();
    let state = world.store.account(id).await.unwrap().unwrap();
    assert!(!state.takes(first, token) && state.takes(first, other), "as before");
    let kept = async || world.store.credentials(&email).await.unwrap().unwrap().password_hash;
    assert_ne!(kept().await, "other");
    change(password(other)).await.unwrap();
    assert_eq!(kept().await, "other");
    let state = world.store.account(id).await.unwrap().unwrap();
    assert!(!state.takes(first, token) && state.takes(first, other), "its own token is spared");
    world.finish().await;
}

pub async fn what_is_kept_of_ended_tokens_is_bounded<H: Harness>() {
    let world = World::<H>::new().await;
    let id = world.customer.user_id;
    let in_an_hour = world.now + SignedDuration::from_hours(1);
    let first = TokenId(world.id());
    let end = async |token, expires_at, now| {
        let change = AccountChange::RevokeToken { id: token, expires_at, family: None };
        answered(world.store.change_account(id, change, now).await).unwrap();
        world.store.account(id).await.unwrap().unwrap()
    };
    end(first, in_an_hour, world.now).await;
    // An expired one is not kept.
    let second = TokenId(world.id());
    assert_eq!(end(second, Timestamp::MAX, in_an_hour).await.revoked, [second]);
    for _ in 1..REVOKED_TOKENS_MAX {
        end(TokenId(world.id()), Timestamp::MAX, in_an_hour).await;
    }
    let state = world.store.account(id).await.unwrap().unwrap();
    assert_eq!(state.revoked.len(), REVOKED_TOKENS_MAX);
    let state = end(TokenId(world.id()), Timestamp::MAX, in_an_hour).await;
    assert_eq!((state.revoked.len(), state.generation), (0, TokenGeneration(1)));
    assert!(!state.takes(TokenGeneration::default(), second), "none of them is good again");
    world.finish().await;
}

pub async fn accounts_are_found_by_how_they_begin<H: Harness>() {
    let world = World::<H>::new().await;
    for (email, names, role, is_disabled) in [
        ("ayse@list.example", ["Ayşe", "Yılmaz"], Role::Agent, false),
        ("b@list.example", ["IŞIL", "Ayşen"], Role::Agent, true),
        ("c@list.example", ["", "Öz"], Role::Customer, false),
        ("100%@list.example", ["Can", "Ay"], Role::Customer, false),
    ] {
        let new = user(UserId(world.id()), email, role, world.now);
        let [first_name, last_name] = names.map(str::to_owned);
        let disabled_at = is_disabled.then_some(world.now);
        let new = User { first_name, last_name, disabled_at, ..new };
        world.store.create_user(new, "hash".to_owned()).await.unwrap();
    }
    let found = async |begins: &str, filter: UserFilter| {
        let filter = UserFilter { begins_with: Some(CityKey::new(begins)), ..filter };
        let found = world.store.users(filter.clone(), EVERYTHING).await.unwrap();
        let first = world.store.users(filter, Page { offset: 0, limit: 1 }).await.unwrap();
        assert_eq!(first.total, found.total);
        assert_eq!(first.items, found.items.iter().take(1).cloned().collect::<Vec<_>>());
        assert!(found.items.len() < ACCOUNTS_LOOKED_AT_MAX);
        let host = "@list.example";
        let emails =
            found.items.into_iter().filter_map(|it| Some(it.email.strip_suffix(host)?.to_owned()));
        emails.collect::<Vec<_>>()
    };
    let any = UserFilter::default;
    for (begins, expected) in [
        ("AYŞE", &["ayse", "b"] as &[&str]),
        ("ayşe y", &["ayse"]),
        ("ay", &["100%", "ayse", "b"]),
        ("ışıl", &["b"]),
        ("isil ayse", &["b"]),
        ("oz", &["c"]),
        ("100%", &["100%"]),
        ("%", &[]),
        ("c@list.example", &["c"]),
        ("list", &[]),
    ] {
        assert_eq!(found(begins, any()).await, expected, "{begins}");
    }
    let agents = UserFilter { role: Some(Role::Agent), ..any() };
    assert_eq!(found("ay", agents).await, ["ayse", "b"]);
    let enabled = UserFilter { is_disabled: Some(false), ..any() };
    assert_eq!(found("ay", enabled).await, ["100%", "ayse"]);
    world.finish().await;
}

pub async fn a_search_that_leaves_accounts_out_says_so<H: Harness>() {
    let world = World::<H>::new().await;
    let begins_with = Some(CityKey::new("crowd-"));
    let filter = UserFilter { begins_with, ..UserFilter::default() };
    let page = Page { offset: 0, limit: 1 };
    let make = |number: usize| {
        let email = format!("crowd-{number}@list.example");
        let new = user(UserId(world.id()), &email, Role::Customer, world.now);
        let store = Arc::clone(&world.store);
        tokio::spawn(async move { store.create_user(new, "hash".to_owned()).await.map(drop) })
    };
    for begun in (0..ACCOUNTS_LOOKED_AT_MAX).step_by(100) {
        let made: Vec<_> = (begun..begun + 100).map(make).collect();
        for made in made {
            made.await.unwrap().unwrap();
        }
    }
    let found = world.store.users(filter.clone(), page).await.unwrap();
    assert_eq!((found.total, found.is_limited), (ACCOUNTS_LOOKED_AT_MAX as u64, false));
    make(ACCOUNTS_LOOKED_AT_MAX).await.unwrap().unwrap();
    let found = world.store.users(filter, page).await.unwrap();
    assert_eq!((found.total, found.is_limited), (ACCOUNTS_LOOKED_AT_MAX as u64, true));
    world.finish().await;
}
