//! The whole configuration of a running server.

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

/// The whole configuration of a running server. Every field has passed every rule.
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
    /// The same database without a pooler in front of it.
    pub(crate) database_direct: Option<Box<Address>>,
    /// The keys that encrypt personal values; none: the values are stored as they are.
    pub(crate) data_keys: DataKeys,
    /// The fast path to other servers of the database; `None` leaves that to the database.
    pub(crate) redis: Option<RedisUrl>,
    /// How long after the arrival travellers' names are kept; `None`: for ever.
    pub(crate) retention_days: Option<u32>,
    /// For how long events and the audit are kept.
    pub(crate) kept: Kept,
    pub(crate) mode: Mode,
    pub(crate) jwt: JwtConfig,
    /// The first ADMIN to create; `None` leaves that to the demo data or to an earlier start.
    pub(crate) admin: Option<AdminAccount>,
    /// The provider whose tokens are accepted beside our own; `None`: there is none.
    pub(crate) provider: Option<ProviderConfig>,
    /// How letters to people go; `None`: there are none.
    pub(crate) mail: Option<MailConfig>,
    /// Whether an empty database is filled with the demo data.
    pub(crate) demo: bool,
    pub(crate) hold_seconds: HoldSeconds,
    pub(crate) seat_hold_seconds: u32,
    /// `None`: a caller may keep any number of unpaid seats.
    pub(crate) fair_use: Option<FairUse>,
    /// For every route that has no rule of its own.
    pub(crate) neighbour_rule: NeighbourRule,
    /// The time zone of a calendar `date` and of all daily figures.
    pub(crate) timezone: TimeZone,
    pub(crate) gateway_auth: GatewayAuth,
    pub(crate) cors_origins: CorsOrigins,
    pub(crate) recovery: Recovery,
    /// How often one address and one account may send requests; `None`: no limit.
    pub(crate) class_rates: Option<ClassRates>,
    /// Connections of one address at a time; `None`: as many as there are descriptors.
    pub(crate) connections_per_address: Option<usize>,
    /// Messages of one realtime connection; `None`: no limit.
    pub(crate) message_limit: Option<Rate>,
    /// A `tracing` filter that is known to parse.
    pub(crate) log: String,
    /// Where spans are sent; `None`: none are made.
    pub(crate) otlp_endpoint: Option<Uri>,
}
