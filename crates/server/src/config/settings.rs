//! The one table of settings. Flags, environment names, TOML keys, help and `check-config` are all
//! derived from it, so a setting cannot exist in one source and be missing in another.
//!
//! Values are parsed elsewhere (`understand.rs`); this file must not parse one.

pub(super) use super::setting_id::Id;

/// What is used when no source gives the setting.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fallback {
    /// A text that is parsed like a given one.
    Text(&'static str),
    ByMode {
        development: &'static str,
        production: &'static str,
    },
    /// No value; the text explains in the help what that means.
    Unset(&'static str),
    /// The same, where it means something else in each mode.
    UnsetByMode {
        development: &'static str,
        production: &'static str,
    },
}

/// Which TOML types a setting takes. A string is always allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TomlType {
    Text,
    Integer,
    Boolean,
    TextArray,
}

/// One row of the table.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) id: Id,
    /// The TOML key, from which the other two names follow.
    pub(super) name: &'static str,
    pub(super) env: &'static str,
    /// Without its dashes.
    pub(super) flag: &'static str,
    pub(super) section: &'static str,
    pub(super) value_name: &'static str,
    pub(super) help: &'static str,
    pub(super) default: Fallback,
    pub(super) toml: TomlType,
    /// Never repeated anywhere, whether it could be parsed or not.
    pub(super) secret: bool,
    /// Why this version refuses the setting, whatever its value.
    pub(super) unsupported: Option<&'static str>,
}

impl Id {
    pub(super) fn setting(self) -> &'static Setting {
        &SETTINGS[self as usize]
    }
}

impl Setting {
    const fn toml(self, toml: TomlType) -> Self {
        Self { toml, ..self }
    }

    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    const fn unsupported(self, reason: &'static str) -> Self {
        Self { unsupported: Some(reason), ..self }
    }
}

const fn row(
    section: &'static str,
    id: Id,
    [name, env, flag]: [&'static str; 3],
    value_name: &'static str,
    default: Fallback,
    help: &'static str,
) -> Setting {
    let toml = TomlType::Text;
    let (secret, unsupported) = (false, None);
    Setting { id, name, env, flag, section, value_name, help, default, toml, secret, unsupported }
}

const SERVER: &str = "Server";
const SALES: &str = "Sales";
const ACCOUNTS: &str = "Accounts";
const CLIENTS: &str = "Clients";
const LATER: &str = "Not supported by this version (refused when set)";

const NO_IYZICO: &str = "iyzico is not supported by this version, which pays by the mock provider";

#[rustfmt::skip]
pub(super) const SETTINGS: [Setting; 55] = [
    row(SERVER, Id::Listen, ["listen", "SEATWIRE_LISTEN", "listen"], "HOST:PORT",
        Fallback::Text("localhost:3000"),
        "Where to listen; port 0 picks a free one"),
    row(SERVER, Id::MetricsListen,
        ["metrics_listen", "SEATWIRE_METRICS_LISTEN", "metrics-listen"], "HOST:PORT",
        Fallback::Unset("none"),
        "A second port for /metrics and /health/*, open to whoever reaches it"),
    row(SERVER, Id::TlsCert, ["tls_cert", "SEATWIRE_TLS_CERT", "tls-cert"], "FILE",
        Fallback::Unset("none"),
        "The certificate chain, PEM, the server's own first; then only https and wss"),
    row(SERVER, Id::TlsKey, ["tls_key", "SEATWIRE_TLS_KEY", "tls-key"], "FILE", Fallback::Unset("none"),
        "The certificate's private key, PEM, not encrypted"),
    row(SERVER, Id::KeepAliveSeconds,
        ["keep_alive_seconds", "SEATWIRE_KEEP_ALIVE_SECONDS", "keep-alive-seconds"],
        "SECONDS", Fallback::Text("75"),
        "How long an idle HTTP connection is kept (1 to 3600); longer than a proxy's in front")
        .toml(TomlType::Integer),
    row(SERVER, Id::StopNoticeSeconds,
        ["stop_notice_seconds", "SEATWIRE_STOP_NOTICE_SECONDS", "stop-notice-seconds"],
        "SECONDS", Fallback::Text("0"),
        "How long /health/ready says 503 before a stop, so that a balancer sees it (0 to 300)")
        .toml(TomlType::Integer),
    row(SERVER, Id::StopSpreadSeconds,
        ["stop_spread_seconds", "SEATWIRE_STOP_SPREAD_SECONDS", "stop-spread-seconds"],
        "SECONDS", Fallback::Text("0"),
        "Over how long viewers are told to go to another server at a stop (0 to 300)").toml(TomlType::Integer),
    row(SERVER, Id::TrustedProxies,
        ["trusted_proxies", "SEATWIRE_TRUSTED_PROXIES", "trusted-proxies"], "NETWORKS",
        Fallback::Unset("none"),
        "Networks whose Forwarded or X-Forwarded-For says who calls, comma-separated").toml(TomlType::TextArray),
    row(SERVER, Id::Database, ["database", "SEATWIRE_DATABASE", "database"], "URL",
        Fallback::Text("sqlite://data/seatwire.db"),
        "sqlite://path (sqlite:/// from the root) or postgres://user:password@host/database"),
    row(SERVER, Id::DatabaseDirect,
        ["database_direct", "SEATWIRE_DATABASE_DIRECT", "database-direct"], "URL",
        Fallback::Unset("the address in SEATWIRE_DATABASE"),
        "The PostgreSQL database itself, where SEATWIRE_DATABASE is a pooler: to hear of other servers"),
    row(SERVER, Id::DataKey, ["data_key", "SEATWIRE_DATA_KEY", "data-key"], "KEY",
        Fallback::Unset("none"),
        "Encrypts phones, identity numbers and names at rest: 32 bytes in base64, or `id=key,…`, the \
         first encrypts").secret(),
    row(SERVER, Id::Redis, ["redis", "SEATWIRE_REDIS", "redis"], "URL",
        Fallback::Unset("none"),
        "The fast path between servers of one PostgreSQL database: redis://user:password@host, \
         redis+sentinel://host,host/service or redis+cluster://host,host; rediss with TLS").secret(),
    row(SERVER, Id::RetentionDays, ["retention_days", "SEATWIRE_RETENTION_DAYS", "retention-days"],
        "DAYS", Fallback::Unset("for ever"),
        "How long after their arrival travellers are named; then bookings keep seats and money alone")
        .toml(TomlType::Integer),
    row(SERVER, Id::EventRetentionDays,
        ["event_retention_days", "SEATWIRE_EVENT_RETENTION_DAYS", "event-retention-days"],
        "DAYS", Fallback::Unset("for ever"),
        "How long events of routes are kept; who comes back later gets a snapshot").toml(TomlType::Integer),
    row(SERVER, Id::AuditRetentionDays,
        ["audit_retention_days", "SEATWIRE_AUDIT_RETENTION_DAYS", "audit-retention-days"],
        "DAYS", Fallback::Unset("for ever"), "How long rows of the audit are kept").toml(TomlType::Integer),
    row(SERVER, Id::Mode, ["mode", "SEATWIRE_MODE", "mode"], "MODE",
        Fallback::Text("development"),
        "development or production, which refuses unsafe settings"),
    row(SERVER, Id::Log, ["log", "SEATWIRE_LOG", "log"], "FILTER",
        Fallback::Text("info"),
        "What to log: a level, or module=level, comma-separated"),
    row(SERVER, Id::OtlpEndpoint,
        ["otlp_endpoint", "SEATWIRE_OTLP_ENDPOINT", "otlp-endpoint"], "URL",
        Fallback::Unset("none"),
        "Where traces are sent, by OTLP over HTTP (http://localhost:4318); else \
         OTEL_EXPORTER_OTLP_ENDPOINT"),

    row(SALES, Id::HoldSeconds, ["hold_seconds", "SEATWIRE_HOLD_SECONDS", "hold-seconds"],
        "SECONDS", Fallback::Text("900"),
        "How long a reserved ticket may stay unpaid (1 to 86400)").toml(TomlType::Integer),
    row(SALES, Id::SeatHoldSeconds,
        ["seat_hold_seconds", "SEATWIRE_SEAT_HOLD_SECONDS", "seat-hold-seconds"],
        "SECONDS", Fallback::Text("300"),
        "How long seats are held while names are typed (1 to 3600)").toml(TomlType::Integer),
    row(SALES, Id::SeatsPerCaller,
        ["seats_per_caller", "SEATWIRE_SEATS_PER_CALLER", "seats-per-caller"],
        "SEATS", Fallback::Text("10"),
        "Unpaid seats of a route that one account, or one phone of guests, may have (1 to 100)")
        .toml(TomlType::Integer),
    row(SALES, Id::SeatsPerAddress,
        ["seats_per_address", "SEATWIRE_SEATS_PER_ADDRESS", "seats-per-address"],
        "SEATS", Fallback::Text("50"),
        "The same for all callers without an account behind one address (1 to 1000)")
        .toml(TomlType::Integer),
    row(SALES, Id::NeighbourRule,
        ["neighbour_rule", "SEATWIRE_NEIGHBOUR_RULE", "neighbour-rule"],
        "off|same_gender", Fallback::Text("off"),
        "Whether strangers of another gender may sit beside each other; a route's own rule wins"),
    row(SALES, Id::Timezone, ["timezone", "SEATWIRE_TIMEZONE", "timezone"], "NAME",
        Fallback::Text("Europe/Istanbul"),
        "The IANA time zone of calendar dates and daily figures"),
    row(SALES, Id::Demo, ["demo", "SEATWIRE_DEMO", "demo"], "true|false",
        Fallback::ByMode { development: "true", production: "false" },
        "Fill an empty database with demo data").toml(TomlType::Boolean),
    row(SALES, Id::AllowMockPayments,
        ["allow_mock_payments", "SEATWIRE_ALLOW_MOCK_PAYMENTS", "allow-mock-payments"],
        "true|false", Fallback::ByMode { development: "true", production: "false" },
        "Whether payments may go to the mock provider, which takes any card and moves no money")
        .toml(TomlType::Boolean),

    row(ACCOUNTS, Id::JwtSecret, ["jwt_secret", "SEATWIRE_JWT_SECRET", "jwt-secret"], "SECRET",
        Fallback::Unset("made once and kept beside the database; production needs one"),
        "Signs tokens; at least 32 bytes. Flags show in process lists: prefer the environment")
        .secret(),
    row(ACCOUNTS, Id::JwtPreviousSecret,
        ["jwt_previous_secret", "SEATWIRE_JWT_PREVIOUS_SECRET", "jwt-previous-secret"], "SECRET",
        Fallback::Unset("none"),
        "The secret before this one: what it has signed and sealed is still taken").secret(),
    row(ACCOUNTS, Id::JwtTtl, ["jwt_ttl", "SEATWIRE_JWT_TTL", "jwt-ttl"], "DURATION",
        Fallback::Text("7d"),
        "How long a token is good for: 7d, 12h, 30m, 45s (at most 365d)").toml(TomlType::Integer),
    row(ACCOUNTS, Id::RefreshTtl, ["refresh_ttl", "SEATWIRE_REFRESH_TTL", "refresh-ttl"], "DURATION",
        Fallback::Unset("none: a login ends with its token"),
        "How long a login goes on without being used, by refresh tokens; then let jwt_ttl be short (15m)")
        .toml(TomlType::Integer),
    row(ACCOUNTS, Id::JwksUrl, ["jwks_url", "SEATWIRE_JWKS_URL", "jwks-url"], "URL",
        Fallback::Unset("none: only our own tokens are taken"),
        "Where an identity provider's public keys are; its RS256 and EdDSA tokens are then taken"),
    row(ACCOUNTS, Id::JwksIssuer, ["jwks_issuer", "SEATWIRE_JWKS_ISSUER", "jwks-issuer"], "TEXT",
        Fallback::Unset("none"), "The iss of its tokens"),
    row(ACCOUNTS, Id::JwksAudience,
        ["jwks_audience", "SEATWIRE_JWKS_AUDIENCE", "jwks-audience"], "TEXT",
        Fallback::Unset("none"), "The aud of those that are meant for this server"),
    row(ACCOUNTS, Id::JwksRoleClaim,
        ["jwks_role_claim", "SEATWIRE_JWKS_ROLE_CLAIM", "jwks-role-claim"], "CLAIM",
        Fallback::Text("role"), "Which claim says the roles; dots lead into objects"),
    row(ACCOUNTS, Id::JwksRoles, ["jwks_roles", "SEATWIRE_JWKS_ROLES", "jwks-roles"], "WORD=ROLE",
        Fallback::Unset("none: everybody is a customer"),
        "What the words of that claim make of somebody: desk=AGENT,boss=ADMIN"),
    row(ACCOUNTS, Id::Mail, ["mail", "SEATWIRE_MAIL", "mail"], "URL",
        Fallback::Unset("none: no letters are sent"),
        "How letters go: smtps://user:password@host, smtp://host:587 or, to try it, file://folder")
        .secret(),
    row(ACCOUNTS, Id::MailFrom, ["mail_from", "SEATWIRE_MAIL_FROM", "mail-from"], "ADDRESS",
        Fallback::Unset("none"),
        "Whom letters come from: Firma <tickets@firma.example>"),
    row(ACCOUNTS, Id::AdminEmail, ["admin_email", "SEATWIRE_ADMIN_EMAIL", "admin-email"], "EMAIL",
        Fallback::UnsetByMode {
            development: "none; the demo data brings a demo admin",
            production: "none",
        },
        "The first ADMIN, together with its password"),
    row(ACCOUNTS, Id::AdminPassword,
        ["admin_password", "SEATWIRE_ADMIN_PASSWORD", "admin-password"], "SECRET",
        Fallback::Unset("none"),
        "The first ADMIN's password; at least 8 characters").secret(),

    row(CLIENTS, Id::GatewayAuth, ["gateway_auth", "SEATWIRE_GATEWAY_AUTH", "gateway-auth"],
        "optional|required", Fallback::Text("optional"),
        "Whether realtime viewers may be anonymous"),
    row(CLIENTS, Id::CorsOrigins, ["cors_origins", "SEATWIRE_CORS_ORIGINS", "cors-origins"],
        "ORIGINS", Fallback::ByMode { development: "*", production: "" },
        "Web origins that may call, comma-separated, or *").toml(TomlType::TextArray),
    row(CLIENTS, Id::RecoverySeconds,
        ["recovery_seconds", "SEATWIRE_RECOVERY_SECONDS", "recovery-seconds"],
        "SECONDS", Fallback::Text("120"),
        "How long a viewer may be away and still go on where it was; 0 turns recovery off")
        .toml(TomlType::Integer),
    row(CLIENTS, Id::RecoveryEvents,
        ["recovery_events", "SEATWIRE_RECOVERY_EVENTS", "recovery-events"],
        "EVENTS", Fallback::Text("1000"),
        "How many events of a route a viewer may have missed and is still told one by one")
        .toml(TomlType::Integer),
    row(CLIENTS, Id::LimitLogin, ["limit_login", "SEATWIRE_LIMIT_LOGIN", "limit-login"],
        "COUNT/UNIT", Fallback::Text("10/min"),
        "How often one address, and one account, may log in, and as many at once; staff: ten times"),
    row(CLIENTS, Id::LimitRegister,
        ["limit_register", "SEATWIRE_LIMIT_REGISTER", "limit-register"],
        "COUNT/UNIT", Fallback::Text("10/min"), "The same for registering"),
    row(CLIENTS, Id::LimitBook, ["limit_book", "SEATWIRE_LIMIT_BOOK", "limit-book"],
        "COUNT/UNIT", Fallback::Text("60/min"),
        "The same for taking, changing and freeing seats"),
    row(CLIENTS, Id::LimitPay, ["limit_pay", "SEATWIRE_LIMIT_PAY", "limit-pay"],
        "COUNT/UNIT", Fallback::Text("20/min"), "The same for paying and refunding"),
    row(CLIENTS, Id::LimitRead, ["limit_read", "SEATWIRE_LIMIT_READ", "limit-read"],
        "COUNT/UNIT", Fallback::Text("1200/min"), "The same for searches, reads and all the rest"),
    row(CLIENTS, Id::LimitHandshake,
        ["limit_handshake", "SEATWIRE_LIMIT_HANDSHAKE", "limit-handshake"],
        "COUNT/UNIT", Fallback::Text("600/min"),
        "The same for the beginnings of realtime connections, by address; staff as all others"),
    row(CLIENTS, Id::LimitMessage,
        ["limit_message", "SEATWIRE_LIMIT_MESSAGE", "limit-message"], "COUNT/UNIT",
        Fallback::Text("50/s"),
        "How many messages a realtime connection may send, and as many at once (50/s, 600/min); staff: ten times"),
    row(CLIENTS, Id::ConnectionsPerAddress,
        ["connections_per_address", "SEATWIRE_CONNECTIONS_PER_ADDRESS", "connections-per-address"],
        "CONNECTIONS", Fallback::Text("2000"),
        "Connections of one address at a time, viewers among them (1 to 1000000)")
        .toml(TomlType::Integer),
    row(CLIENTS, Id::RateLimit, ["rate_limit", "SEATWIRE_RATE_LIMIT", "rate-limit"], "on|off",
        Fallback::Text("on"),
        "off keeps none of these limits, nor that of unpaid seats: for load tests on loopback").toml(TomlType::Boolean),

    row(LATER, Id::IyzicoApiKey,
        ["iyzico_api_key", "SEATWIRE_IYZICO_API_KEY", "iyzico-api-key"], "KEY",
        Fallback::Unset("none"), "iyzico's API key").secret().unsupported(NO_IYZICO),
    row(LATER, Id::IyzicoSecretKey,
        ["iyzico_secret_key", "SEATWIRE_IYZICO_SECRET_KEY", "iyzico-secret-key"], "KEY",
        Fallback::Unset("none"), "iyzico's secret key").secret().unsupported(NO_IYZICO),
    row(LATER, Id::IyzicoBaseUrl,
        ["iyzico_base_url", "SEATWIRE_IYZICO_BASE_URL", "iyzico-base-url"], "URL",
        Fallback::Unset("none"), "Which iyzico to call").unsupported(NO_IYZICO),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{check, faults};
    use super::SETTINGS;

    #[test]
    fn rows_stand_in_the_order_of_their_keys_and_their_names_agree() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            assert_eq!(setting.id as usize, index, "{}", setting.name);
            assert_eq!(setting.env, format!("SEATWIRE_{}", setting.name.to_uppercase()));
            assert_eq!(setting.flag, setting.name.replace('_', "-"));
        }
    }

    #[test]
    fn no_secret_is_ever_repeated() {
        for setting in SETTINGS.iter().filter(|setting| setting.secret) {
            for value in ["hunter2", "-hunter2", "hunter2\n", &"hunter2".repeat(10)] {
                let flag = format!("--{}", setting.flag);
                for command in ["serve", "check-config"] {
                    let env = [(setting.env, value)];
                    let file = format!("{} = {value:?}", setting.name);
                    for outcome in [
                        check(&[command, &flag, value], &[], ""),
                        check(&[command], &env, ""),
                        check(&[command], &[], &file),
                    ] {
                        assert!(!format!("{outcome:?}").contains("hunter2"), "{outcome:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name_from_every_source() {
        let refused: Vec<_> = SETTINGS.iter().filter(|row| row.unsupported.is_some()).collect();
        assert_eq!(refused.len(), 3);
        for setting in refused {
            let sentence = format!("{}; leave it unset", setting.unsupported.unwrap_or_default());
            for value in ["anything", ""] {
                let flag = format!("--{}", setting.flag);
                assert_eq!(faults(&[&flag, value], &[], ""), [format!("{flag}: {sentence}")]);
                let env = [(setting.env, value)];
                assert_eq!(faults(&[], &env, ""), [format!("{}: {sentence}", setting.env)]);
                let file = format!("{} = '{value}'", setting.name);
                let place = format!("seatwire.toml: {}", setting.name);
                assert_eq!(faults(&[], &[], &file), [format!("{place}: {sentence}")]);
            }
        }
    }
}
