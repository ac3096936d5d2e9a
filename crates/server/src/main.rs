//! Seatwire: the live seat inventory of a bus company.
//!
//! What happens in a run: read the configuration, open the store, put the program together, bind
//! the port, print its address, serve, and on a signal stop in the reverse order, each step
//! bounded.

mod admin;
mod app;
mod awaited;
mod backup;
mod bounded;
mod certificate;
mod certificate_watch;
mod check_config;
mod config;
mod copy;
mod database_clock;
mod demo;
mod doctor;
mod error_codes;
mod gateway;
mod http;
mod identity;
mod json;
mod leaving;
mod limits;
mod listen;
mod mail;
mod memory;
mod metrics;
mod migrate;
mod network;
mod now_and_then;
mod open_database;
mod open_files;
mod orders_of_others;
mod proxies;
mod readiness;
mod rekey;
mod start;
mod stop;
mod telemetry;
mod terminal;
mod traces;
mod web_server;

use std::process::ExitCode;

use config::{Outcome, UpkeepCommand};
use terminal::{complain, say};

fn main() -> ExitCode {
    memory::set_up();
    let cwd = std::env::current_dir().unwrap_or_default();
    match config::parse(std::env::args_os(), std::env::vars_os(), &cwd) {
        Outcome::Serve(config) => start::run(*config),
        Outcome::Administer { config, command } => admin::run(*config, command),
        Outcome::LookAfter { config, faults, command } => match command {
            UpkeepCommand::Backup { to } => backup::back_up(&config, &to),
            UpkeepCommand::Doctor { json } => doctor::run(&config, &faults, json),
            UpkeepCommand::Restore { from, replace } => backup::restore(&config, &from, replace),
            UpkeepCommand::Migrate => migrate::run(&config),
            UpkeepCommand::Copy { from, to } => copy::run(&config, &from, &to),
            UpkeepCommand::Rekey => rekey::run(&config),
        },
        Outcome::Print { text, faults, exit_code } => {
            say(&text);
            complain(&faults);
            ExitCode::from(exit_code)
        }
        Outcome::LookForAdministrator { text, config } => {
            say(&text);
            check_config::run(&config)
        }
        Outcome::Faults(faults) => {
            complain(&faults);
            ExitCode::from(config::EXIT_CODE_FAULT)
        }
    }
}
