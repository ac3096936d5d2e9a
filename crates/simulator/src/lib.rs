//! The whole program in one thread, on a seed: the real desk, the store's real group commit, the
//! real rooms, and everything around them that can go wrong.
//!
//! The clock, the ids, the disk, the bank, the sockets and the people are simulated; nothing waits
//! for real time and no scheduler decides anything, so one seed gives one story. An auditor keeps
//! books of its own and checks after every step that
//! - committed data is there after every crash, and uncommitted data is nowhere;
//! - places have no hole, and the groups are one chain, in the database and as sent;
//! - no leg is sold twice, a hold ends once, a booking is complete or not made at all;
//! - money adds up, by ticket, booking and payer;
//! - a repeat under a key acts once and gets the first answer;
//! - no two strangers, a man and a woman, come to sit beside each other where the rule forbids it,
//!   unless staff insist;
//! - nobody who is known by a document has two seats on a part of the way, unless staff give them
//!   the second;
//! - no seat is sold when its sale has closed, and after departure only an administrator changes a
//!   ticket;
//! - every viewer gets the events of its routes, the routes' own changes among them, without hole
//!   or repeat, nothing that was not committed, and folds them to the map that the database had at
//!   that seq;
//! - a viewer that connects again with the offset of the last event that it received is recovered
//!   exactly there, or begins anew and is told so; a saved session is never unknown;
//! - once the faults stop, everything comes to rest with the database's map.
//!
//! [`Mutation`]s are its negative controls. It knows no HTTP and no Socket.IO: other tests run real
//! servers under real signals.

mod auditor;
mod bank;
mod batch;
mod booking_number;
mod bookings;
mod books;
mod cells;
mod chain;
mod chance;
mod clerk;
mod client;
mod clock;
mod deserved;
mod documents;
mod fault;
mod founding;
mod holders;
mod kept;
mod keys;
mod ledger;
mod life;
mod link;
mod misplaced;
mod money;
mod mutation;
mod neighbours;
mod office;
mod order;
mod passengers;
mod question;
mod report;
mod request;
mod rows;
mod runtime;
mod second_seat;
mod sessions;
mod simulation;
mod slip;
mod socket;
mod tampering;
mod town;
mod trace;
mod verdict;
mod watching;
mod weather;
mod wire;

pub use batch::run_many;
pub use fault::Fault;
pub use founding::Town;
pub use mutation::Mutation;
pub use report::{Failure, Report};
pub use simulation::{Scenario, run};
pub use trace::Tally;
