//! What slows a caller down. Each is refused with the time after which to come back; no request is
//! kept waiting on an open connection.
//!
//! | what | counted by | in | refused in |
//! |---|---|---|---|
//! | requests of a [`Class`] | address, account | `rates.rs` | `http/rate_limits.rs` |
//! | connections at a time | address | `open_connections.rs` | `listen/connection.rs`, `http/rate_limits.rs` |
//! | wrong passwords and codes of log-ins | account and network | `login_attempts.rs` | `http/password_attempt.rs` |
//! | wrong pairs of booking code and phone | code, network | `wrong_pairs.rs` | `http/guest.rs` |
//! | accounts that are made, with a letter each | e-mail address | `new_accounts.rs` | `http/auth.rs` |
//! | seats taken and freed unpaid | account, address | `churn.rs` | `http/unpaid.rs` |
//! | where a bus is | departure | `position_pace.rs` | `http/tracking.rs` |
//!
//! All go by the process's own time, which never goes back, and forget in bounded memory. How many
//! unpaid seats somebody has at a time is a rule of the sale (`domain`'s `FairUse`), and how fast
//! one realtime connection sends is the engine's (`socketio`; `gateway/privileges.rs` tells it who
//! is staff).

mod budgets;
pub(crate) mod churn;
mod class;
pub(crate) mod growing_wait;
pub(crate) mod login_attempts;
pub(crate) mod new_accounts;
mod open_connections;
pub(crate) mod position_pace;
mod rates;
pub(crate) mod wrong_pairs;

pub(crate) use class::Class;
pub(crate) use open_connections::{OpenConnection, OpenConnections};
pub(crate) use rates::{CallerKey, Left, Limits, STAFF_TIMES, UsedUp};
