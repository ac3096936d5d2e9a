//! Letters that are to be sent, and the tokens that they bring.

use std::time::Duration;

use domain::{FamilyId, UserId};
use jiff::{SignedDuration, Timestamp};

use super::desk::{Desk, answered, user};
use super::{Harness, World};
use crate::{
    AccountChange, Done, Envelope, LETTER_PAUSE_SECONDS, LETTERS_COUNTED_SECONDS, Letter, LetterId,
    MailWrite, PasswordHash, PeopleWrite, RefreshToken, Sealed, TokenDigest, TokenLetter, TokenUse,
    WaitingLetters,
};

fn digest(secret: u8) -> TokenDigest {
    TokenDigest([secret; 32])
}

fn letter(secret: u8, desk: &Desk, now: Timestamp) -> TokenLetter {
    let expires_at = now + SignedDuration::from_hours(1);
    TokenLetter {
        digest: digest(secret),
        expires_at,
        id: LetterId(desk.id()),
        sealed: Sealed(vec![secret]),
    }
}

async fn write(desk: &Desk, write: MailWrite, now: Timestamp) -> Done {
    let envelope = Envelope::new(PeopleWrite::Mail(write), domain::Actor::System, now);
    answered(desk.store.send(envelope).await).unwrap()
}

async fn claim(desk: &Desk, now: Timestamp, until: Timestamp) -> Vec<Letter> {
    let claimed_for = until.duration_since(now).unsigned_abs();
    desk.store.claim_letters(10, claimed_for, now).await.unwrap()
}

/// Takes the due letters, and counts them as sent.
async fn sent(desk: &Desk, now: Timestamp) -> Vec<u8> {
    let letters = claim(desk, now, now + SignedDuration::from_hours(1)).await;
    for letter in &letters {
        write(desk, MailWrite::Done(letter.id), now).await;
    }
    letters.iter().map(|letter| letter.sealed.0[0]).collect()
}

async fn reset(desk: &Desk, secret: u8, now: Timestamp) -> Option<UserId> {
    let hash = PasswordHash("by letter".to_owned());
    let done = write(desk, MailWrite::Reset { digest: digest(secret), hash }, now).await;
    done.holder().map(|user| user.id)
}

async fn verify(desk: &Desk, secret: u8, now: Timestamp) -> Option<UserId> {
    let done = write(desk, MailWrite::Verify { digest: digest(secret) }, now).await;
    done.holder().map(|user| user.id)
}

/// An account that was registered by letter; the letter's secret is `secret`.
async fn registered<H: Harness>(world: &World<H>, desk: &Desk, secret: u8) -> (UserId, String) {
    let email = format!("letters{secret}@example.com");
    let new = user(UserId(world.id()), &email, domain::Role::Customer, world.now);
    let id = new.id;
    let hash = PasswordHash("hash".to_owned());
    let write = PeopleWrite::Register(new, hash, Box::new(letter(secret, desk, world.now)));
    let envelope = Envelope::new(write, domain::Actor::System, world.now);
    assert_eq!(answered(desk.store.send(envelope).await).unwrap().user().id, id);
    (id, email)
}

pub async fn an_address_is_verified_before_anything_else_goes_to_it<H: Harness>() {
    let world = World::<H>::new().await;
    let (desk, now) = (world.desk(), world.now);
    let (id, email) = registered(&world, &desk, 1).await;
    let forgot = |secret, at| {
        let letter = letter(secret, &desk, at);
        write(&desk, MailWrite::SendReset { email: email.clone(), letter }, at)
    };
    let again = |secret, at| {
        let letter = letter(secret, &desk, at);
        write(&desk, MailWrite::SendVerification { user_id: id, letter }, at)
    };
    forgot(2, now).await;
    again(3, now).await;
    assert_eq!(sent(&desk, now).await, [1], "one at a time, and nothing else");
    let later = now + SignedDuration::from_secs(LETTER_PAUSE_SECONDS);
    again(4, later).await;
    assert_eq!(sent(&desk, later).await, [4]);
    assert_eq!(verify(&desk, 1, later).await, None, "the newer one counts");
    assert_eq!(reset(&desk, 4, later).await, None, "each has its use");
    assert_eq!(verify(&desk, 4, later).await, Some(id));
    assert_eq!(verify(&desk, 4, later).await, None, "once");
    let later = later + SignedDuration::from_secs(LETTER_PAUSE_SECONDS);
    again(5, later).await;
    forgot(6, later).await;
    assert_eq!(sent(&desk, later).await, [6]);
    let nobody = "nobody@example.com".to_owned();
    let letter = letter(7, &desk, later);
    write(&desk, MailWrite::SendReset { email: nobody, letter }, later).await;
    assert_eq!(sent(&desk, later).await, [0_u8; 0]);
    drop(desk);
    world.finish().await;
}

pub async fn a_reset_token_is_used_once_and_ends_all_that_was_given_out<H: Harness>() {
    let world = World::<H>::new().await;
    let (desk, now) = (world.desk(), world.now);
    let (id, email) = registered(&world, &desk, 1).await;
    assert_eq!(verify(&desk, 1, now).await, Some(id));
    let forgot = |secret, at| {
        let letter = letter(secret, &desk, at);
        write(&desk, MailWrite::SendReset { email: email.clone(), letter }, at)
    };
    forgot(2, now).await;
    forgot(3, now).await;
    let holder = |secret, at| desk.store.mail_token_holder(TokenUse::Reset, digest(secret), at);
    let late = now + SignedDuration::from_hours(1);
    assert_eq!(holder(2, now).await.unwrap().map(|user| user.id), Some(id));
    assert_eq!(holder(3, now).await.unwrap(), None, "not again within the pause");
    assert_eq!(holder(2, late).await.unwrap(), None);
    let before = desk.store.account(id).await.unwrap().unwrap().generation;
    let family = FamilyId(world.id());
    let going_on =
        RefreshToken { family, digest: digest(9), digest_before: None, expires_at: late };
    let begin = PeopleWrite::BeginFamily(id, before, going_on);
    let envelope = Envelope::new(begin, domain::Actor::System, now);
    answered(desk.store.send(envelope).await).unwrap();
    assert_eq!(reset(&desk, 2, now).await, Some(id));
    assert_eq!(reset(&desk, 2, now).await, None, "once");
    let known = desk.store.credentials(&email).await.unwrap().unwrap();
    assert_eq!((known.password_hash.as_str(), known.generation), ("by letter", before.next()));
    let goes_on = PeopleWrite::Refresh { shown: digest(9), made_here: true, next: going_on };
    let envelope = Envelope::new(goes_on, domain::Actor::System, now);
    assert_eq!(answered(desk.store.send(envelope).await).unwrap().refreshed(), None);
    // A letter that was sent before all tokens were ended, before the account was disabled, or too
    // long ago.
    let mut at = now;
    let mut secret = 10;
    let mut next = || {
        secret += 1;
        // More than the pause after any of these few.
        at += SignedDuration::from_secs(8 * LETTER_PAUSE_SECONDS);
        (secret, at)
    };
    for change in [AccountChange::RevokeAll, AccountChange::DISABLE] {
        let (secret, at) = next();
        forgot(secret, at).await;
        assert!(holder(secret, at).await.unwrap().is_some(), "the control");
        answered(desk.store.change_account(id, change, at).await).unwrap();
        assert_eq!(reset(&desk, secret, at).await, None);
    }
    answered(desk.store.change_account(id, AccountChange::ENABLE, now).await).unwrap();
    let (secret, at) = next();
    forgot(secret, at).await;
    assert_eq!(reset(&desk, secret, at + SignedDuration::from_hours(1)).await, None);
    let known = desk.store.credentials(&email).await.unwrap().unwrap();
    assert_eq!(known.password_hash, "by letter");
    drop(desk);
    world.finish().await;
}

pub async fn each_pause_between_letters_is_twice_as_long<H: Harness>() {
    const GOOD_MINUTES: i64 = 60;
    let world = World::<H>::new().await;
    let (desk, now) = (world.desk(), world.now);
    let (id, email) = registered(&world, &desk, 1).await;
    let at = |minutes| now + SignedDuration::from_mins(minutes);
    let forgot = |secret, at| {
        let letter = letter(secret, &desk, at);
        write(&desk, MailWrite::SendReset { email: email.clone(), letter }, at)
    };
    let again = |secret, at| {
        let letter = letter(secret, &desk, at);
        write(&desk, MailWrite::SendVerification { user_id: id, letter }, at)
    };
    assert_eq!(sent(&desk, now).await, [1]);
    // The first went with the registration.
    let (mut secret, mut minute) = (1, 0);
    for pause in [1, 2, 4, 8, 16, 32, GOOD_MINUTES, GOOD_MINUTES] {
        secret += 1;
        minute += pause;
        again(100, at(minute) - SignedDuration::from_secs(1)).await;
        again(secret, at(minute)).await;
        assert_eq!(sent(&desk, at(minute)).await, [secret], "after {pause} minutes");
    }
    // It has expired, and is counted still.
    let late = minute + GOOD_MINUTES + LETTERS_COUNTED_SECONDS / 60;
    again(20, at(late - 1)).await;
    again(100, at(late)).await;
    assert_eq!(sent(&desk, at(late)).await, [20]);
    // A day after that the pauses begin anew; and so they do for a use that was not asked for yet.
    let minute = late - 1 + GOOD_MINUTES + LETTERS_COUNTED_SECONDS / 60;
    for (secret, minute) in [(21, minute), (22, minute + 1)] {
        again(secret, at(minute)).await;
        assert_eq!(sent(&desk, at(minute)).await, [secret]);
    }
    assert_eq!(verify(&desk, 22, at(minute + 1)).await, Some(id));
    for (secret, after) in [(31, 1), (32, 2)] {
        forgot(secret, at(minute + after)).await;
        assert_eq!(sent(&desk, at(minute + after)).await, [secret]);
    }
    forgot(100, at(minute + 3)).await;
    assert_eq!(sent(&desk, at(minute + 3)).await, [0_u8; 0]);
    // Its token was used: the next letter is the first.
    assert_eq!(reset(&desk, 32, at(minute + 3)).await, Some(id));
    for (secret, after) in [(33, 3), (34, 4)] {
        forgot(secret, at(minute + after)).await;
        assert_eq!(sent(&desk, at(minute + after)).await, [secret]);
    }
    // Who has ended all tokens has to get another one, a minute after the last letter.
    forgot(100, at(minute + 5)).await;
    let ended = world.store.change_account(id, AccountChange::RevokeAll, at(minute + 5)).await;
    answered(ended).unwrap();
    forgot(35, at(minute + 5)).await;
    forgot(100, at(minute + 5)).await;
    assert_eq!(sent(&desk, at(minute + 5)).await, [35]);
    drop(desk);
    world.finish().await;
}

/// When many nodes look at the same letters, each letter goes to one node.
pub async fn each_letter_is_taken_once_by_whoever_asks_at_the_same_moment<H: Harness>() {
    const LETTERS: u8 = 40;
    let world = World::<H>::new().await;
    let (desk, now) = (world.desk(), world.now);
    for secret in 1..=LETTERS {
        registered(&world, &desk, secret).await;
    }
    let claims: Vec<_> = (0..8)
        .map(|_| {
            let store = world.desk().store;
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let letters = store.claim_letters(3, Duration::from_secs(3_600), now).await;
                    let letters = letters.unwrap();
                    taken.extend(letters.iter().map(|letter| letter.sealed.0[0]));
                    // Other nodes may be taking the rest; what they take is theirs.
                    if letters.is_empty() {
                        return taken;
                    }
                }
            })
        })
        .collect();
    let mut taken = Vec::new();
    for claim in claims {
        taken.extend(claim.await.unwrap());
    }
    taken.sort_unstable();
    assert_eq!(taken, (1..=LETTERS).collect::<Vec<_>>(), "each once, and none is left");
    drop(desk);
    world.finish().await;
}

pub async fn a_letter_is_taken_by_one_and_by_another_after_its_time<H: Harness>() {
    let world = World::<H>::new().await;
    let (desk, now) = (world.desk(), world.now);
    assert!(!desk.store.letters_are_due(now).await.unwrap());
    assert_eq!(desk.store.waiting_letters().await.unwrap(), WaitingLetters::default());
    registered(&world, &desk, 1).await;
    registered(&world, &desk, 2).await;
    assert!(desk.store.letters_are_due(now).await.unwrap());
    let waiting = desk.store.waiting_letters().await.unwrap();
    assert_eq!(waiting.count, 2);
    let until = now + SignedDuration::from_secs(60);
    let (one, other) = tokio::join!(claim(&desk, now, until), claim(&desk, now, until));
    let mut taken: Vec<u8> = one.iter().chain(&other).map(|letter| letter.sealed.0[0]).collect();
    taken.sort_unstable();
    assert_eq!(taken, [1, 2], "each by one of two who ask at once");
    let first = one.iter().chain(&other).map(|letter| letter.id).min();
    assert_eq!(waiting.oldest, first, "ids rise with time");
    assert_eq!(desk.store.waiting_letters().await.unwrap(), waiting, "until they are sent");
    assert!(!desk.store.letters_are_due(now).await.unwrap());
    let id = one.iter().chain(&other).find(|letter| letter.sealed.0 == [1]).unwrap().id;
    let later = until + SignedDuration::from_secs(60);
    write(&desk, MailWrite::Later { id, due_at: later }, now).await;
    let again = claim(&desk, until, later).await;
    let attempts: Vec<_> = again.iter().map(|it| (it.sealed.0[0], it.attempts)).collect();
    assert_eq!(attempts, [(2, 1)], "whoever took it has died");
    write(&desk, MailWrite::Done(again[0].id), until).await;
    let last = claim(&desk, later, later + SignedDuration::from_secs(1)).await;
    let attempts: Vec<_> = last.iter().map(|it| (it.sealed.0[0], it.attempts)).collect();
    assert_eq!(attempts, [(1, 1)]);
    write(&desk, MailWrite::Done(last[0].id), later).await;
    assert_eq!(desk.store.waiting_letters().await.unwrap(), WaitingLetters::default());
    drop(desk);
    world.finish().await;
}
