//! `seat_layouts`: named layouts, and the copies of them that buses have.

use domain::{BusId, CityKey, LayoutId, Refusal, SeatLayout};
use store::{Made, Page, Paged};
use tokio_postgres::Row;

use crate::column::{at, get, id, read, time};
use crate::condition::Where;
use crate::db::Db;
use crate::fault::{Result, these_rows};

const COLUMNS: &str = "id, name, layout, created_at, updated_at";

fn seat_layout(row: &Row) -> Result<SeatLayout> {
    Ok(SeatLayout {
        id: id(row, "id")?,
        name: get(row, "name")?,
        layout: read(row, "layout", |text: &str| text.parse().ok())?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

const INSERT: &str = "INSERT INTO seat_layouts (id, name, name_key, layout, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const UPDATE: &str = "UPDATE seat_layouts SET name = $2, name_key = $3, layout = $4, \
     created_at = $5, updated_at = $6 WHERE id = $1";

async fn write(db: Db<'_>, sql: &str, kept: &SeatLayout) -> Result<()> {
    let key = CityKey::new(&kept.name);
    let taken =
        "SELECT EXISTS (SELECT 1 FROM seat_layouts WHERE name_key = $1 AND id <> $2) AS taken";
    if get(&db.one(taken, &[&key.as_str(), &kept.id.0]).await?, "taken")? {
        return Err(Refusal::LayoutTaken.into());
    }
    let (created_at, updated_at) = (at(kept.created_at), at(kept.updated_at));
    let layout = kept.layout.to_string();
    let values: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[&kept.id.0, &kept.name, &key.as_str(), &layout, &created_at, &updated_at];
    these_rows("writing a seat layout", db.execute(sql, values).await?, 1)
}

pub(crate) async fn insert(db: Db<'_>, kept: &SeatLayout) -> Result<()> {
    write(db, INSERT, kept).await
}

pub(crate) async fn update(db: Db<'_>, kept: &SeatLayout) -> Result<()> {
    write(db, UPDATE, kept).await
}

/// The layout as it was.
pub(crate) async fn delete(db: Db<'_>, id: LayoutId, made: Made<'_>) -> Result<SeatLayout> {
    let old = named(db, id).await?;
    if !users(db, id).await?.is_empty() {
        return Err(Refusal::LayoutInUse.into());
    }
    made.on(old.updated_at)?;
    let deleted = db.execute("DELETE FROM seat_layouts WHERE id = $1", &[&id.0]).await?;
    these_rows("deleting a seat layout", deleted, 1)?;
    Ok(old)
}

pub(crate) async fn by_id(db: Db<'_>, id: LayoutId) -> Result<Option<SeatLayout>> {
    let sql = format!("SELECT {COLUMNS} FROM seat_layouts WHERE id = $1");
    db.optional(&sql, &[&id.0]).await?.as_ref().map(seat_layout).transpose()
}

/// The layout that a bus is to have. It must exist.
pub(crate) async fn named(db: Db<'_>, id: LayoutId) -> Result<SeatLayout> {
    Ok(by_id(db, id).await?.ok_or(Refusal::LayoutNotFound)?)
}

/// The buses that have this layout.
pub(crate) async fn users(db: Db<'_>, layout: LayoutId) -> Result<Vec<BusId>> {
    let sql = "SELECT id FROM buses WHERE layout_id = $1";
    db.rows(sql, &[&layout.0]).await?.iter().map(|row| id(row, "id")).collect()
}

/// By name.
pub(crate) async fn list(db: Db<'_>, page: Page) -> Result<Paged<SeatLayout>> {
    Where::default().page(db, COLUMNS, "seat_layouts", "name_key", page, seat_layout).await
}
