//! Commands and flags, as clap reads them.
//!
//! clap stops at the first thing that it does not know. An operator wants to see all faults at
//! once, so each thing that clap refuses becomes a fault, is taken out, and the rest is read again.
//! Values are not parsed here, and none is repeated in a fault.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::admin::{self, ADMIN, AdminCommand};
use super::commands::{CHECK_CONFIG, CONFIG_FLAG, SERVE};
use super::given::{Given, Source};
use super::refused::Refused;
use super::settings::{Fallback, SETTINGS, Setting};
use super::upkeep::{self, UpkeepCommand};

/// After this many refused arguments, the rest is not worth another reading.
const REFUSED_MAX: usize = 64;

/// What the command line asks for.
#[derive(Debug)]
pub(super) enum Asked {
    Serve,
    CheckConfig,
    Admin(AdminCommand),
    Upkeep(UpkeepCommand),
    /// Help or the version, ready to print.
    Text(String),
}

/// The command line, read.
#[derive(Debug)]
pub(super) struct CommandLine {
    pub(super) asked: Asked,
    /// The file named by `--config`.
    pub(super) config_file: Option<OsString>,
    pub(super) given: Given,
}

/// Reads the arguments behind the program's name.
pub(super) fn read(args: impl Iterator<Item = OsString>) -> CommandLine {
    let mut args: Vec<OsString> = args.collect();
    let mut faults = Vec::new();
    // Every round takes out at least one argument or is the last.
    let matches = loop {
        let error = match command().try_get_matches_from(&args) {
            Ok(matches) => break Some(matches),
            Err(error) => error,
        };
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            let asked = Asked::Text(error.to_string());
            return CommandLine { asked, config_file: None, given: Given::default() };
        }
        let refused = Refused::by(&error, &args);
        faults.push(refused.fault());
        if !refused.take_out_of(&mut args) || faults.len() >= REFUSED_MAX {
            break None;
        }
    };

    let mut line = CommandLine { asked: Asked::Serve, config_file: None, given: Given::default() };
    if let Some(matches) = matches {
        let mut innermost = &matches;
        while let Some((_, inner)) = innermost.subcommand() {
            innermost = inner;
        }
        match matches.subcommand() {
            Some((CHECK_CONFIG, _)) => line.asked = Asked::CheckConfig,
            Some((ADMIN, matches)) => {
                line.asked = admin::asked(matches).map_or(Asked::Serve, Asked::Admin);
            }
            Some((name, matches)) => {
                line.asked = upkeep::asked(name, matches).map_or(Asked::Serve, Asked::Upkeep);
            }
            None => {}
        }
        line.config_file = innermost.get_one::<OsString>(CONFIG_FLAG).cloned();
        take_values(innermost, &mut line.given);
    }
    line.given.faults.extend(faults);
    line
}

fn command() -> Command {
    let config_file = Arg::new(CONFIG_FLAG)
        .long(CONFIG_FLAG)
        .value_name("FILE")
        .value_parser(value_parser!(OsString))
        .help("Read this file of settings, which must exist [default: seatwire.toml, if any]")
        .global(true);
    Command::new("seatwire")
        .no_binary_name(true)
        .bin_name("seatwire")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Seatwire: the live seat inventory of a bus company")
        .after_help(
            "Settings are read from seatwire.toml (keys in snake_case), then from the environment, \
             then from flags; the later wins.",
        )
        .disable_help_subcommand(true)
        .propagate_version(true)
        .args_override_self(true)
        .subcommand(Command::new(SERVE).about("Run the server (the default)"))
        .subcommand(
            Command::new(CHECK_CONFIG).about("Print every setting as understood, and every fault"),
        )
        .subcommand(with_settings_untold(admin::command()))
        .subcommands(upkeep::commands().map(with_settings_untold))
        .arg(config_file)
        .args(SETTINGS.iter().map(flag))
}

/// A command that takes the server's settings, but whose help shows only its own: the inherited
/// ones would hide them.
fn with_settings_untold(command: Command) -> Command {
    let names: Vec<_> =
        command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let told = |command: Command| {
        let also = "It takes the settings of the server, too: `seatwire --help` tells them.";
        match command.get_after_help() {
            Some(own) => {
                let own = own.to_string();
                command.after_help(format!("{own}\n{also}"))
            }
            None => command.after_help(also),
        }
    };
    let untold = SETTINGS.iter().map(|setting| flag(setting).hide(true));
    names
        .into_iter()
        .fold(told(command), |command, name| command.mut_subcommand(name, told))
        .args(untold)
}

fn flag(setting: &'static Setting) -> Arg {
    let default = match setting.default {
        Fallback::Text(text) | Fallback::Unset(text) => text.to_owned(),
        Fallback::ByMode { development, production }
        | Fallback::UnsetByMode { development, production } => {
            let production = if production.is_empty() { "none" } else { production };
            format!("{development} in development, {production} in production")
        }
    };
    Arg::new(setting.name)
        .long(setting.flag)
        .value_name(setting.value_name)
        .value_parser(value_parser!(OsString))
        .action(ArgAction::Set)
        // A secret may begin with a hyphen; read as a flag, it would be repeated in a fault.
        .allow_hyphen_values(setting.secret)
        .allow_negative_numbers(true)
        .help(format!("{}\n[default: {default}] [env: {}]", setting.help, setting.env))
        .help_heading(setting.section)
        .global(true)
}

fn take_values(matches: &ArgMatches, given: &mut Given) {
    for setting in &SETTINGS {
        match matches.get_one::<OsString>(setting.name).map(|value| value.to_str()) {
            Some(Some(text)) => given.put(setting.id, text.to_owned(), Source::Flag),
            Some(None) => given.put_unreadable(setting.id, Source::Flag, "is not UTF-8"),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::super::testing::{check, faults, lines, served};
    use super::super::{Outcome, parse};
    use super::SETTINGS;

    fn printed(args: &[&str]) -> String {
        match check(args, &[("SEATWIRE_MODE", "nonsense")], "") {
            Outcome::Print { text, faults, exit_code: 0 } if faults.is_empty() => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flags_stand_on_either_side_of_the_command_and_the_last_wins() {
        for args in [
            ["--hold-seconds", "5", "serve", "--demo=false"],
            ["--demo=false", "serve", "--hold-seconds", "5"],
            ["--hold-seconds=4", "--demo=false", "serve", "--hold-seconds=5"],
            ["--hold-seconds=4", "--demo=true", "--hold-seconds=5", "--demo=false"],
        ] {
            let config = served(&args, &[], "");
            assert_eq!((config.hold_seconds.get(), config.demo), (5, false), "{args:?}");
        }
    }

    #[test]
    fn help_tells_every_setting_with_its_default_and_variable() {
        for args in [&["--help"] as &[&str], &["-h"], &["serve", "--help"], &["--foo", "--help"]] {
            let help = printed(args);
            for setting in &SETTINGS {
                for part in [setting.env, setting.section, &format!("--{} <", setting.flag)] {
                    assert!(help.contains(part), "{args:?}: no {part} in\n{help}");
                }
            }
        }
        assert!(printed(&["--help"]).contains("[default: * in development, none in production]"));
        let version = format!("seatwire {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(printed(&["--version"]), version);
    }

    #[test]
    fn help_of_a_command_for_operators_tells_its_own_alone() {
        for (args, own) in [
            (&["admin", "create", "--help"] as &[&str], "<EMAIL>"),
            (&["admin", "--help"], "disable"),
            (&["backup", "--help"], "--to <FILE>"),
            (&["doctor", "-h"], "--json"),
            (&["rekey", "--help"], "--config <FILE>"),
        ] {
            let help = printed(args);
            assert!(help.contains(own), "{args:?}: no {own} in\n{help}");
            assert!(help.contains("`seatwire --help` tells them"), "{help}");
            for setting in &SETTINGS {
                assert!(!help.contains(setting.env), "{args:?}: {} in\n{help}", setting.env);
            }
        }
    }

    #[test]
    fn a_negative_number_is_a_value() {
        let told = "--hold-seconds: \"-5\" is not a whole number of seconds from 1 to 86400";
        assert_eq!(faults(&["--hold-seconds", "-5"], &[], ""), [told]);
    }

    #[test]
    fn a_secret_that_looks_like_a_flag_is_not_repeated() {
        let told = faults(&["--jwt-secret", "--hunter2"], &[], "").join("\n");
        assert_eq!(told, "--jwt-secret: must be at least 32 bytes long, and has 9");
        let told = faults(&["--jwt-secert=hunter2"], &[], "").join("\n");
        assert_eq!(told, "--jwt-secert: is not a flag; did you mean `--jwt-secret`?");
    }

    #[test]
    fn bytes_that_are_not_text_are_a_fault() {
        for (arg, told) in [
            (&b"--listen=\xff"[..], "--listen: is not UTF-8"),
            (b"--listen\xff=x", "--listen\u{fffd}: is not a flag; did you mean `--listen`?"),
            (b"\xff", "\u{fffd}: is not a command; `seatwire --help` lists them"),
            (b"-\xff", "-\u{fffd}: is not a flag; `seatwire --help` lists them"),
        ] {
            let args = ["seatwire".into(), OsString::from_vec(arg.to_vec())].into_iter();
            let outcome = parse(args, std::iter::empty(), "/nowhere".as_ref());
            let Outcome::Faults(faults) = outcome else { panic!("{outcome:?}") };
            assert_eq!(lines(&faults), [told]);
        }
    }
}
