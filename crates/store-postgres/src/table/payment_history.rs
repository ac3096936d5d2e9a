//! What an account paid and what others paid for it: `payment_shares`, newest first.

use domain::{TicketId, UserId};
use store::{COUNTED_MAX, Page, Paged, PaidShare};
use tokio_postgres::Row;

use super::payment::share;
use super::ticket_view;
use crate::column::{count, optional_time, signed};
use crate::db::Db;
use crate::fault::Result;

/// Two lists without a row in common, each in the order of ids, which is that of time; `$of_each`:
/// the part that is read of each.
macro_rules! of_user {
    ($before:literal, $of_each:literal, $behind:literal) => {
        concat!(
            $before,
            "((SELECT payment_id, ticket_id FROM payment_shares WHERE paid_by_id = $1 \
             AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED')",
            $of_each,
            ") UNION ALL (SELECT payment_id, ticket_id FROM payment_shares WHERE owner_id = $1 \
             AND owner_id IS DISTINCT FROM paid_by_id \
             AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED')",
            $of_each,
            ")) paid",
            $behind
        )
    };
}

const COUNTED: &str =
    of_user!("SELECT count(*) AS total FROM (SELECT 1 FROM ", "", " LIMIT $2) counted");
// Each is read as far as the page reaches: PostgreSQL does not merge the two by itself.
const NEWEST: &str = of_user!(
    "SELECT s.ticket_id, s.amount AS share_amount, s.state AS share_state, s.refunded_at, p.paid_at \
     FROM (SELECT payment_id, ticket_id FROM ",
    " ORDER BY payment_id DESC, ticket_id DESC LIMIT $2",
    " ORDER BY payment_id DESC, ticket_id DESC LIMIT $3 OFFSET $4) paid \
     JOIN payment_shares s ON s.payment_id = paid.payment_id AND s.ticket_id = paid.ticket_id \
     JOIN payments p ON p.id = paid.payment_id \
     ORDER BY paid.payment_id DESC, paid.ticket_id DESC"
);

/// One row for each ticket that was paid for, by newest payment.
pub(crate) async fn list(db: Db<'_>, user_id: UserId, page: Page) -> Result<Paged<PaidShare>> {
    let counted = db.one(COUNTED, &[&user_id.0, &signed(COUNTED_MAX + 1)]).await?;
    let (limit, offset) = (signed(page.limit), signed(page.offset));
    let reached = signed(page.limit.saturating_add(page.offset));
    let found = db.rows(NEWEST, &[&user_id.0, &reached, &limit, &offset]).await?;
    let paid = |row: &Row| Ok((share(row)?, optional_time(row, "paid_at")?));
    let paid: Vec<_> = found.iter().map(paid).collect::<Result<_>>()?;
    let tickets: Vec<TicketId> = paid.iter().map(|(share, _)| share.ticket_id).collect();
    let views = ticket_view::in_order(db, &tickets).await?;
    let items = paid.into_iter().zip(views);
    let items = items.map(|((share, paid_at), ticket)| PaidShare { share, paid_at, ticket });
    Ok(Paged::counted(items.collect(), count(&counted, "total")?))
}
