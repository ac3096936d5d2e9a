//! Second factors: a code is taken once.

use domain::UserId;

use super::desk::{Desk, answered};
use super::{Harness, World};
use crate::{AccountChange, Envelope, FactorWrite, PeopleWrite, Sealed, SecondFactor, TokenDigest};

/// Returns whether it happened.
async fn write(desk: &Desk, write: FactorWrite) -> bool {
    let write = PeopleWrite::Factor(write);
    let envelope = Envelope::new(write, domain::Actor::System, desk.now);
    answered(desk.store.send(envelope).await).unwrap().holder().is_some()
}

async fn enrol(desk: &Desk, user_id: UserId, secret: u8) -> bool {
    write(desk, FactorWrite::Enrol { user_id, sealed: Sealed(vec![secret]) }).await
}

async fn confirm(desk: &Desk, user_id: UserId, secret: u8, step: i64) -> bool {
    let recovery = vec![TokenDigest([1; 32]), TokenDigest([2; 32])];
    let sealed = Sealed(vec![secret]);
    write(desk, FactorWrite::Confirm { user_id, sealed, step, recovery }).await
}

async fn used(desk: &Desk, user_id: UserId, step: i64) -> bool {
    write(desk, FactorWrite::UseStep { user_id, step, sealed: None }).await
}

pub async fn a_code_is_taken_once<H: Harness>() {
    let world = World::<H>::new().await;
    let (desk, user_id) = (world.desk(), world.agent.user_id);
    let kept = async || desk.store.second_factor(user_id).await.unwrap();
    let known = |secret: u8, is_confirmed| {
        Some(SecondFactor { sealed: Sealed(vec![secret]), is_confirmed })
    };
    assert_eq!(kept().await, None);
    assert!(!confirm(&desk, user_id, 1, 1).await, "there is none");
    assert!(enrol(&desk, user_id, 1).await && enrol(&desk, user_id, 2).await);
    assert_eq!(kept().await, known(2, false));
    assert!(!confirm(&desk, user_id, 1, 99).await, "a code of the secret before");
    assert!(!used(&desk, user_id, 100).await, "not confirmed");
    assert!(confirm(&desk, user_id, 2, 100).await && !confirm(&desk, user_id, 2, 101).await);
    assert_eq!(kept().await, known(2, true));
    assert!(!enrol(&desk, user_id, 3).await, "one that is confirmed stays");
    assert!(!used(&desk, user_id, 100).await, "used to confirm");
    let (one, other) = tokio::join!(used(&desk, user_id, 102), used(&desk, user_id, 102));
    assert!(one != other, "one of two at once");
    assert!(!used(&desk, user_id, 101).await, "an earlier one");
    let sealed = Some(Sealed(vec![9]));
    assert!(write(&desk, FactorWrite::UseStep { user_id, step: 103, sealed }).await);
    assert_eq!(kept().await, known(9, true));
    let recover = |number| {
        let digest = TokenDigest([number; 32]);
        write(&desk, FactorWrite::UseRecovery { user_id, digest })
    };
    assert!(recover(1).await && !recover(1).await && !recover(3).await);
    let stranger = world.admin.user_id;
    let digest = TokenDigest([2; 32]);
    assert!(!write(&desk, FactorWrite::UseRecovery { user_id: stranger, digest }).await);
    assert!(write(&desk, FactorWrite::Disable { user_id }).await);
    assert!(!write(&desk, FactorWrite::Disable { user_id }).await);
    assert_eq!(kept().await, None);
    assert!(!recover(2).await, "gone with it");
    assert!(enrol(&desk, user_id, 4).await && confirm(&desk, user_id, 4, 1).await);
    answered(desk.store.change_account(user_id, AccountChange::Delete, desk.now).await).unwrap();
    assert_eq!(kept().await, None);
    drop(desk);
    world.finish().await;
}
