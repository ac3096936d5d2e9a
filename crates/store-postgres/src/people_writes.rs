//! Writes of accounts, inside the clock: who may log in is decided on what stands there.

use domain::audit;
use store::{AccountChange, Done, Made, PeopleWrite};

use crate::fault::Result;
use crate::group::Inside;
use crate::table::user;

/// A refusal may come after a first statement: whoever calls this undoes it then.
pub(crate) async fn write(
    inside: &mut Inside<'_>,
    write: &PeopleWrite,
    made: Made<'_>,
) -> Result<Done> {
    let db = inside.db;
    Ok(match write {
        PeopleWrite::CreateUser(new, password_hash) => {
            user::insert(db, new, &password_hash.0).await?;
            inside.audited.push(audit::of_user(None, new));
            Done::User(new.clone())
        }
        PeopleWrite::ChangeAccount(id, change) => {
            let (old, user) = user::change(db, *id, change, made.now).await?;
            match change {
                AccountChange::Password { .. } => {
                    inside.audited.push(audit::of_password(&old, &user));
                }
                AccountChange::Disable | AccountChange::Enable if old == user => {}
                AccountChange::Disable | AccountChange::Enable => {
                    inside.audited.push(audit::of_user(Some(&old), &user));
                }
            }
            Done::User(user)
        }
    })
}
