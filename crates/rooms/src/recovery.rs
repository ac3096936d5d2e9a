//! Connection state recovery: a client whose connection, or whose server's process, was lost is in
//! its rooms again and gets exactly what it missed.
//!
//! A *session* is kept of a client that may be recovered: its owner and its [`Stay`](crate::Stay)s,
//! in a [`Keeper`], under a key that only the client has. A session is saved before a subscription
//! is confirmed, so a confirmed one is never half known. The client itself says how far it got, by
//! an [`Offset`](crate::Offset). A session that cannot be recovered exactly is not recovered.
//!
//! Any number of nodes share a keeper, and a client may be recovered at any of them. A connection
//! that takes a session over raises its [`Generation`], and from then on no write of the connection
//! before counts. In one process that connection is also closed, and waited for. A node that dies
//! sends nothing: its lease ends, and its clients have their window from then on.
//!
//! At the start of the process: [`Recovery::start`], [`Recovery::renew`]. For every client that
//! arrives: hold its events back ([`Hub::hold`](crate::Hub::hold)); [`Recovery::recover`] if it
//! sends a key, and [`Recovery::begin`] with a new key if it sends none or cannot be recovered;
//! answer it, and release the hold. While it is here: [`Recovery::join`] and [`Recovery::leave`]
//! instead of the hub's. In the end [`Recovery::left`], or, if it leaves for good,
//! [`Recovery::leaves_for_good`] and [`Recovery::forget`]. At the end of the process:
//! [`Recovery::end`].
//!
//! ```
//! use std::sync::{Arc, Weak};
//!
//! use rooms::recovery::{
//!     Arrival, MemoryKeeper, Owner, Plan, Recovery, RecoveryConfig, RecoveryOutcome, SessionKey,
//! };
//! use rooms::{
//!     Audience, Encoding, Frame, Hub, Limits, NoHistory, Place, Start, View, Viewer,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
//! let keeper = Arc::new(MemoryKeeper::new(hub.clone()));
//! let recovery = Recovery::start(hub.clone(), RecoveryConfig::default(), keeper);
//! let view =
//!     View { encoding: Encoding::new(0), audience: Audience::Public, identity: None, channel: 0 };
//! let (owner, key) = (Owner { user: Some(7), scope: "/".into() }, SessionKey([42; 32]));
//!
//! let viewer = hub.connect()?;
//! let connection: Weak<Viewer> = Arc::downgrade(&viewer);
//! let arrival = Arrival { viewer: &viewer, channel: 0, owner: owner.clone(), offset: None };
//! let here = recovery.begin(connection, &arrival, key, 1);
//! let plan = Plan { room: "lobby", start: Start::Head, from_snapshot: false, ticket: 1, view };
//! recovery.join(&here, plan, |_, _| [Frame::bare("joined;")]).await?;
//!
//! // The connection is lost; its client connects again.
//! drop(viewer);
//! recovery.left(&here);
//! let viewer = hub.connect()?;
//! let connection: Weak<Viewer> = Arc::downgrade(&viewer);
//! let hold = hub.hold(&viewer, "", 0);
//! let arrival = Arrival { viewer: &viewer, channel: 0, owner, offset: None };
//! let outcome = recovery.recover(connection, &arrival, key, |_| view).await;
//! assert!(matches!(outcome, RecoveryOutcome::Recovered(_)));
//! drop(hold);
//! assert_eq!(viewer.cursor("lobby", 0), Some(Place::START));
//! # Ok(())
//! # }
//! ```

mod arrival;
mod begin_or_recover;
mod book;
mod chores;
mod client_session;
mod config;
mod contact;
mod keeper;
mod lease;
mod memory;
mod session;
mod sessions;
mod stats;
mod stays;

pub use arrival::Arrival;
pub use begin_or_recover::RecoveryOutcome;
pub use client_session::{ClientSession, Replaceable};
pub use config::RecoveryConfig;
pub use keeper::{Keeper, KeeperError, KeeperTime};
pub use memory::MemoryKeeper;
pub use session::{Generation, Held, Owner, SavedSession, SessionKey};
pub use sessions::Recovery;
pub use stats::RecoveryStats;
pub use stays::Plan;
