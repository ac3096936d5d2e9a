//! Which accounts must exist before a port is bound, and which must not.
//!
//! The first administrator is created here. Production does not start without an administrator who
//! can log in, nor with an account that has one of the demo's public passwords. All faults are
//! reported at once.

use domain::user::email;
use domain::{Origin, Refusal, Role, User};
use store::{CommandError, Page, UserFilter};

use crate::app::App;
use crate::config::{AdminAccount, Config, Mode};
use crate::identity::administrator::{NO_ADMINISTRATOR, new_administrator};
use crate::identity::passwords::Asker;

/// Demo accounts that are named in a fault; the demo creates three.
const NAMED_MAX: u64 = 10;

/// One line for each fault.
pub(super) async fn settle(app: &App, config: &Config) -> Result<(), Vec<String>> {
    let one = |error: String| vec![format!("cannot start: {error}")];
    let configured = match &config.admin {
        Some(admin) => Configured::find(app, admin).await.map_err(one)?,
        None => Configured::Nobody,
    };
    if config.mode == Mode::Production {
        let faults = faults(app, &configured).await.map_err(one)?;
        if !faults.is_empty() {
            return Err(faults);
        }
    }
    match (configured, &config.admin) {
        (Configured::New(email), Some(admin)) => create(app, email, admin).await.map_err(one),
        _ => Ok(()),
    }
}

/// The administrator named in the settings.
enum Configured {
    Nobody,
    New(String),
    Known,
}

impl Configured {
    async fn find(app: &App, admin: &AdminAccount) -> Result<Self, String> {
        let email = email(&admin.email).map_err(|error| error.to_string())?;
        let known = app.store.credentials(&email).await.map_err(|error| error.to_string())?;
        let Some(known) = known else { return Ok(Self::New(email)) };
        let User { role, disabled_at, origin, .. } = &known.user;
        if *origin == Origin::Provider {
            tracing::warn!(
                "SEATWIRE_ADMIN_EMAIL: {email} is the address of an account of the identity \
                 provider; the setting changes nothing"
            );
            return Ok(Self::Known);
        }
        if *role != Role::Admin || disabled_at.is_some() {
            let is = if *role == Role::Admin { "disabled" } else { "no administrator" };
            tracing::warn!(
                "SEATWIRE_ADMIN_EMAIL: {email} was there already and is {is}; the setting changes \
                 nothing"
            );
            return Ok(Self::Known);
        }
        let given = admin.password.expose().to_owned();
        let verified = app.passwords.verify(Asker::own(), given, Some(known.password_hash)).await;
        if !verified.map_err(|error| error.to_string())? {
            tracing::warn!(
                "SEATWIRE_ADMIN_PASSWORD is not the password of {email}: the account was there \
                 already and keeps its own; `seatwire admin password {email}` changes it"
            );
        }
        Ok(Self::Known)
    }
}

async fn faults(app: &App, configured: &Configured) -> Result<Vec<String>, String> {
    let enabled = UserFilter { is_disabled: Some(false), ..UserFilter::default() };
    let of_the_demo = UserFilter { is_demo: Some(true), ..enabled.clone() };
    let administrators = UserFilter { role: Some(Role::Admin), is_demo: Some(false), ..enabled };
    let mut faults = Vec::new();
    let page = Page { offset: 0, limit: NAMED_MAX };
    let found = app.store.users(of_the_demo, page).await.map_err(|error| error.to_string())?;
    if found.total > 0 {
        let emails: Vec<_> = found.items.into_iter().map(|user| user.email).collect();
        faults.push(format!(
            "the demo made accounts in this database, and their passwords are public: {}; \
             `seatwire admin disable EMAIL` disables one, `seatwire admin password EMAIL` gives it \
             a password of its own",
            emails.join(", ")
        ));
    }
    let page = Page { offset: 0, limit: 1 };
    let found = app.store.users(administrators, page).await.map_err(|error| error.to_string())?;
    if found.total == 0 && !matches!(configured, Configured::New(_)) {
        faults.push(NO_ADMINISTRATOR.to_owned());
    }
    Ok(faults)
}

async fn create(app: &App, email: String, admin: &AdminAccount) -> Result<(), String> {
    let hash = app.passwords.hash(Asker::own(), admin.password.expose().to_owned()).await;
    let hash = hash.map_err(|error| error.to_string())?;
    let id = app.id().map_err(|problem| problem.code().to_owned())?;
    let user = new_administrator(id, email, app.now());
    match app.store.create_user(user, hash).await {
        // Another server of this database has started at the same moment, with the same settings.
        Ok(_) | Err(CommandError::Refused(Refusal::EmailTaken)) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
