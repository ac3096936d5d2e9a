//! Writes of letters and of the tokens that they bring, inside the writer's transaction.

use domain::audit;
use store::{Done, Made, MailWrite};

use crate::fault::Result;
use crate::inside::Inside;
use crate::table::{mail_token, outbox};

pub(crate) fn write(inside: &mut Inside<'_>, write: &MailWrite, made: Made<'_>) -> Result<Done> {
    let (connection, now) = (inside.connection, made.now);
    match write {
        MailWrite::SendReset { email, letter } => {
            mail_token::send_reset(connection, email, letter, now)?;
        }
        MailWrite::SendVerification { user_id, letter } => {
            mail_token::send_verification(connection, *user_id, letter, now)?;
        }
        MailWrite::Reset { digest, hash } => {
            let changed = mail_token::reset(connection, *digest, &hash.0, made)?;
            let user = changed.map(|(old, user)| {
                inside.changed_users.push(user.id);
                inside.audited.push(audit::of_password(&old, &user));
                user
            });
            return Ok(Done::Holder(user));
        }
        MailWrite::Verify { digest } => {
            let user = mail_token::verify(connection, *digest, now)?;
            inside.audited.extend(user.as_ref().map(audit::of_verified_email));
            return Ok(Done::Holder(user));
        }
        MailWrite::Later { id, due_at } => outbox::put_off(connection, *id, *due_at)?,
        MailWrite::Done(id) => outbox::delete(connection, *id)?,
    }
    Ok(Done::Nothing)
}
