//! Logins that go on with tokens that are each used once.

use domain::user::FamilyId;
use domain::{Actor, TokenGeneration, User, UserId};
use jiff::{SignedDuration, Timestamp};

use super::desk::{Desk, answered};
use super::{Harness, World};
use crate::{
    AccountChange, Envelope, PeopleWrite, REFRESH_CLOCKS_APART_SECONDS_MAX, REFRESH_FAMILIES_MAX,
    REFRESH_REPEAT_SECONDS_MAX, RefreshToken, TokenDigest,
};

fn token(family: FamilyId, secret: u8, desk: &Desk) -> RefreshToken {
    let expires_at = desk.now + SignedDuration::from_hours(1);
    let digest = TokenDigest([secret; 32]);
    RefreshToken { family, digest, digest_before: None, expires_at }
}

async fn begin(desk: &Desk, of: UserId, token: RefreshToken) {
    let account = desk.store.account(of).await.unwrap().unwrap();
    let write = PeopleWrite::BeginFamily(of, account.generation, token);
    let envelope = Envelope::new(write, Actor::System, desk.now);
    answered(desk.store.send(envelope).await).unwrap();
}

/// Whose it is. The text of the token bears our mark.
async fn shown(
    desk: &Desk,
    secret: u8,
    next: RefreshToken,
    now: Timestamp,
) -> Option<(User, TokenGeneration)> {
    sent(desk, (secret, true), next, now).await
}

async fn sent(
    desk: &Desk,
    (secret, made_here): (u8, bool),
    next: RefreshToken,
    now: Timestamp,
) -> Option<(User, TokenGeneration)> {
    let (user, generation, told) = answer(desk, (secret, made_here), next, now).await?;
    assert_eq!(told, next.digest, "there is no other");
    Some((user, generation))
}

async fn answer(
    desk: &Desk,
    (secret, made_here): (u8, bool),
    next: RefreshToken,
    now: Timestamp,
) -> Option<(User, TokenGeneration, TokenDigest)> {
    let write = PeopleWrite::Refresh { shown: TokenDigest([secret; 32]), made_here, next };
    let envelope = Envelope::new(write, Actor::System, now);
    answered(desk.store.send(envelope).await).unwrap().refreshed().map(|whose| *whose)
}

pub async fn a_family_goes_on_by_one_token_at_a_time<H: Harness>() {
    let world = World::<H>::new().await;
    let (id, desk, now) = (world.customer.user_id, world.desk(), world.now);
    let family = || FamilyId(world.id());
    let (one, other) = (family(), family());
    for family in [one, other] {
        begin(&desk, id, token(family, 1, &desk)).await;
    }
    for secret in 1..4 {
        let whose = shown(&desk, secret, token(one, secret + 1, &desk), now).await;
        assert_eq!(whose.map(|(user, generation)| (user.id, generation.0)), Some((id, 0)));
    }
    // A token is used again: its owner and a thief cannot be told apart, so that login ends for
    // both.
    assert_eq!(shown(&desk, 2, token(one, 9, &desk), now).await, None);
    for secret in [4, 9, 2] {
        assert_eq!(shown(&desk, secret, token(one, 10, &desk), now).await, None);
    }
    assert!(shown(&desk, 1, token(other, 2, &desk), now).await.is_some(), "another login goes on");
    let late = now + SignedDuration::from_hours(1);
    assert_eq!(shown(&desk, 2, token(other, 3, &desk), late).await, None, "its time is over");
    assert_eq!(shown(&desk, 1, token(family(), 2, &desk), now).await, None, "never begun");
    drop(desk);
    world.finish().await;
}

pub async fn who_lost_the_answer_is_told_the_same_again<H: Harness>() {
    let world = World::<H>::new().await;
    let (id, desk, now) = (world.customer.user_id, world.desk(), world.now);
    let [one, other, third, back, account] = [(); 5].map(|()| FamilyId(world.id()));
    for family in [one, other, third, back, account] {
        begin(&desk, id, token(family, 1, &desk)).await;
    }
    let soon = now + SignedDuration::from_secs(REFRESH_REPEAT_SECONDS_MAX - 1);
    let late = now + SignedDuration::from_secs(REFRESH_REPEAT_SECONDS_MAX);
    let show = async |family, secret, next, at| {
        shown(&desk, secret, token(family, next, &desk), at).await.is_some()
    };
    for at in [now, now, soon] {
        assert!(show(one, 1, 2, at).await, "the first again");
    }
    assert!(show(one, 2, 3, soon).await, "and on from there");
    assert!(show(one, 2, 3, soon).await);
    assert!(!show(one, 1, 2, soon).await, "its next one has been shown: it was copied");
    assert!(!show(one, 3, 4, soon).await, "so nobody goes on");

    assert!(show(other, 1, 2, now).await && !show(other, 1, 2, late).await, "too late");
    let before = now - SignedDuration::from_secs(REFRESH_CLOCKS_APART_SECONDS_MAX);
    let long_before = before - SignedDuration::from_millis(1);
    assert!(show(back, 1, 2, now).await && show(back, 1, 2, before).await);
    assert!(!show(back, 1, 2, long_before).await, "nobody knows how old it is");
    assert!(!show(other, 2, 3, late).await);
    // The caller cannot choose another next token.
    assert!(show(third, 1, 2, now).await && !show(third, 1, 3, now).await);
    assert!(show(account, 1, 2, now).await);
    answered(desk.store.change_account(id, AccountChange::RevokeAll, now).await).unwrap();
    assert!(!show(account, 1, 2, now).await, "all of its logins have ended");
    drop(desk);
    world.finish().await;
}

/// The server's secret changes between a request and its repeat.
pub async fn a_repeat_is_known_by_the_secret_before<H: Harness>() {
    let world = World::<H>::new().await;
    let (id, desk, now) = (world.customer.user_id, world.desk(), world.now);
    let family = FamilyId(world.id());
    begin(&desk, id, token(family, 1, &desk)).await;
    assert!(shown(&desk, 1, token(family, 2, &desk), now).await.is_some());
    let told = async |secret, next, before| {
        let digest_before = Some(TokenDigest([before; 32]));
        let next = RefreshToken { digest_before, ..token(family, next, &desk) };
        answer(&desk, (secret, true), next, now).await.map(|(_, _, told)| told.0[0])
    };
    assert_eq!(told(1, 12, 2).await, Some(2), "as it was told before the change");
    assert_eq!(told(2, 13, 3).await, Some(13), "from there on by the new secret");
    assert_eq!(told(2, 13, 3).await, Some(13), "again");
    assert_eq!(told(13, 14, 4).await, Some(14));
    assert_eq!(told(2, 15, 5).await, None, "it was copied");
    assert_eq!(told(14, 16, 6).await, None, "so the login has ended");
    drop(desk);
    world.finish().await;
}

/// Whoever has seen an access token knows the family, and can send any text for it.
pub async fn a_text_that_was_never_a_token_ends_nothing<H: Harness>() {
    let world = World::<H>::new().await;
    let (id, desk, now) = (world.customer.user_id, world.desk(), world.now);
    let [marked, older] = [(); 2].map(|()| FamilyId(world.id()));
    let late = now + SignedDuration::from_secs(REFRESH_REPEAT_SECONDS_MAX);
    for family in [marked, older] {
        begin(&desk, id, token(family, 1, &desk)).await;
        let send = async |secret, made_here, next, at| {
            sent(&desk, (secret, made_here), token(family, next, &desk), at).await.is_some()
        };
        assert!(!send(9, false, 10, now).await, "never a token");
        // Of an earlier version: they have no mark, and the present one goes on.
        assert!(send(1, false, 2, now).await && send(2, false, 3, now).await);
        assert!(!send(1, false, 4, late).await && !send(9, false, 10, late).await);
        assert!(send(3, false, 4, late).await, "the login goes on");
        if family == marked {
            assert!(!send(1, true, 5, late).await, "used long before: it was copied");
        } else {
            let later = late + SignedDuration::from_secs(REFRESH_REPEAT_SECONDS_MAX);
            assert!(!send(3, false, 5, later).await, "the last one, used again late");
        }
        assert!(!send(4, true, 5, late).await, "so it has ended");
    }
    drop(desk);
    world.finish().await;
}

pub async fn a_family_ends_with_its_account<H: Harness>() {
    let world = World::<H>::new().await;
    let (id, desk, now) = (world.customer.user_id, world.desk(), world.now);
    let hash = "other".to_owned();
    let family = FamilyId(world.id());
    let ends = [
        AccountChange::RevokeToken {
            id: domain::TokenId(world.id()),
            expires_at: Timestamp::MAX,
            family: Some(family),
        },
        AccountChange::RevokeAll,
        AccountChange::Password { hash, spared: None },
        AccountChange::DISABLE,
        AccountChange::Delete,
    ];
    for end in ends {
        begin(&desk, id, token(family, 1, &desk)).await;
        let told = format!("{end:?}");
        answered(desk.store.change_account(id, end, now).await).unwrap();
        if told == "Edit" {
            answered(desk.store.change_account(id, AccountChange::ENABLE, now).await).unwrap();
        }
        assert_eq!(shown(&desk, 1, token(family, 2, &desk), now).await, None, "{told}");
    }
    drop(desk);
    world.finish().await;
}

pub async fn the_families_of_an_account_are_bounded<H: Harness>() {
    let world = World::<H>::new().await;
    let (id, desk, now) = (world.customer.user_id, world.desk(), world.now);
    let families: Vec<_> = (0..=REFRESH_FAMILIES_MAX).map(|_| FamilyId(world.id())).collect();
    for (second, family) in (0..).zip(&families) {
        let token = token(*family, 1, &desk);
        let expires_at = token.expires_at + SignedDuration::from_secs(second);
        begin(&desk, id, RefreshToken { expires_at, ..token }).await;
    }
    let goes_on = async |family| shown(&desk, 1, token(family, 2, &desk), now).await.is_some();
    assert!(!goes_on(families[0]).await, "the one that would end first makes room");
    assert!(goes_on(families[1]).await && goes_on(families[REFRESH_FAMILIES_MAX]).await);
    drop(desk);
    world.finish().await;
}

/// The operator has made the time shorter: a login that begins now ends before all earlier ones.
pub async fn a_login_that_just_began_goes_on<H: Harness>() {
    let world = World::<H>::new().await;
    let (id, desk, now) = (world.customer.user_id, world.desk(), world.now);
    let families: Vec<_> = (0..REFRESH_FAMILIES_MAX).map(|_| FamilyId(world.id())).collect();
    for (second, family) in (1..).zip(&families) {
        let token = token(*family, 1, &desk);
        let expires_at = token.expires_at + SignedDuration::from_secs(second);
        begin(&desk, id, RefreshToken { expires_at, ..token }).await;
    }
    let goes_on = async |family| shown(&desk, 1, token(family, 2, &desk), now).await.is_some();
    let newest = [(); 2].map(|()| FamilyId(world.id()));
    begin(&desk, id, token(newest[0], 1, &desk)).await;
    assert!(goes_on(newest[0]).await, "its first token is good");
    let expires_at = now + SignedDuration::from_mins(30);
    begin(&desk, id, RefreshToken { expires_at, ..token(newest[1], 1, &desk) }).await;
    assert!(goes_on(newest[1]).await);
    assert!(!goes_on(newest[0]).await && !goes_on(families[0]).await, "they make room");
    assert!(goes_on(families[1]).await, "of the others those that would end first");
    drop(desk);
    world.finish().await;
}
