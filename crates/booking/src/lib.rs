//! The use cases: sell, confirm, suspend, cancel, move, pay, refund, expire.
//!
//! Each turns a request into one command, passes it to the store, and does what has to follow the
//! commit (asking the payment provider, giving money back). The rules themselves are the domain's
//! and are applied inside the store's transaction.
//!
//! This crate knows no HTTP, no socket and no SQL. Time, ids and random values come from
//! [`Source`].

mod cancellation;
mod card;
mod desk;
mod error;
mod expiry;
mod held_seats;
mod mock_provider;
mod payments;
mod provider;
mod pruning;
mod retention;
mod source;

pub use cancellation::RefundReceipt;
pub use card::{Card, CardForm};
pub use desk::{Desk, TicketChanges};
pub use error::BookingError;
pub use expiry::expire_holds;
pub use held_seats::{BlockRequest, HoldRequest};
pub use mock_provider::{MockProvider, TEST_CARDS, TestCard};
pub use payments::{PaymentResult, UNANSWERED_SECONDS, finish_payments};
pub use provider::{Charge, PaymentProvider, ProviderError, Refund};
pub use pruning::{Kept, prune};
pub use retention::{TrustedTime, forget_travellers};
pub use source::{Chance, Clock, NoRandomness, Source, SystemChance, SystemClock};
