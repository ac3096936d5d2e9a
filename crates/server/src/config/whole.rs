//! All that a running server was told.

use std::time::Duration;

use booking::Kept;
use domain::{FairUse, NeighbourRule};
use http::Uri;
use jiff::tz::TimeZone;
use store::DataKeys;
use store_postgres::Address;

use super::accounts::{AdminAccount, JwtConfig};
use super::choice::{GatewayAuth, Mode};
use super::database::DatabaseUrl;
use super::listen::ListenAddress;
use super::mail::MailConfig;
use super::origins::CorsOrigins;
use super::provider::ProviderConfig;
use super::proxies::TrustedProxies;
use super::rate::{ClassRates, Rate};
use super::recovery::Recovery;
use super::redis::RedisUrl;
use super::stopping::Stopping;
use super::time::HoldSeconds;
use super::tls::Tls;

/// Everything a running server was told. Every field has passed every rule.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) listen: ListenAddress,
    /// The certificate to serve with; `None` serves plain HTTP.
    pub(crate) tls: Option<Tls>,
    /// How long an idle HTTP connection is kept.
    pub(crate) keep_alive: Duration,
    pub(crate) stopping: Stopping,
    /// A second port, for monitoring.
    pub(crate) metrics_listen: Option<ListenAddress>,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) database: DatabaseUrl,
    /// The same database past a pooler.
    pub(crate) database_direct: Option<Box<Address>>,
    /// What personal values are encrypted with; none: they are stored as they are.
    pub(crate) data_keys: DataKeys,
    /// The fast path to other servers of the database; `None` leaves that to the database.
    pub(crate) redis: Option<RedisUrl>,
    /// How long after their arrival travellers are named; `None`: for ever.
    pub(crate) retention_days: Option<u32>,
    /// For how long events and the audit are kept.
    pub(crate) kept: Kept,
    pub(crate) mode: Mode,
    pub(crate) jwt: JwtConfig,
    /// The first ADMIN to create; `None` leaves that to the demo data or to an earlier start.
    pub(crate) admin: Option<AdminAccount>,
    /// Whose tokens are taken beside our own; `None`: no one's.
    pub(crate) provider: Option<ProviderConfig>,
    /// How letters to people go; `None`: there are none.
    pub(crate) mail: Option<MailConfig>,
    /// Whether an empty database is filled with the demo data.
    pub(crate) demo: bool,
    pub(crate) hold_seconds: HoldSeconds,
    pub(crate) seat_hold_seconds: u32,
    /// `None`: a caller may keep as many unpaid seats as there are.
    pub(crate) fair_use: Option<FairUse>,
    /// Of every route that has none of its own.
    pub(crate) neighbour_rule: NeighbourRule,
    /// In which a calendar `date` and all daily figures are meant.
    pub(crate) timezone: TimeZone,
    pub(crate) gateway_auth: GatewayAuth,
    pub(crate) cors_origins: CorsOrigins,
    pub(crate) recovery: Recovery,
    /// How often one address and one account may ask; `None` for as often as they like.
    pub(crate) class_rates: Option<ClassRates>,
    /// Connections of one address at a time; `None` for as many as there are descriptors.
    pub(crate) connections_per_address: Option<usize>,
    /// Messages of one realtime connection; `None` for as many as it likes.
    pub(crate) message_limit: Option<Rate>,
    /// A `tracing` filter that is known to parse.
    pub(crate) log: String,
    /// Where spans are sent; `None`: none are made.
    pub(crate) otlp_endpoint: Option<Uri>,
}
