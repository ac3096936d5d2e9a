//! Sessions of viewers that may be recovered at any node: which node has one, and when it is
//! forgotten.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Harness, World};
use crate::{HeldSession, KeptSession, NodeId, SaveError, SessionKey, Store};

const LONG: Duration = Duration::from_secs(3_600);
const OVER: Duration = Duration::ZERO;

const A: NodeId = NodeId(Uuid::from_u128(0xa));
const B: NodeId = NodeId(Uuid::from_u128(0xb));

fn held(number: u8, generation: u64) -> HeldSession {
    HeldSession { key: SessionKey([number; 32]), generation }
}

fn kept(generation: u64, data: &[u8]) -> Option<KeptSession> {
    Some(KeptSession { generation, data: data.to_vec() })
}

/// What a case asks of a store, in few words.
struct Nodes<'a> {
    store: &'a dyn Store,
    now: Timestamp,
}

impl Nodes<'_> {
    async fn renew(&self, node: NodeId, lease: Duration) -> Timestamp {
        self.store.renew_viewer_node(node, lease, self.now).await.unwrap()
    }

    async fn begin(&self, node: NodeId, number: u8, data: &[u8]) {
        let held = held(number, 1);
        self.store.save_viewer_session(node, held, data.to_vec(), true).await.unwrap();
    }

    async fn save(&self, node: NodeId, held: HeldSession, data: &[u8]) -> Result<(), SaveError> {
        self.store.save_viewer_session(node, held, data.to_vec(), false).await
    }

    async fn found(&self, number: u8) -> Option<KeptSession> {
        self.store.viewer_session(SessionKey([number; 32])).await.unwrap()
    }

    async fn claim(&self, node: NodeId, from: HeldSession) -> Option<Vec<u8>> {
        self.store.claim_viewer_session(node, from).await.unwrap()
    }

    async fn leave(&self, held: HeldSession) {
        self.store.leave_viewer_sessions(vec![held], self.now).await.unwrap();
    }

    /// Sweeps all sessions left up to this long before or after the database's current time.
    async fn sweep(&self, after: SignedDuration) -> usize {
        let now = self.renew(NodeId(Uuid::from_u128(0xc)), LONG).await;
        self.store.sweep_viewer_sessions(now + after).await.unwrap()
    }
}

const HOUR_AGO: SignedDuration = SignedDuration::from_hours(-1);
const IN_A_SECOND: SignedDuration = SignedDuration::from_secs(1);

pub async fn a_session_is_kept_replaced_and_forgotten<H: Harness>() {
    let world = World::<H>::new().await;
    let nodes = Nodes { store: world.store.as_ref(), now: world.now };
    nodes.renew(A, LONG).await;
    assert_eq!(nodes.found(1).await, None);
    nodes.begin(A, 1, b"one").await;
    nodes.begin(A, 2, b"two").await;
    // A node that does not know whether it was kept saves it again.
    nodes.begin(A, 1, b"one").await;
    nodes.save(A, held(1, 1), b"another").await.unwrap();
    assert_eq!(nodes.found(1).await, kept(1, b"another"));
    let unknown = nodes.save(A, held(9, 1), b"never begun").await;
    assert!(matches!(unknown, Err(SaveError::Superseded)), "{unknown:?}");
    nodes.store.forget_viewer_sessions(vec![held(1, 1), held(9, 1)]).await.unwrap();
    assert_eq!((nodes.found(1).await, nodes.found(2).await), (None, kept(1, b"two")));
    let forgotten = nodes.save(A, held(1, 1), b"late").await;
    assert!(matches!(forgotten, Err(SaveError::Superseded)), "{forgotten:?}");
    assert_eq!(nodes.found(1).await, None, "nothing comes back");
    world.finish().await;
}

pub async fn a_session_is_there_again<H: Harness>() {
    let world = World::<H>::new().await;
    let nodes = Nodes { store: world.store.as_ref(), now: world.now };
    nodes.renew(A, LONG).await;
    nodes.begin(A, 1, b"one").await;
    let world = world.reopened().await;
    // A process that was started again is another node.
    let nodes = Nodes { store: world.store.as_ref(), now: world.now };
    nodes.renew(B, LONG).await;
    assert_eq!(nodes.found(1).await, kept(1, b"one"));
    assert_eq!(nodes.claim(B, held(1, 1)).await.as_deref(), Some(&b"one"[..]));
    world.finish().await;
}

/// When nodes claim one session at the same time, exactly one gets it.
pub async fn of_many_who_claim_a_session_one_gets_it<H: Harness>() {
    let world = World::<H>::new().await;
    let nodes = Nodes { store: world.store.as_ref(), now: world.now };
    let claimants: Vec<NodeId> = (1..=16).map(|node| NodeId(Uuid::from_u128(node))).collect();
    for node in &claimants {
        nodes.renew(*node, LONG).await;
    }
    nodes.begin(claimants[0], 1, b"one").await;
    for generation in 1..=5 {
        let claims: Vec<_> = claimants
            .iter()
            .map(|node| {
                let (store, node) = (world.desk().store, *node);
                tokio::spawn(async move {
                    store.claim_viewer_session(node, held(1, generation)).await.unwrap()
                })
            })
            .collect();
        let mut winners = 0;
        for claim in claims {
            winners += usize::from(claim.await.unwrap().is_some());
        }
        assert_eq!(winners, 1, "generation {generation}");
        assert_eq!(nodes.found(1).await, kept(generation + 1, b"one"));
    }
    world.finish().await;
}

pub async fn what_an_earlier_generation_writes_is_refused<H: Harness>() {
    let world = World::<H>::new().await;
    let nodes = Nodes { store: world.store.as_ref(), now: world.now };
    nodes.renew(A, LONG).await;
    nodes.renew(B, LONG).await;
    nodes.begin(A, 1, b"of a").await;
    // What is stored at the claim counts, not what was found before.
    let found = nodes.found(1).await.unwrap();
    nodes.save(A, held(1, 1), b"of a, later").await.unwrap();
    let from = HeldSession { key: SessionKey([1; 32]), generation: found.generation };
    assert_eq!(nodes.claim(B, from).await.as_deref(), Some(&b"of a, later"[..]));

    for is_new in [true, false] {
        let late =
            nodes.store.save_viewer_session(A, held(1, 1), b"too late".to_vec(), is_new).await;
        assert!(matches!(late, Err(SaveError::Superseded)), "{late:?}");
    }
    nodes.leave(held(1, 1)).await;
    nodes.store.forget_viewer_sessions(vec![held(1, 1)]).await.unwrap();
    assert_eq!(nodes.sweep(IN_A_SECOND).await, 0, "who has it has not left");
    assert_eq!(nodes.found(1).await, kept(2, b"of a, later"));
    nodes.save(B, held(1, 2), b"of b").await.unwrap();
    assert_eq!(nodes.found(1).await, kept(2, b"of b"));
    world.finish().await;
}

pub async fn a_session_that_was_left_is_swept_after_its_window<H: Harness>() {
    let world = World::<H>::new().await;
    let nodes = Nodes { store: world.store.as_ref(), now: world.now };
    nodes.renew(A, LONG).await;
    for number in 1..=3 {
        nodes.begin(A, number, b"it").await;
    }
    nodes.leave(held(1, 1)).await;
    nodes.leave(held(2, 1)).await;
    // A session that is recovered has not left.
    nodes.claim(A, held(2, 1)).await.unwrap();
    assert_eq!(nodes.sweep(HOUR_AGO).await, 0);
    assert_eq!(nodes.sweep(IN_A_SECOND).await, 1);
    assert_eq!(nodes.found(1).await, None);
    assert_eq!((nodes.found(2).await, nodes.found(3).await), (kept(2, b"it"), kept(1, b"it")));
    world.finish().await;
}

/// A node that dies sends nothing: its sessions count as left when its lease ends, and not before.
pub async fn a_killed_nodes_sessions_have_their_window_from_its_leases_end<H: Harness>() {
    let world = World::<H>::new().await;
    let nodes = Nodes { store: world.store.as_ref(), now: world.now };
    let (now, again) = (nodes.renew(A, LONG).await, nodes.renew(B, LONG).await);
    assert!(now <= again, "one clock for all");
    nodes.begin(A, 1, b"of a").await;
    nodes.begin(A, 2, b"of a").await;
    nodes.begin(B, 3, b"of b").await;
    let (before_it, behind_it) = (SignedDuration::from_mins(59), SignedDuration::from_mins(61));
    assert_eq!(nodes.sweep(before_it).await, 0, "its lease is an hour");
    // One session has moved to another node, which lives.
    let now = nodes.renew(B, LONG * 2).await;
    nodes.claim(B, held(2, 1)).await.unwrap();
    assert_eq!(nodes.sweep(behind_it).await, 1);
    assert_eq!((nodes.found(1).await, nodes.found(2).await), (None, kept(2, b"of a")));
    assert_eq!(nodes.found(3).await, kept(1, b"of b"));

    // The node was forgotten with its sessions. It still lives, and is known again.
    let gone = nodes.save(A, held(1, 1), b"of a").await;
    assert!(matches!(gone, Err(SaveError::Superseded)), "{gone:?}");
    let held_anew = held(4, 1);
    let unknown = nodes.store.save_viewer_session(A, held_anew, Vec::new(), true).await;
    assert!(matches!(unknown, Err(SaveError::Store(_))), "a node that nobody knows: {unknown:?}");
    assert!(nodes.renew(A, OVER).await >= now);
    nodes.begin(A, 4, b"of a").await;
    assert_eq!(nodes.sweep(HOUR_AGO).await, 0);
    assert_eq!(nodes.sweep(IN_A_SECOND).await, 1, "a node that stops ends its lease");
    assert_eq!(nodes.sweep(SignedDuration::from_hours(3)).await, 2, "the others', in their time");
    world.finish().await;
}
