//! Writes of accounts, inside the clock: who may log in is decided on the rows there.

use domain::audit;
use store::{AccountChange, Done, Made, PeopleWrite};

use crate::fault::Result;
use crate::group::Inside;
use crate::mail_writes;
use crate::table::{account, mail_token, refresh_family, second_factor, user};

/// A refusal may come after a first statement: then the caller undoes it.
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
            let (old, user) = account::change(db, *id, change, made).await?;
            match change {
                AccountChange::Password { .. } => {
                    inside.audited.push(audit::of_password(&old, &user));
                }
                AccountChange::Edit { .. } | AccountChange::RoleByProvider(_) if old == user => {}
                AccountChange::Edit { .. } | AccountChange::RoleByProvider(_) => {
                    inside.audited.push(audit::of_user(Some(&old), &user));
                }
                AccountChange::RevokeToken { .. } | AccountChange::RevokeAll => {
                    inside.audited.push(audit::of_revoked_tokens(&user));
                }
                AccountChange::Erase => inside.audited.push(audit::of_user(Some(&old), &user)),
                AccountChange::Delete => inside.audited.push(audit::of_deleted_user(&old)),
            }
            Done::User(user)
        }
        PeopleWrite::Register(new, password_hash, letter) => {
            user::insert(db, new, &password_hash.0).await?;
            mail_token::send_verification(db, new.id, letter, made.now).await?;
            inside.audited.push(audit::of_user(None, new));
            Done::User(new.clone())
        }
        PeopleWrite::Factor(write) => {
            let user = second_factor::write(db, write, made.now).await?;
            inside.audited.extend(user.as_ref().and_then(|user| write.audited(user)));
            Done::Holder(user)
        }
        PeopleWrite::Mail(write) => mail_writes::write(inside, write, made).await?,
        PeopleWrite::BeginFamily(id, generation, token) => {
            refresh_family::begin(db, *id, *generation, token, made.now).await?;
            Done::Nothing
        }
        PeopleWrite::Refresh { shown, made_here, next } => {
            let shown = (*shown, *made_here);
            let whose = refresh_family::go_on(db, shown, next, made.now).await?;
            Done::Refreshed(whose.map(Box::new))
        }
    })
}
