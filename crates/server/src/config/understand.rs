//! From texts to a [`Config`]: every setting read once, then the rules between settings.
//!
//! Either there is a configuration or there is at least one fault, never both and never neither.
//! The syntax of a single setting is not known here, only what it means together with the others.

use std::path::Path;
use std::time::Duration;

use booking::Kept;
use domain::FairUse;

use super::accounts::{AdminAccount, JwtConfig, data_keys};
use super::choice::Mode;
use super::database::DatabaseUrl;
use super::fault::{self, Fault};
use super::given::Given;
use super::mail::MailConfig;
use super::origins::CorsOrigins;
use super::provider::ProviderConfig;
use super::rate::ClassRates;
use super::reader::Reader;
use super::recovery::{self, Recovery};
use super::secret::Secret;
use super::settings::Id;
use super::stopping::{self, Stopping};
use super::whole::Config;
use super::{
    accounts, choice, database, listen, log_filter, mail, origins, otlp, provider, proxies, rate,
    redis, seat_limits, time, tls,
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

pub(super) fn understand(given: Given, cwd: &Path, purpose: Purpose) -> Understood {
    let mut reader = Reader::new(given);
    // The other defaults depend on it. While it is not understood, the milder rules apply: with the
    // stricter ones there could be faults that are none.
    let mode = reader.read(Id::Mode, choice::mode);
    reader.mode = mode.unwrap_or(Mode::Development);

    let listen = reader.read(Id::Listen, listen::listen);
    let metrics_listen = reader.read(Id::MetricsListen, listen::listen);
    // A command that maintains the database need not be able to read the port's key.
    let (tls_chain, tls_key) = match purpose {
        Purpose::Upkeep | Purpose::Files => (None, None),
        Purpose::Serving => (
            reader.read(Id::TlsCert, |text| tls::chain(cwd, text)),
            reader.read(Id::TlsKey, |text| tls::key(cwd, text)),
        ),
    };
    let keep_alive = reader
        .read_as(Id::KeepAliveSeconds, time::keep_alive, |length| length.as_secs().to_string());
    let stop_notice = reader.read_as(Id::StopNoticeSeconds, stopping::seconds, u64::to_string);
    let stop_spread = reader.read_as(Id::StopSpreadSeconds, stopping::seconds, u64::to_string);
    let trusted_proxies = reader.read(Id::TrustedProxies, proxies::trusted_proxies);
    let database = reader.read(Id::Database, database::database);
    let database_direct = reader.read(Id::DatabaseDirect, database::direct);
    let data_keys = reader.read_as(Id::DataKey, data_keys, |_| "***".to_owned());
    let redis = reader.read(Id::Redis, redis::redis);
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
    let seats_per_caller =
        reader.read_as(Id::SeatsPerCaller, seat_limits::per_caller, u16::to_string);
    let seats_per_address =
        reader.read_as(Id::SeatsPerAddress, seat_limits::per_address, u16::to_string);
    let neighbour_rule =
        reader.read_as(Id::NeighbourRule, choice::neighbour_rule, |rule| rule.as_str().to_owned());
    let timezone = reader.read_as(Id::Timezone, time::timezone, |zone| {
        zone.iana_name().unwrap_or_default().to_owned()
    });
    let demo = reader.read(Id::Demo, choice::flag);
    let allow_mock_payments = reader.read(Id::AllowMockPayments, choice::flag);
    let jwt_secret = reader.read(Id::JwtSecret, accounts::jwt_secret);
    let jwt_previous_secret = reader.read(Id::JwtPreviousSecret, accounts::jwt_secret);
    let jwt_ttl = reader.read_as(Id::JwtTtl, time::jwt_ttl, time::show);
    let refresh_ttl = reader.read_as(Id::RefreshTtl, time::jwt_ttl, time::show);
    let jwks_url = reader.read(Id::JwksUrl, provider::jwks_url);
    let jwks_issuer = reader.read(Id::JwksIssuer, provider::word);
    let jwks_audience = reader.read(Id::JwksAudience, provider::word);
    let jwks_role_claim = reader.read(Id::JwksRoleClaim, provider::word);
    let jwks_roles =
        reader.read_as(Id::JwksRoles, provider::roles, |roles| provider::show_roles(roles));
    let mail_way = reader.read_as(Id::Mail, |text| mail::way(cwd, text), |_| "***".to_owned());
    let mail_from = reader.read(Id::MailFrom, mail::from);
    let admin_email = reader.read(Id::AdminEmail, accounts::admin_email);
    let admin_password = reader.read(Id::AdminPassword, accounts::admin_password);
    let gateway_auth = reader.read(Id::GatewayAuth, choice::gateway_auth);
    let cors_origins = reader.read(Id::CorsOrigins, origins::cors_origins);
    let recovery_seconds = reader.read_as(Id::RecoverySeconds, recovery::seconds, u64::to_string);
    let recovery_events = reader.read_as(Id::RecoveryEvents, recovery::events, u64::to_string);
    let limit_login = reader.read(Id::LimitLogin, rate::rate);
    let limit_register = reader.read(Id::LimitRegister, rate::rate);
    let limit_book = reader.read(Id::LimitBook, rate::rate);
    let limit_pay = reader.read(Id::LimitPay, rate::rate);
    let limit_read = reader.read(Id::LimitRead, rate::rate);
    let limit_handshake = reader.read(Id::LimitHandshake, rate::rate);
    let message_limit = reader.read(Id::LimitMessage, rate::rate);
    let connections_per_address = reader.read_as(
        Id::ConnectionsPerAddress,
        seat_limits::connections_per_address,
        usize::to_string,
    );
    let keeps_limits = reader.read_as(Id::RateLimit, choice::rate_limit, |is_on| {
        if *is_on { "on" } else { "off" }.to_owned()
    });
    reader.refuse_unsupported();

    reader.pair(Id::AdminEmail, Id::AdminPassword);
    reader.pair(Id::Mail, Id::MailFrom);
    reader.pair(Id::JwksUrl, Id::JwksIssuer);
    reader.pair(Id::JwksUrl, Id::JwksAudience);
    if purpose == Purpose::Serving {
        reader.pair(Id::TlsCert, Id::TlsKey);
    }
    let tls = tls_chain.zip(tls_key).and_then(|(chain, key)| {
        let fault = |unfit: tls::Unfit| reader.fault(unfit.setting, &unfit.sentence);
        tls::Tls::new(cwd, chain, key).map_err(fault).ok()
    });
    if refresh_ttl.zip(jwt_ttl).is_some_and(|(refresh, token)| refresh <= token) {
        reader.fault(Id::RefreshTtl, "must be longer than jwt_ttl: else no login ever goes on");
    }
    let is_same = |(new, old): (&Secret, &Secret)| new.expose() == old.expose();
    if jwt_secret.as_ref().zip(jwt_previous_secret.as_ref()).is_some_and(is_same) {
        reader.fault(Id::JwtPreviousSecret, "is the secret that signs now, not the one before it");
    }
    if let (Some(DatabaseUrl::File(_)), Some(_)) = (&database, &database_direct) {
        reader
            .fault(Id::DatabaseDirect, "is for a PostgreSQL database; a file has no other address");
    }
    if redis.is_some() && matches!(database, Some(DatabaseUrl::File(_))) {
        reader.fault(
            Id::Redis,
            "is the way between servers of one PostgreSQL database; a SQLite file has one server",
        );
    }
    if let Some(DatabaseUrl::Server(_)) = &database {
        match purpose {
            Purpose::Files => reader.fault(
                Id::Database,
                "is PostgreSQL, and this command is for SQLite files: `pg_dump` backs it up, and \
                 `pg_restore` puts it back",
            ),
            Purpose::Upkeep => {}
            // In production its absence is a fault anyway.
            Purpose::Serving
                if reader.mode != Mode::Production && !reader.is_given(Id::JwtSecret) =>
            {
                reader.fault(
                    Id::JwtSecret,
                    "must be set with a PostgreSQL database (at least 32 bytes)",
                );
            }
            Purpose::Serving => {}
        }
    }
    if purpose == Purpose::Serving && allow_mock_payments == Some(false) {
        reader.fault(
            Id::AllowMockPayments,
            "must be true as long as there is no payment provider but the mock one, which takes any \
             card and moves no money",
        );
    }
    if purpose == Purpose::Serving && reader.mode == Mode::Production {
        if !reader.is_given(Id::JwtSecret) {
            reader.fault(Id::JwtSecret, "must be set in production mode (at least 32 bytes)");
        }
        let secrets = [(Id::JwtSecret, &jwt_secret), (Id::JwtPreviousSecret, &jwt_previous_secret)];
        for (id, secret) in secrets {
            if secret.as_ref().is_some_and(|it| is_guessable_secret(it.expose())) {
                let sentence = "is easily guessed; `openssl rand -hex 32` makes one that is not";
                reader.fault(id, sentence);
            }
        }
        if admin_password.as_ref().is_some_and(|it| is_common(it.expose())) {
            reader.fault(Id::AdminPassword, "is one of the most common passwords, or nearly one");
        }
        if cors_origins == Some(CorsOrigins::Any) {
            reader.fault(Id::CorsOrigins, "must list origins in production mode, not `*`");
        }
        if demo == Some(true) {
            reader.fault(Id::Demo, "must be false in production mode: demo users are public");
        }
    }

    let whole = || {
        Some(Config {
            listen: listen?,
            tls,
            keep_alive: keep_alive?,
            stopping: Stopping {
                notice: Duration::from_secs(stop_notice?),
                spread: Duration::from_secs(stop_spread?),
            },
            metrics_listen,
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            database: database?,
            database_direct,
            data_keys: data_keys.unwrap_or_default(),
            redis,
            retention_days,
            kept,
            mode: mode?,
            jwt: JwtConfig {
                secret: jwt_secret,
                previous_secret: jwt_previous_secret,
                ttl: jwt_ttl?,
                refresh_ttl,
            },
            admin: admin_email
                .zip(admin_password)
                .map(|(email, password)| AdminAccount { email, password }),
            provider: jwks_url.zip(jwks_issuer).zip(jwks_audience).zip(jwks_role_claim).map(
                |(((jwks_url, issuer), audience), role_claim)| ProviderConfig {
                    jwks_url,
                    issuer,
                    audience,
                    role_claim,
                    roles: jwks_roles.unwrap_or_default(),
                },
            ),
            mail: mail_way.zip(mail_from).map(|(way, from)| MailConfig { way, from }),
            demo: demo?,
            hold_seconds: hold_seconds?,
            seat_hold_seconds: seat_hold_seconds?,
            // A load test books with a few accounts from one address.
            fair_use: Some(FairUse {
                seats_per_caller: seats_per_caller?,
                seats_per_address: seats_per_address?,
                address: None,
            })
            .filter(|_| keeps_limits == Some(true)),
            neighbour_rule: neighbour_rule?,
            timezone: timezone?,
            gateway_auth: gateway_auth?,
            cors_origins: cors_origins?,
            recovery: Recovery {
                window: Duration::from_secs(recovery_seconds?),
                events_max: recovery_events?,
            },
            class_rates: Some(ClassRates {
                login: limit_login?,
                register: limit_register?,
                book: limit_book?,
                pay: limit_pay?,
                read: limit_read?,
                handshake: limit_handshake?,
            })
            .filter(|_| keeps_limits == Some(true)),
            connections_per_address: Some(connections_per_address?)
                .filter(|_| keeps_limits == Some(true)),
            message_limit: Some(message_limit?).filter(|_| keeps_limits == Some(true)),
            log: log?,
            otlp_endpoint,
        })
    };
    let report = reader.report();
    let mut faults = reader.given.faults;
    fault::sort(&mut faults);
    Understood { config: if faults.is_empty() { whole() } else { None }, report, faults }
}

#[cfg(test)]
mod tests;
