//! The port through which the seat inventory is kept.
//!
//! A driver (SQLite, PostgreSQL) implements [`Store`]: the [`Door`] that every command goes
//! through, each one transaction, queries in parts, so that each caller takes the parts that it
//! needs, and the [`CommittedStream`]. No transaction object crosses an `await`. Every promise of a
//! driver stands here; the suite behind the feature `contract` checks it on every driver.
//!
//! This crate knows no driver, no HTTP and no socket.

#![warn(missing_docs)]

mod answer;
mod audit;
mod catalogue;
mod cell;
mod committed;
mod committed_group;
mod condition;
#[cfg(feature = "contract")]
#[allow(missing_docs, reason = "the name of a case is the sentence that it holds")]
pub mod contract;
mod data_key_check;
mod data_keys;
mod done;
mod door;
mod envelope;
mod epoch;
mod error;
mod facet;
mod fan_out;
mod figures;
mod fittings;
mod group_order;
mod inventory;
mod key;
mod letter;
mod made;
pub mod metrics;
mod once_only;
mod over;
mod password_hash;
mod people;
mod personal;
mod placeholder_email;
mod port;
mod pruning;
mod query;
mod refresh_family;
mod rekeyed;
mod second_factor;
mod taken_leg;
mod ticket_index;
mod token_digest;
mod tracking;
mod upgrade;
mod user_words;
mod view;
mod viewer_orders;
mod viewer_sessions;
mod wanted;
mod working_set;
mod write;
mod writing;

pub use answer::{About, Answer};
pub use audit::{AuditActor, AuditEntry, AuditFilter, AuditRow, AuditTrail, fields_json};
pub use catalogue::Catalogue;
pub use cell::Cell;
pub use committed::{
    COMMITTED_GROUPS_MAX, CommittedFeed, CommittedStream, Newest, committed_stream,
};
pub use committed_group::{CommittedGroup, GROUPS_READ_MAX, GroupHead, GroupId, GroupNumber};
pub use condition::Condition;
pub use data_key_check::{DataKeysRefused, KnownDataKey, NewDataKey};
pub use data_keys::{DATA_KEYS_MAX, DataKeys, DataKeysError, Unopened};
pub use done::Done;
pub use door::Door;
pub use envelope::{Envelope, Sender, SettledAnswers};
pub use epoch::{EPOCH_UNSEEN_SECONDS, Epoch, FORMER_EPOCH_SECONDS, FormerEpoch};
pub use error::{CommandError, Outage, StoreError, with_causes};
pub use facet::{FACETS, Facets};
pub use fan_out::{
    Ears, FanOut, FanOutState, HEARD_WAITING_MAX, Heard, HeardStream, InProcess, heard_stream,
};
pub use figures::{BusFigures, RouteFigures, TicketFigures, day_of};
pub use fittings::Fittings;
pub use group_order::{
    Ask, BEHIND_PLACES_MAX, GROUPS_AHEAD_MAX, GroupOrder, HOLE_WAITS_MILLIS, OrderError,
    SILENCE_MILLIS,
};
pub use inventory::Inventory;
pub use key::{
    Answers, Fingerprint, KEY_HOURS, KEYS_FORGOTTEN_AT_ONCE_MAX, KeptAnswer, Key, KeyDigests,
    KeyId, KeyRow, KeyState,
};
pub use letter::{
    LETTER_PAUSE_SECONDS, LETTER_PAUSE_SECONDS_MAX, LETTERS_COUNTED_SECONDS, LastLetter, Letter,
    LetterId, MailWrite, Sealed, TokenLetter, TokenUse, WaitingLetters,
};
pub use made::Made;
pub use once_only::{CLAIMS_FORGOTTEN_AT_ONCE_MAX, ClaimsInMemory, OnceOnly, Work};
pub use over::{BehindRoute, OVER_ROUTES_AT_ONCE, Over};
pub use password_hash::PasswordHash;
pub use people::{ACCOUNTS_BY_PHONE_MAX, People, edited, ends_administrator, fits_origin};
pub use personal::{ContactColumns, TicketColumns, TicketPerson, UserColumns};
pub use placeholder_email::{deleted_email, is_placeholder_email, taken_email};
pub use port::Store;
pub use pruning::{
    LINKS_READ, LinkAge, OldGroups, PRUNED_GROUPS_AT_ONCE, PRUNED_ROWS_AT_ONCE, PruneWrite,
    gone_up_to,
};
pub use query::{
    ACCOUNTS_LOOKED_AT_MAX, AccountChange, BusFilter, COUNTED_MAX, Page, Paged, PlaceBy,
    PopularPair, REVOKED_TOKENS_MAX, RouteFilter, STATIONS_LOOKED_AT_MAX, SegmentSearch,
    SessionKey, StationFilter, TRIPS_LOOKED_AT_MAX, TicketFilter, TripSearch, UserFilter,
};
pub use refresh_family::{
    REFRESH_CLOCKS_APART_SECONDS_MAX, REFRESH_FAMILIES_MAX, REFRESH_REPEAT_SECONDS_MAX,
    RefreshFamily, RefreshToken,
};
pub use rekeyed::{REKEY_ROWS_AT_ONCE, Rekeyed};
pub use second_factor::{FactorWrite, SecondFactor};
pub use taken_leg::{TakenLeg, holder_columns, holder_of, shown_status, taken_seats};
pub use ticket_index::TicketIndex;
pub use token_digest::TokenDigest;
pub use tracking::Tracking;
pub use upgrade::Upgrade;
pub use view::{
    AccountState, BookingView, BusStats, Credentials, EXPIRED_HOLDS_MAX, ExpiredHolds,
    HoldsExpired, LiveHolds, PaidShare, PaymentTotals, RouteStats, RouteView, SegmentHit,
    TicketStats, TicketView, UnfinishedPayments, UserBrief,
};
pub use viewer_orders::{
    OrderOfOther, VIEWER_ORDER_SECONDS, VIEWER_ORDERS_FORGOTTEN_MAX, VIEWER_ORDERS_READ_MAX,
    ViewerOrders,
};
pub use viewer_sessions::{
    HeldSession, KeptSession, NodeId, SESSIONS_SWEPT_MAX, SaveError, ViewerSessions,
};
pub use wanted::Wanted;
pub use working_set::{Leg, ROUTES_KEPT_MAX, Row, WorkingSet, Writes};
pub use write::{CatalogueWrite, PeopleWrite, Write};
