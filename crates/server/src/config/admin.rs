//! `seatwire admin`: its commands, as clap reads them.
//!
//! No password is an argument: arguments are visible in lists of processes and in the history of a
//! shell. A password that was given all the same is refused and not repeated.

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Command};

pub(super) const ADMIN: &str = "admin";

const EMAIL: &str = "email";

/// What to do, and for which account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AdminCommand {
    List,
    Create { email: String },
    Password { email: String },
    Disable { email: String },
    Enable { email: String },
}

pub(super) fn command() -> Command {
    let about_one = |name: &'static str, about: &'static str| {
        let email = Arg::new(EMAIL).value_name("EMAIL").required(true).help("Whose account");
        Command::new(name).about(about).arg(email)
    };
    Command::new(ADMIN)
        .about("Look at accounts and change them, also while the server runs")
        .after_help(
            "A password is asked for at the terminal, or read as one line from standard input.",
        )
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand(Command::new("list").about("Administrators, agents, and what the demo made"))
        .subcommand(about_one("create", "Make an administrator"))
        .subcommand(about_one("password", "Give an account a new password"))
        .subcommand(about_one("disable", "Let an account log in no longer, and refuse its tokens"))
        .subcommand(about_one("enable", "Let a disabled account log in again"))
}

pub(super) fn asked(matches: &ArgMatches) -> Option<AdminCommand> {
    let (name, matches) = matches.subcommand()?;
    if name == "list" {
        return Some(AdminCommand::List);
    }
    let email = matches.get_one::<String>(EMAIL)?.clone();
    match name {
        "create" => Some(AdminCommand::Create { email }),
        "password" => Some(AdminCommand::Password { email }),
        "disable" => Some(AdminCommand::Disable { email }),
        "enable" => Some(AdminCommand::Enable { email }),
        _ => None,
    }
}

/// The message for words after `admin` that are not understood.
pub(super) fn told(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::MissingSubcommand | ErrorKind::InvalidSubcommand => {
            Some("needs one of `list`, `create`, `password`, `disable` and `enable`")
        }
        ErrorKind::MissingRequiredArgument => Some("needs the e-mail address of an account"),
        ErrorKind::UnknownArgument | ErrorKind::TooManyValues => Some(
            "takes one e-mail address and nothing else; a password is asked for, or read from \
             standard input",
        ),
        ErrorKind::InvalidUtf8 => Some("the e-mail address is not UTF-8"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::testing::{check, faults};
    use super::AdminCommand;

    #[test]
    fn each_command_is_read_with_flags_on_either_side() {
        let email = "a@b.c".to_owned();
        for (args, expected) in [
            (&["admin", "list"] as &[&str], AdminCommand::List),
            (&["admin", "create", "a@b.c"], AdminCommand::Create { email: email.clone() }),
            (&["admin", "password", "a@b.c"], AdminCommand::Password { email: email.clone() }),
            (&["admin", "disable", "a@b.c"], AdminCommand::Disable { email: email.clone() }),
            (&["admin", "enable", "a@b.c"], AdminCommand::Enable { email }),
        ] {
            let flag = ["--database=sqlite://x.db"];
            for args in [[args, &flag].concat(), [&flag, args].concat()] {
                let outcome = check(&args, &[], "");
                let Outcome::Administer { config, command } = outcome else {
                    panic!("{outcome:?}")
                };
                assert_eq!(command, expected);
                assert_eq!(config.database.to_string(), "sqlite://x.db");
            }
        }
    }

    #[test]
    fn what_is_missing_or_too_much_is_told_and_a_password_is_not_repeated() {
        for (args, told) in [
            (&["admin"] as &[&str], "admin: needs one of `list`"),
            (&["admin", "remove"], "admin: needs one of `list`"),
            (&["admin", "disable"], "admin: needs the e-mail address"),
            (&["admin", "password", "a@b.c", "hunter2"], "admin: takes one e-mail address"),
            (&["admin", "list", "hunter2"], "admin: takes one e-mail address"),
            (&["admin", "hunter2"], "admin: needs one of"),
        ] {
            let told_of_it = faults(args, &[], "").join("\n");
            assert!(told_of_it.starts_with(told), "{args:?}: {told_of_it}");
            assert!(!told_of_it.contains("hunter2"), "{told_of_it}");
        }
    }
}
