//! From texts to a [`Config`]: every setting read once, then the rules between settings.
//!
//! Either there is a configuration or there is at least one fault, never both and never neither.
//! The syntax of a single setting is not known here, only what it means together with the others.

use std::path::Path;
use std::time::Duration;

use booking::Kept;
use domain::FairUse;
use store_postgres::Address;

use super::accounts::{AdminAccount, JwtConfig, data_keys};
use super::choice::Mode;
use super::database::DatabaseUrl;
use super::fault::{self, Fault};
use super::given::Given;
use super::mail::MailConfig;
use super::origins::CorsOrigins;
use super::provider::ProviderConfig;
use super::rate::{ClassRates, Rate};
use super::reader::Reader;
use super::recovery::{self, Recovery};
use super::redis::{self, RedisUrl};
use super::secret::Secret;
use super::settings::Id;
use super::stopping::{self, Stopping};
use super::whole::Config;
use super::{
    accounts, choice, database, listen, log_filter, mail, origins, otlp, provider, proxies, rate,
    seat_limits, time, tls,
};
use crate::identity::guessable::{is_common, is_guessable_secret};

/// The result of all sources.
#[derive(Debug)]
pub(super) struct Understood {
    pub(super) config: Option<Config>,
    /// One line per setting: `name = value   (source)`.
    pub(super) report: String,
    /// In the order of the settings.
    pub(super) faults: Vec<Fault>,
}

/// What the settings are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Serving,
    /// Maintaining the database: a setting that would make serving unsafe is no fault then.
    Upkeep,
    /// The same, for commands that need a database that is a file.
    Files,
}

impl Purpose {
    fn is_serving(self) -> bool {
        self == Self::Serving
    }
}

pub(super) fn understand(given: Given, cwd: &Path, purpose: Purpose) -> Understood {
    let mut reader = Reader::new(given);
    let config = read(&mut reader, cwd, purpose);
    reader.refuse_unsupported();
    let report = reader.report();
    let mut faults = reader.given.faults;
    fault::sort(&mut faults);
    Understood { config: config.filter(|_| faults.is_empty()), report, faults }
}

/// All that can be read is read before the first `?`, so that all faults are told at once. What is
/// read together, or has a rule of its own, is a function below.
fn read(reader: &mut Reader, cwd: &Path, purpose: Purpose) -> Option<Config> {
    // The other defaults depend on it. While it is not understood, the milder rules apply: with the
    // stricter ones there could be faults that are none.
    let mode = reader.read(Id::Mode, choice::mode);
    reader.mode = mode.unwrap_or(Mode::Development);

    let listen = reader.read(Id::Listen, listen::listen);
    let metrics_listen = reader.read(Id::MetricsListen, listen::listen);
    let tls = tls(reader, cwd, purpose);
    let keep_alive = reader
        .read_as(Id::KeepAliveSeconds, time::keep_alive, |length| length.as_secs().to_string());
    let stopping = stopping(reader);
    let trusted_proxies = reader.read(Id::TrustedProxies, proxies::trusted_proxies);
    let database = database(reader, purpose);
    let data_keys = reader.read_as(Id::DataKey, data_keys, |_| "***".to_owned());
    let mut days = |id| reader.read_as(id, time::retention_days, u32::to_string);
    let retention_days = days(Id::RetentionDays);
    let kept =
        Kept { event_days: days(Id::EventRetentionDays), audit_days: days(Id::AuditRetentionDays) };
    let log = reader.read(Id::Log, log_filter::log);
    let otlp_endpoint = reader.read(Id::OtlpEndpoint, otlp::endpoint);
    let hold_seconds =
        reader.read_as(Id::HoldSeconds, time::hold_seconds, |hold| hold.get().to_string());
    let seat_hold_seconds =
        reader.read_as(Id::SeatHoldSeconds, seat_limits::hold_seconds, u32::to_string);
    let neighbour_rule =
        reader.read_as(Id::NeighbourRule, choice::neighbour_rule, |rule| rule.as_str().to_owned());
    let timezone = reader.read_as(Id::Timezone, time::timezone, |zone| {
        zone.iana_name().unwrap_or_default().to_owned()
    });
    let demo = demo(reader, purpose);
    refuse_without_payments(reader, purpose);
    let jwt = jwt(reader, purpose);
    let provider = provider(reader);
    let mail = mail(reader, cwd);
    let admin = admin(reader, purpose);
    let gateway_auth = reader.read(Id::GatewayAuth, choice::gateway_auth);
    let cors_origins = cors_origins(reader, purpose);
    let recovery = recovery(reader);
    let limits = limits(reader);

    let Database { url: database, direct: database_direct, redis } = database?;
    let Limits { fair_use, class_rates, connections_per_address, message_limit } = limits?;
    Some(Config {
        listen: listen?,
        tls,
        keep_alive: keep_alive?,
        stopping: stopping?,
        metrics_listen,
        trusted_proxies: trusted_proxies.unwrap_or_default(),
        database,
        database_direct,
        data_keys: data_keys.unwrap_or_default(),
        redis,
        retention_days,
        kept,
        mode: mode?,
        jwt: jwt?,
        admin,
        provider,
        mail,
        demo: demo?,
        hold_seconds: hold_seconds?,
        seat_hold_seconds: seat_hold_seconds?,
        fair_use,
        neighbour_rule: neighbour_rule?,
        timezone: timezone?,
        gateway_auth: gateway_auth?,
        cors_origins: cors_origins?,
        recovery: recovery?,
        class_rates,
        connections_per_address,
        message_limit,
        log: log?,
        otlp_endpoint,
    })
}

/// Whether what would make serving unsafe is a fault.
fn is_strict(reader: &Reader, purpose: Purpose) -> bool {
    purpose.is_serving() && reader.mode == Mode::Production
}

fn tls(reader: &mut Reader, cwd: &Path, purpose: Purpose) -> Option<tls::Tls> {
    // A command that maintains the database need not be able to read the port's key.
    if !purpose.is_serving() {
        return None;
    }
    let chain = reader.read(Id::TlsCert, |text| tls::chain(cwd, text));
    let key = reader.read(Id::TlsKey, |text| tls::key(cwd, text));
    reader.pair(Id::TlsCert, Id::TlsKey);
    let fault = |unfit: tls::Unfit| reader.fault(unfit.setting, &unfit.sentence);
    tls::Tls::new(cwd, chain?, key?).map_err(fault).ok()
}

fn stopping(reader: &mut Reader) -> Option<Stopping> {
    let notice = reader.read_as(Id::StopNoticeSeconds, stopping::seconds, u64::to_string);
    let spread = reader.read_as(Id::StopSpreadSeconds, stopping::seconds, u64::to_string);
    let [notice, spread] = [notice?, spread?].map(Duration::from_secs);
    Some(Stopping { notice, spread })
}

struct Database {
    url: DatabaseUrl,
    direct: Option<Box<Address>>,
    redis: Option<RedisUrl>,
}

fn database(reader: &mut Reader, purpose: Purpose) -> Option<Database> {
    let url = reader.read(Id::Database, database::database);
    let direct = reader.read(Id::DatabaseDirect, database::direct);
    let redis = reader.read(Id::Redis, redis::redis);
    let url = url?;
    match (&url, purpose) {
        (DatabaseUrl::File(_), _) => {
            if direct.is_some() {
                let sentence = "is for a PostgreSQL database; a file has no other address";
                reader.fault(Id::DatabaseDirect, sentence);
            }
            if redis.is_some() {
                let sentence = "is the way between servers of one PostgreSQL database; a SQLite \
                                file has one server";
                reader.fault(Id::Redis, sentence);
            }
        }
        (DatabaseUrl::Server(_), Purpose::Files) => reader.fault(
            Id::Database,
            "is PostgreSQL, and this command is for SQLite files: `pg_dump` backs it up, and \
             `pg_restore` puts it back",
        ),
        // In production its absence is a fault anyway.
        (DatabaseUrl::Server(_), Purpose::Serving)
            if reader.mode != Mode::Production && !reader.is_given(Id::JwtSecret) =>
        {
            let sentence = "must be set with a PostgreSQL database (at least 32 bytes)";
            reader.fault(Id::JwtSecret, sentence);
        }
        (DatabaseUrl::Server(_), _) => {}
    }
    Some(Database { url, direct, redis })
}

fn demo(reader: &mut Reader, purpose: Purpose) -> Option<bool> {
    let demo = reader.read(Id::Demo, choice::flag);
    if is_strict(reader, purpose) && demo == Some(true) {
        reader.fault(Id::Demo, "must be false in production mode: demo users are public");
    }
    demo
}

fn refuse_without_payments(reader: &mut Reader, purpose: Purpose) {
    let allow_mock = reader.read(Id::AllowMockPayments, choice::flag);
    if purpose.is_serving() && allow_mock == Some(false) {
        reader.fault(
            Id::AllowMockPayments,
            "must be true as long as there is no payment provider but the mock one, which takes any \
             card and moves no money",
        );
    }
}

fn jwt(reader: &mut Reader, purpose: Purpose) -> Option<JwtConfig> {
    let secret = reader.read(Id::JwtSecret, accounts::jwt_secret);
    let previous_secret = reader.read(Id::JwtPreviousSecret, accounts::jwt_secret);
    let ttl = reader.read_as(Id::JwtTtl, time::jwt_ttl, time::show);
    let refresh_ttl = reader.read_as(Id::RefreshTtl, time::jwt_ttl, time::show);
    if refresh_ttl.zip(ttl).is_some_and(|(refresh, token)| refresh <= token) {
        reader.fault(Id::RefreshTtl, "must be longer than jwt_ttl: else no login ever goes on");
    }
    let is_same = |(new, old): (&Secret, &Secret)| new.expose() == old.expose();
    if secret.as_ref().zip(previous_secret.as_ref()).is_some_and(is_same) {
        reader.fault(Id::JwtPreviousSecret, "is the secret that signs now, not the one before it");
    }
    if is_strict(reader, purpose) {
        if !reader.is_given(Id::JwtSecret) {
            reader.fault(Id::JwtSecret, "must be set in production mode (at least 32 bytes)");
        }
        for (id, secret) in [(Id::JwtSecret, &secret), (Id::JwtPreviousSecret, &previous_secret)] {
            if secret.as_ref().is_some_and(|it| is_guessable_secret(it.expose())) {
                let sentence = "is easily guessed; `openssl rand -hex 32` makes one that is not";
                reader.fault(id, sentence);
            }
        }
    }
    Some(JwtConfig { secret, previous_secret, ttl: ttl?, refresh_ttl })
}

fn provider(reader: &mut Reader) -> Option<ProviderConfig> {
    let jwks_url = reader.read(Id::JwksUrl, provider::jwks_url);
    let issuer = reader.read(Id::JwksIssuer, provider::word);
    let audience = reader.read(Id::JwksAudience, provider::word);
    let role_claim = reader.read(Id::JwksRoleClaim, provider::word);
    let roles = reader.read_as(Id::JwksRoles, provider::roles, |roles| provider::show_roles(roles));
    reader.pair(Id::JwksUrl, Id::JwksIssuer);
    reader.pair(Id::JwksUrl, Id::JwksAudience);
    Some(ProviderConfig {
        jwks_url: jwks_url?,
        issuer: issuer?,
        audience: audience?,
        role_claim: role_claim?,
        roles: roles.unwrap_or_default(),
    })
}

fn mail(reader: &mut Reader, cwd: &Path) -> Option<MailConfig> {
    let way = reader.read_as(Id::Mail, |text| mail::way(cwd, text), |_| "***".to_owned());
    let from = reader.read(Id::MailFrom, mail::from);
    reader.pair(Id::Mail, Id::MailFrom);
    Some(MailConfig { way: way?, from: from? })
}

fn admin(reader: &mut Reader, purpose: Purpose) -> Option<AdminAccount> {
    let email = reader.read(Id::AdminEmail, accounts::admin_email);
    let password = reader.read(Id::AdminPassword, accounts::admin_password);
    reader.pair(Id::AdminEmail, Id::AdminPassword);
    let is_common = password.as_ref().is_some_and(|it| is_common(it.expose()));
    if is_strict(reader, purpose) && is_common {
        reader.fault(Id::AdminPassword, "is one of the most common passwords, or nearly one");
    }
    Some(AdminAccount { email: email?, password: password? })
}

fn cors_origins(reader: &mut Reader, purpose: Purpose) -> Option<CorsOrigins> {
    let origins = reader.read(Id::CorsOrigins, origins::cors_origins);
    if is_strict(reader, purpose) && origins == Some(CorsOrigins::Any) {
        reader.fault(Id::CorsOrigins, "must list origins in production mode, not `*`");
    }
    origins
}

fn recovery(reader: &mut Reader) -> Option<Recovery> {
    let window = reader.read_as(Id::RecoverySeconds, recovery::seconds, u64::to_string);
    let events_max = reader.read_as(Id::RecoveryEvents, recovery::events, u64::to_string);
    Some(Recovery { window: Duration::from_secs(window?), events_max: events_max? })
}

/// What is `None` is not limited.
struct Limits {
    fair_use: Option<FairUse>,
    class_rates: Option<ClassRates>,
    connections_per_address: Option<usize>,
    message_limit: Option<Rate>,
}

fn limits(reader: &mut Reader) -> Option<Limits> {
    let seats_per_caller =
        reader.read_as(Id::SeatsPerCaller, seat_limits::per_caller, u16::to_string);
    let seats_per_address =
        reader.read_as(Id::SeatsPerAddress, seat_limits::per_address, u16::to_string);
    let mut rate = |id| reader.read(id, rate::rate);
    let [login, register] = [rate(Id::LimitLogin), rate(Id::LimitRegister)];
    let [book, pay, read] = [rate(Id::LimitBook), rate(Id::LimitPay), rate(Id::LimitRead)];
    let [handshake, message] = [rate(Id::LimitHandshake), rate(Id::LimitMessage)];
    let connections = reader.read_as(
        Id::ConnectionsPerAddress,
        seat_limits::connections_per_address,
        usize::to_string,
    );
    let shown = |is_on: &bool| if *is_on { "on" } else { "off" }.to_owned();
    let is_on = reader.read_as(Id::RateLimit, choice::rate_limit, shown)?;

    let class_rates = ClassRates {
        login: login?,
        register: register?,
        book: book?,
        pay: pay?,
        read: read?,
        handshake: handshake?,
    };
    let fair_use = FairUse {
        seats_per_caller: seats_per_caller?,
        seats_per_address: seats_per_address?,
        address: None,
    };
    let (connections, message) = (connections?, message?);
    // A load test books with a few accounts from one address.
    Some(Limits {
        fair_use: is_on.then_some(fair_use),
        class_rates: is_on.then_some(class_rates),
        connections_per_address: is_on.then_some(connections),
        message_limit: is_on.then_some(message),
    })
}

#[cfg(test)]
mod tests;
