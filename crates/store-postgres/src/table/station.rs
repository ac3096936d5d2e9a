//! `stations`.

use domain::{CityKey, Refusal, Station, StationId, StationPatch};
use store::{Made, Page, Paged, STATIONS_LOOKED_AT_MAX, StationFilter};
use tokio_postgres::Row;

use crate::column::{at, get, id, station_kind, time};
use crate::condition::{Where, contains};
use crate::db::Db;
use crate::fault::{Result, these_rows};

const COLUMNS: &str = "id, name, slug, kind, created_at, updated_at";

fn station(row: &Row) -> Result<Station> {
    Ok(Station {
        id: id(row, "id")?,
        name: get(row, "name")?,
        slug: get(row, "slug")?,
        kind: station_kind(row, "kind")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

const INSERT: &str = "INSERT INTO stations (id, name, name_key, slug, kind, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const UPDATE: &str = "UPDATE stations SET name = $2, name_key = $3, slug = $4, kind = $5, \
     created_at = $6, updated_at = $7 WHERE id = $1";

async fn write(db: Db<'_>, sql: &str, station: &Station) -> Result<()> {
    let taken = "SELECT EXISTS (SELECT 1 FROM stations WHERE slug = $1 AND id <> $2) AS taken";
    if get(&db.one(taken, &[&station.slug, &station.id.0]).await?, "taken")? {
        return Err(Refusal::StationTaken.into());
    }
    let (created_at, updated_at) = (at(station.created_at), at(station.updated_at));
    let (key, kind) = (CityKey::new(&station.name), station.kind.as_str());
    let Station { id, name, slug, .. } = station;
    let values: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[&id.0, name, &key.as_str(), slug, &kind, &created_at, &updated_at];
    these_rows("writing a station", db.execute(sql, values).await?, 1)
}

pub(crate) async fn insert(db: Db<'_>, station: &Station) -> Result<()> {
    write(db, INSERT, station).await
}

/// The station as it was, and as it is.
pub(crate) async fn change(
    db: Db<'_>,
    id: StationId,
    patch: &StationPatch,
    made: Made<'_>,
) -> Result<(Station, Station)> {
    let old = by_id(db, id).await?.ok_or(Refusal::StationNotFound)?;
    let mut station = patch.over(&old, made.now).map_err(Refusal::Invalid)?;
    station.updated_at = at(station.updated_at);
    made.on(old.updated_at)?;
    write(db, UPDATE, &station).await?;
    Ok((old, station))
}

/// The station as it was.
pub(crate) async fn delete(db: Db<'_>, id: StationId, made: Made<'_>) -> Result<Station> {
    let old = by_id(db, id).await?.ok_or(Refusal::StationNotFound)?;
    made.on(old.updated_at)?;
    let deleted = db.execute("DELETE FROM stations WHERE id = $1", &[&id.0]).await?;
    these_rows("deleting a station", deleted, 1)?;
    Ok(old)
}

pub(crate) async fn by_id(db: Db<'_>, id: StationId) -> Result<Option<Station>> {
    let sql = format!("SELECT {COLUMNS} FROM stations WHERE id = $1");
    db.optional(&sql, &[&id.0]).await?.as_ref().map(station).transpose()
}

/// By name.
pub(crate) async fn list(db: Db<'_>, filter: &StationFilter, page: Page) -> Result<Paged<Station>> {
    let mut condition = Where::default();
    condition.and_some("name_key LIKE ?", filter.name_contains.as_deref(), |part| {
        contains(CityKey::new(part).as_str())
    });
    let order = "name_key, id";
    if condition.is_empty() {
        return condition.page(db, COLUMNS, "stations", order, page, station).await;
    }
    // No index has parts of a name: so this many names are looked at, in their order.
    let looked_at = format!(
        "(SELECT {COLUMNS}, name_key FROM stations ORDER BY {order} LIMIT \
         {STATIONS_LOOKED_AT_MAX}) looked_at"
    );
    let one_more = format!("SELECT 1 FROM stations LIMIT 1 OFFSET {STATIONS_LOOKED_AT_MAX}");
    let is_cut = db.optional(&one_more, &[]).await?.is_some();
    let found = condition.page(db, COLUMNS, &looked_at, order, page, station).await?;
    Ok(found.limited_if(is_cut))
}
