//! Writes of letters and of the tokens that they bring, inside the clock.

use domain::audit;
use store::{Done, Made, MailWrite};

use crate::fault::Result;
use crate::group::Inside;
use crate::table::{mail_token, outbox};

pub(crate) async fn write(
    inside: &mut Inside<'_>,
    write: &MailWrite,
    made: Made<'_>,
) -> Result<Done> {
    let (db, now) = (inside.db, made.now);
    match write {
        MailWrite::SendReset { email, letter } => {
            mail_token::send_reset(db, email, letter, now).await?;
        }
        MailWrite::SendVerification { user_id, letter } => {
            mail_token::send_verification(db, *user_id, letter, now).await?;
        }
        MailWrite::Reset { digest, hash } => {
            let changed = mail_token::reset(db, *digest, &hash.0, made).await?;
            let user = changed.map(|(old, user)| {
                inside.audited.push(audit::of_password(&old, &user));
                user
            });
            return Ok(Done::Holder(user));
        }
        MailWrite::Verify { digest } => {
            let user = mail_token::verify(db, *digest, now).await?;
            inside.audited.extend(user.as_ref().map(audit::of_verified_email));
            return Ok(Done::Holder(user));
        }
        MailWrite::Later { id, due_at } => outbox::put_off(db, *id, *due_at).await?,
        MailWrite::Done(id) => outbox::delete(db, *id).await?,
    }
    Ok(Done::Nothing)
}
