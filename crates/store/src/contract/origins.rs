//! Accounts of the identity provider beside our own: what each kind may do.

use domain::{
    Account, CityKey, FamilyId, Origin, Refusal, Role, TokenGeneration, TokenId, User, UserId,
};
use jiff::{SignedDuration, Timestamp};

use super::desk::{Desk, answered, user};
use super::{EVERYTHING, Harness, World};
use crate::{
    AccountChange, Done, Envelope, FactorWrite, LetterId, MailWrite, PasswordHash, PeopleWrite,
    RefreshToken, Sealed, TokenDigest, TokenLetter, TokenUse, UserFilter, deleted_email,
    taken_email,
};

/// An account that the identity provider vouches for.
async fn of_provider<H: Harness>(world: &World<H>, email: &str) -> User {
    let new = user(UserId(world.id()), email, Role::Agent, world.now);
    let new = User { origin: Origin::Provider, ..new };
    let made = world.store.create_user(new.clone(), String::new()).await.unwrap();
    assert_eq!(made, new);
    assert_eq!(world.store.user(new.id).await.unwrap().as_ref(), Some(&new));
    new
}

pub async fn what_the_provider_decides_is_not_changed_here<H: Harness>() {
    let world = World::<H>::new().await;
    let elif = of_provider(&world, "elif@example.com").await;
    let change =
        async |id, change| answered(world.store.change_account(id, change, world.now).await);
    let role = |role| AccountChange::Edit { role: Some(role), is_disabled: None };
    let ended = TokenId(world.id());
    let end = AccountChange::RevokeToken { id: ended, expires_at: Timestamp::MAX, family: None };
    change(elif.id, end).await.unwrap();
    let password = AccountChange::Password { hash: "hash".to_owned(), spared: None };
    for refused in [
        role(Role::Admin),
        AccountChange::Edit { role: Some(Role::Admin), is_disabled: Some(true) },
        password,
        AccountChange::RevokeAll,
    ] {
        let told = format!("{refused:?}");
        assert_eq!(change(elif.id, refused).await, Err(Refusal::ProviderDecides), "{told}");
    }
    let state = world.store.account(elif.id).await.unwrap().unwrap();
    assert_eq!((&state.user, state.generation), (&elif, TokenGeneration::default()));
    assert_eq!(state.revoked, [ended]);
    let kept = world.store.credentials("elif@example.com").await.unwrap().unwrap();
    assert_eq!(kept.password_hash, "");
    // The role that it has is no change, and the provider gives it another one.
    assert_eq!(change(elif.id, role(Role::Agent)).await, Ok(elif.clone()));
    let by_provider = AccountChange::RoleByProvider;
    let promoted = change(elif.id, by_provider(Role::Admin)).await.unwrap();
    assert_eq!((promoted.role, promoted.origin), (Role::Admin, Origin::Provider));
    assert_eq!(change(elif.id, by_provider(Role::Admin)).await, Ok(promoted.clone()));
    assert_eq!(world.store.user(elif.id).await.unwrap(), Some(promoted));
    // Of accounts of our own it decides nothing.
    let own = world.customer.user_id;
    assert_eq!(change(own, by_provider(Role::Admin)).await, Err(Refusal::AccountNotFound));
    // It is counted as an administrator, and does not leave the company without one.
    change(world.admin.user_id, AccountChange::DISABLE).await.unwrap();
    let last = change(elif.id, by_provider(Role::Customer)).await;
    assert_eq!(last, Err(Refusal::LastAdministrator));
    change(world.admin.user_id, AccountChange::ENABLE).await.unwrap();
    assert!(change(elif.id, AccountChange::DISABLE).await.unwrap().disabled_at.is_some());
    change(elif.id, AccountChange::ENABLE).await.unwrap();
    change(elif.id, AccountChange::Delete).await.unwrap();
    world.finish().await;
}

pub async fn an_address_that_is_taken_is_only_shown<H: Harness>() {
    const EMAIL: &str = "elif@list.example";
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let own = user(UserId(world.id()), EMAIL, Role::Customer, world.now);
    world.store.create_user(own.clone(), "hash".to_owned()).await.unwrap();
    let (elif, other) = (of_provider(&world, EMAIL).await, of_provider(&world, EMAIL).await);
    let found = async |email: &str| world.store.credentials(email).await.unwrap();
    let holder = async |email: &str| found(email).await.map(|known| known.user.id);
    assert_eq!(holder(EMAIL).await, Some(own.id), "whoever had it first logs in by it");
    assert_eq!(found(&taken_email(elif.id)).await.unwrap().user, elif);
    let filter = UserFilter { begins_with: Some(CityKey::new(EMAIL)), ..UserFilter::default() };
    let listed = async |filter: UserFilter| world.store.users(filter, EVERYTHING).await.unwrap();
    let mut all = vec![own.id, elif.id, other.id];
    all.sort_unstable();
    let mut named: Vec<_> = listed(filter).await.items.iter().map(|user| user.id).collect();
    named.sort_unstable();
    assert_eq!(named, all);
    // Lists are in the order of what is unique, whatever they show.
    let whole = listed(UserFilter::default()).await.items;
    let places = [own.id, elif.id].map(|id| whole.iter().position(|user| user.id == id).unwrap());
    assert!(places[0] < places[1], "elif@… before provider-…");
    let account = Account { user_id: elif.id, role: elif.role };
    let ticket = world.book(account, route, 1, (0, 3)).await.unwrap();
    let shown = async || world.store.ticket(ticket).await.unwrap().unwrap();
    assert_eq!(shown().await.issued_by.unwrap().email, EMAIL);

    // A deleted account gives the address up, and is not made again.
    let delete = world.store.change_account(elif.id, AccountChange::Delete, world.now);
    assert_eq!(answered(delete.await).unwrap().email, EMAIL);
    assert_eq!(shown().await.issued_by.unwrap().email, deleted_email(elif.id));
    assert_eq!(holder(&taken_email(elif.id)).await, None);
    let again = world.store.create_user(elif.clone(), String::new()).await;
    assert_eq!(answered(again), Err(Refusal::EmailTaken));
    // Nobody can take the place before the person comes.
    for email in [taken_email(UserId(world.id())), deleted_email(UserId(world.id()))] {
        let new = user(UserId(world.id()), &email, Role::Customer, world.now);
        let made = world.store.create_user(new, "hash".to_owned()).await;
        assert_eq!(answered(made), Err(Refusal::EmailTaken), "{email}");
    }
    world.finish().await;
}

async fn write(desk: &Desk, write: PeopleWrite) -> Done {
    let envelope = Envelope::new(write, domain::Actor::System, desk.now);
    answered(desk.store.send(envelope).await).unwrap()
}

pub async fn a_providers_account_gets_no_letter_and_no_second_factor<H: Harness>() {
    let world = World::<H>::new().await;
    let desk = world.desk();
    let elif = of_provider(&world, "elif@example.com").await;
    let in_an_hour = world.now + SignedDuration::from_hours(1);
    let letter = |secret| TokenLetter {
        digest: TokenDigest([secret; 32]),
        expires_at: in_an_hour,
        id: LetterId(desk.id()),
        sealed: Sealed(vec![secret]),
    };
    let (user_id, email) = (elif.id, elif.email.clone());
    let verification = MailWrite::SendVerification { user_id, letter: letter(1) };
    let reset = MailWrite::SendReset { email, letter: letter(2) };
    for sent in [verification, reset] {
        write(&desk, PeopleWrite::Mail(sent)).await;
    }
    assert!(!desk.store.letters_are_due(in_an_hour).await.unwrap());
    for (used_for, secret) in [(TokenUse::Verify, 1), (TokenUse::Reset, 2)] {
        let digest = TokenDigest([secret; 32]);
        let holder = desk.store.mail_token_holder(used_for, digest, world.now).await;
        assert_eq!(holder.unwrap(), None);
    }
    let hash = PasswordHash("hash".to_owned());
    let used = MailWrite::Reset { digest: TokenDigest([2; 32]), hash };
    assert_eq!(write(&desk, PeopleWrite::Mail(used)).await.holder(), None);

    let enrol = |user_id| FactorWrite::Enrol { user_id, sealed: Sealed(vec![7]) };
    assert_eq!(write(&desk, PeopleWrite::Factor(enrol(elif.id))).await.holder(), None);
    assert_eq!(desk.store.second_factor(elif.id).await.unwrap(), None);
    let own = write(&desk, PeopleWrite::Factor(enrol(world.agent.user_id))).await;
    assert!(own.holder().is_some(), "the control");

    let token = |secret| {
        let (family, digest) = (FamilyId(elif.id.0), TokenDigest([secret; 32]));
        RefreshToken { family, digest, digest_before: None, expires_at: in_an_hour }
    };
    write(&desk, PeopleWrite::BeginFamily(elif.id, TokenGeneration::default(), token(1))).await;
    let refresh =
        PeopleWrite::Refresh { shown: TokenDigest([1; 32]), made_here: true, next: token(2) };
    assert_eq!(write(&desk, refresh).await.refreshed(), None);
    drop(desk);
    world.finish().await;
}
