//! What the operator has configured, checked before anything is opened.
//!
//! Three sources in order (`seatwire.toml`, the environment, flags; later wins) become one typed
//! [`Config`], or a list of every fault in them (`contract.md`, "Running it"). Nothing here prints,
//! binds a port or reads a global: arguments, environment and directory are passed in. It must not
//! know what the rest of the program does with a setting.

mod accounts;
mod admin;
mod choice;
mod command_line;
mod commands;
mod database;
mod environment;
mod fault;
mod file;
mod given;
mod listen;
mod log_filter;
mod mail;
mod origins;
mod otlp;
mod provider;
mod proxies;
mod rate;
mod reader;
mod recovery;
mod redis;
mod refused;
mod seat_limits;
mod secret;
pub(crate) mod secret_file;
mod setting_id;
mod settings;
mod stopping;
#[cfg(test)]
mod testing;
mod time;
mod tls;
mod understand;
mod upkeep;
mod whole;

use std::ffi::OsString;
use std::path::Path;

pub(crate) use accounts::AdminAccount;
pub(crate) use admin::AdminCommand;
pub(crate) use choice::{GatewayAuth, Mode};
pub(crate) use database::DatabaseUrl;
pub(crate) use fault::Fault;
pub(crate) use listen::ListenAddress;
pub(crate) use mail::{MailConfig, MailWay};
pub(crate) use origins::CorsOrigins;
pub(crate) use provider::ProviderConfig;
pub(crate) use proxies::TrustedProxies;
#[cfg(test)]
pub(crate) use rate::rate;
pub(crate) use rate::{ClassRates, Rate};
pub(crate) use redis::RedisUrl;
pub(crate) use secret::Secret;
pub(crate) use stopping::Stopping;
pub(crate) use tls::Tls;
pub(crate) use upkeep::UpkeepCommand;
pub(crate) use whole::Config;

use command_line::Asked;
use given::Given;
use understand::Purpose;

/// The exit code when the configuration is at fault.
pub(crate) const EXIT_CODE_FAULT: u8 = 2;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Start the server with this.
    Serve(Box<Config>),
    /// List the accounts or change one.
    Administer { config: Box<Config>, command: AdminCommand },
    /// Maintain the database and the machine. `faults`: what would keep a server from starting,
    /// though `config` is complete.
    LookAfter { config: Box<Config>, faults: Vec<Fault>, command: UpkeepCommand },
    /// Print `text` on stdout and one line per fault on stderr, then exit with `exit_code`.
    Print { text: String, faults: Vec<Fault>, exit_code: u8 },
    /// Print `text`, and look in the database for an administrator, because the settings name none.
    LookForAdministrator { text: String, config: Box<Config> },
    /// Print one line per fault on stderr, then exit with [`EXIT_CODE_FAULT`]. Never empty.
    Faults(Vec<Fault>),
}

/// Decides what this start is to do.
///
/// `args` and `env` are what `std::env::args_os` (the program's name first, which is ignored) and
/// `std::env::vars_os` return; `seatwire.toml` is looked for in `cwd`.
pub(crate) fn parse(
    args: impl Iterator<Item = OsString>,
    env: impl Iterator<Item = (OsString, OsString)>,
    cwd: &Path,
) -> Outcome {
    let command_line = command_line::read(args.skip(1));
    if let Asked::Text(text) = command_line.asked {
        return Outcome::Print { text, faults: Vec::new(), exit_code: 0 };
    }

    let mut given = Given::default();
    file::read(cwd, command_line.config_file.as_deref(), &mut given);
    environment::read(env, &mut given);
    given.overlay(command_line.given);
    let purpose = match &command_line.asked {
        Asked::Upkeep(command) if command.is_for_files() => Purpose::Files,
        Asked::Admin(_) | Asked::Upkeep(_) => Purpose::Upkeep,
        _ => Purpose::Serving,
    };
    // The doctor reports what would keep a server from starting, instead of stopping at it.
    let serving = match &command_line.asked {
        Asked::Upkeep(UpkeepCommand::Doctor { .. }) => {
            Some(understand::understand(given.clone(), cwd, Purpose::Serving))
        }
        _ => None,
    };
    let understood = understand::understand(given, cwd, purpose);

    match (command_line.asked, understood.config) {
        (Asked::CheckConfig, Some(config))
            if config.mode == Mode::Production && config.admin.is_none() =>
        {
            Outcome::LookForAdministrator { text: understood.report, config: Box::new(config) }
        }
        (Asked::CheckConfig, config) => Outcome::Print {
            text: understood.report,
            faults: understood.faults,
            exit_code: if config.is_some() { 0 } else { EXIT_CODE_FAULT },
        },
        (Asked::Admin(command), Some(config)) => {
            Outcome::Administer { config: Box::new(config), command }
        }
        (Asked::Upkeep(command), Some(config)) => {
            let (served, faults) =
                serving.map_or((None, Vec::new()), |serving| (serving.config, serving.faults));
            let config = Box::new(served.unwrap_or(config));
            Outcome::LookAfter { config, faults, command }
        }
        (_, Some(config)) => Outcome::Serve(Box::new(config)),
        (_, None) => Outcome::Faults(understood.faults),
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{check, faults, served};
    use super::{EXIT_CODE_FAULT, Outcome};

    #[test]
    fn nothing_given_is_a_development_server() {
        let config = served(&[], &[], "");
        assert_eq!(config.listen.to_string(), "localhost:3000");
        assert_eq!(config.database.to_string(), "sqlite://data/seatwire.db");
        assert_eq!(config.mode, super::Mode::Development);
        assert_eq!(config.jwt.ttl.as_secs(), 7 * 24 * 60 * 60);
        assert!(config.jwt.secret.is_none() && config.admin.is_none() && config.demo);
        assert_eq!(config.hold_seconds.get(), 900);
        assert_eq!(config.timezone.iana_name(), Some("Europe/Istanbul"));
        assert_eq!(config.gateway_auth, super::GatewayAuth::Optional);
        assert_eq!(config.cors_origins, super::CorsOrigins::Any);
        assert_eq!(config.log, "info");
    }

    #[test]
    fn a_later_source_wins() {
        let file = "hold_seconds = 100\nmode = 'development'\nlisten = 'localhost:1'";
        let env = [("SEATWIRE_HOLD_SECONDS", "200"), ("SEATWIRE_LISTEN", "localhost:2")];
        let config = served(&["--listen", "localhost:3"], &env, file);
        assert_eq!(config.hold_seconds.get(), 200);
        assert_eq!(config.listen.port, 3);
        assert_eq!(served(&[], &[], file).hold_seconds.get(), 100);
    }

    #[test]
    fn every_fault_comes_at_once_in_the_order_of_the_settings() {
        let file = "colour = 'red'\ntimezone = 3";
        let env = [("SEATWIRE_LISTEN", "nowhere"), ("SEATWIRE_HOLD_SECOND", "1")];
        assert_eq!(
            faults(&["--hold-seconds=0", "--redis", "cache", "--lgo=info"], &env, file),
            [
                "SEATWIRE_LISTEN: \"nowhere\" is not `host:port`, such as `localhost:3000`",
                "--redis: names no Redis: it must begin with redis://, redis+sentinel:// or \
                 redis+cluster:// (rediss… for TLS)",
                "--hold-seconds: \"0\" is not a whole number of seconds from 1 to 86400",
                "seatwire.toml: timezone: must be a string, not an integer",
                "--lgo: is not a flag; did you mean `--log`?",
                "seatwire.toml: colour: is not a setting; `seatwire --help` lists them",
                "SEATWIRE_HOLD_SECOND: is not a setting; did you mean `SEATWIRE_HOLD_SECONDS`?",
            ]
        );
    }

    #[test]
    fn check_config_tells_values_and_sources_and_hides_secrets() {
        let secret = "0123456789abcdef0123456789abcdef";
        let env = [("SEATWIRE_JWT_SECRET", secret), ("SEATWIRE_ADMIN_PASSWORD", "open sesame")];
        let file = "admin_email = 'ada@example.com'\nhold_seconds = 60";
        let outcome = check(&["check-config", "--listen", "[::1]:0"], &env, file);
        let Outcome::Print { text, faults, exit_code } = outcome else { panic!("{outcome:?}") };
        assert_eq!((faults.len(), exit_code), (0, 0));
        for line in [
            "listen = [::1]:0   (--listen)",
            "mode = development   (default)",
            "hold_seconds = 60   (seatwire.toml)",
            "jwt_secret = ***   (SEATWIRE_JWT_SECRET)",
            "jwt_ttl = 7d   (default)",
            "admin_email = ada@example.com   (seatwire.toml)",
            "admin_password = ***   (SEATWIRE_ADMIN_PASSWORD)",
            "redis = none   (default)",
        ] {
            assert!(text.lines().any(|printed| printed == line), "no `{line}` in\n{text}");
        }
        assert_eq!(text.lines().count(), super::settings::SETTINGS.len());
        let debug = format!("{:?}", served(&[], &env, file));
        assert!(debug.contains("***"));
        for hidden in [secret, "open sesame"] {
            assert!(!text.contains(hidden) && !debug.contains(hidden), "{hidden}");
        }
    }

    #[test]
    fn check_config_with_a_fault_prints_both_and_exits_with_2() {
        let env = [("SEATWIRE_JWT_SECRET", "hunter2"), ("SEATWIRE_IYZICO_API_KEY", "key:pw@cache")];
        let outcome = check(&["check-config"], &env, "");
        let Outcome::Print { text, faults, exit_code } = outcome else { panic!("{outcome:?}") };
        assert_eq!(exit_code, EXIT_CODE_FAULT);
        assert_eq!(faults.len(), 2);
        assert!(text.contains("jwt_secret = (not understood)   (SEATWIRE_JWT_SECRET)\n"), "{text}");
        assert!(
            text.contains("iyzico_api_key = (not supported)   (SEATWIRE_IYZICO_API_KEY)\n"),
            "{text}"
        );
        assert!(!format!("{text}{faults:?}").contains("hunter2"));
        assert!(!format!("{text}{faults:?}").contains(":pw@"));
    }
}
