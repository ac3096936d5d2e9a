//! `seatwire admin`: accounts, for any user who may read and write the database.
//!
//! It works beside a running server, which notices the changes (`identity/changed_accounts.rs`),
//! and without one. Its output is for a person; the exit code (0 done, 1 not done, 2 cannot be
//! started) is for a script.

mod accounts;
mod new_password;

use std::process::ExitCode;

use booking::Source;
use domain::user::email;
use domain::{Origin, Role, User};
use store::{AccountChange, CommandError, Page, Store, StoreError, UserFilter, taken_email};

use crate::config::{self, AdminCommand, Config, DatabaseUrl};
use crate::identity::administrator::new_administrator;
use crate::identity::passwords;
use crate::open_database::OpenError;
use crate::telemetry;
use crate::terminal::{complain, say};

/// Accounts that are read at a time.
const PAGE: u64 = 100;

/// Why it was not done, as a sentence for the operator.
#[derive(Debug, thiserror::Error)]
enum AdminError {
    #[error("{0}")]
    Open(#[from] OpenError),
    #[error(
        "there is no database at {0}; the first start of the server makes it, or `admin create`"
    )]
    NoDatabase(String),
    #[error("{0:?} is not an e-mail address")]
    NoEmail(String),
    #[error("there is no account {0}")]
    NoAccount(String),
    #[error("{0} is registered already; `seatwire admin password {0}` gives it a new password")]
    Registered(String),
    #[error(
        "{0} is the last administrator who can log in; make another one first: \
         `seatwire admin create EMAIL`"
    )]
    LastAdministrator(String),
    #[error(
        "{0} logs in at the identity provider (SEATWIRE_JWKS_URL), which knows its password; none \
         can be given here"
    )]
    OfProvider(String),
    #[error("{0}")]
    Password(#[from] new_password::NoPassword),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("cannot go on: {0}")]
    Other(String),
}

pub(crate) fn run(config: Config, command: AdminCommand) -> ExitCode {
    telemetry::start(config.mode, &config.log, None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime
        .map_err(|error| AdminError::Other(error.to_string()))
        .and_then(|runtime| runtime.block_on(carry_out(&config, command)));
    match done {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&[&error]);
            ExitCode::from(match error {
                AdminError::Open(_) | AdminError::NoDatabase(_) => config::EXIT_CODE_FAULT,
                _ => 1,
            })
        }
    }
}

async fn carry_out(config: &Config, command: AdminCommand) -> Result<String, AdminError> {
    if let DatabaseUrl::File(path) = &config.database
        && !matches!(command, AdminCommand::Create { .. })
        && !path.exists()
    {
        return Err(AdminError::NoDatabase(path.display().to_string()));
    }
    // Asked for first: no server is kept from starting while the operator thinks of a password.
    let password_hash = match &command {
        AdminCommand::Create { email } | AdminCommand::Password { email } => {
            let password = new_password::read(email)?;
            Some(passwords::hash(&password).map_err(|error| AdminError::Other(error.to_string()))?)
        }
        _ => None,
    };
    let opened = accounts::Accounts::open(config).await?;
    let handle = opened.store();
    let store = handle.as_ref();
    let done = match (command, password_hash) {
        (AdminCommand::Create { email }, Some(hash)) => create(store, &email, hash).await,
        (AdminCommand::Password { email }, Some(hash)) => {
            let change = AccountChange::Password { hash, spared: None };
            let done = "has a new password, and tokens that were given out are refused";
            change_account(store, &email, change, done).await
        }
        (AdminCommand::Disable { email }, _) => {
            let done = "is disabled: it cannot log in, and its tokens are refused";
            change_account(store, &email, AccountChange::DISABLE, done).await
        }
        (AdminCommand::Enable { email }, _) => {
            change_account(store, &email, AccountChange::ENABLE, "can log in again").await
        }
        (AdminCommand::List, _) => list(store).await,
        // Read above, for these two commands.
        (AdminCommand::Create { .. } | AdminCommand::Password { .. }, None) => {
            unreachable!("a password was read for every command that needs one")
        }
    };
    let is_list = matches!(&done, Ok(text) if text.starts_with(HEADER));
    // A store closes when its last handle is dropped.
    drop(handle);
    let note = opened.note();
    opened.close().await.map_err(|error| AdminError::Other(error.to_string()))?;
    let mut text = done?;
    if !is_list {
        text.push_str(note);
    }
    Ok(text)
}

const HEADER: &str = "E-MAIL";

async fn list(store: &dyn Store) -> Result<String, AdminError> {
    let of = |role| UserFilter { role: Some(role), ..UserFilter::default() };
    let customers_of_the_demo = UserFilter { is_demo: Some(true), ..of(Role::Customer) };
    let mut text = format!("{HEADER:<40} {:<9} STATE\n", "ROLE");
    for filter in [of(Role::Admin), of(Role::Agent), customers_of_the_demo] {
        let mut offset = 0;
        loop {
            let page = store.users(filter.clone(), Page { offset, limit: PAGE }).await?;
            for user in &page.items {
                let state = match user.disabled_at {
                    Some(since) => format!("disabled since {since:.0}"),
                    None => "enabled".to_owned(),
                };
                let note = match (user.is_demo, user.origin) {
                    (true, _) => ", made by the demo".to_owned(),
                    (false, Origin::Provider) => {
                        format!(", of the identity provider ({})", user.email)
                    }
                    (false, Origin::Own) => String::new(),
                };
                let (email, role) = (address_of(store, user).await?, user.role.as_str());
                text.push_str(&format!("{email:<40} {role:<9} {state}{note}\n"));
            }
            offset += PAGE;
            if page.items.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
    }
    Ok(text)
}

/// The one by which the other commands find the account: another account may have, or have had, the
/// one that is shown.
async fn address_of(store: &dyn Store, user: &User) -> Result<String, StoreError> {
    if user.origin == Origin::Provider {
        let found = store.credentials(&user.email).await?;
        if found.is_none_or(|found| found.user.id != user.id) {
            return Ok(taken_email(user.id));
        }
    }
    Ok(user.email.clone())
}

async fn create(store: &dyn Store, address: &str, hash: String) -> Result<String, AdminError> {
    let address = email(address).map_err(|_| AdminError::NoEmail(address.to_owned()))?;
    let source = Source::system();
    let id = source.id().map_err(|error| AdminError::Other(error.to_string()))?;
    let user = new_administrator(id, address.clone(), source.now());
    match store.create_user(user, hash).await {
        Ok(_) => Ok(format!("{address} is an administrator now.\n")),
        Err(error) => Err(refused(error, &address)),
    }
}

async fn change_account(
    store: &dyn Store,
    address: &str,
    change: AccountChange,
    done: &str,
) -> Result<String, AdminError> {
    let address = email(address).map_err(|_| AdminError::NoEmail(address.to_owned()))?;
    let known = store.credentials(&address).await?;
    let id = known.ok_or_else(|| AdminError::NoAccount(address.clone()))?.user.id;
    match store.change_account(id, change, Source::system().now()).await {
        Ok(_) => Ok(format!("{address} {done}.\n")),
        Err(error) => Err(refused(error, &address)),
    }
}

fn refused(error: CommandError, address: &str) -> AdminError {
    use domain::Refusal;
    let address = address.to_owned();
    match error {
        CommandError::Refused(Refusal::EmailTaken) => AdminError::Registered(address),
        CommandError::Refused(Refusal::ProviderDecides) => AdminError::OfProvider(address),
        CommandError::Refused(Refusal::LastAdministrator) => AdminError::LastAdministrator(address),
        CommandError::Refused(Refusal::AccountNotFound) => AdminError::NoAccount(address),
        CommandError::Refused(refusal) => AdminError::Other(refusal.to_string()),
        CommandError::Store(error) => error.into(),
    }
}
