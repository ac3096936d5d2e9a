//! `bus_features`: what buses offer, and `bus_feature_uses`: which buses do.

use std::collections::HashMap;

use domain::{BusFeature, BusId, CityKey, FeatureId, Refusal};
use store::{Page, Paged};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{get, id};
use crate::condition::Where;
use crate::db::Db;
use crate::fault::{Result, these_rows};

const COLUMNS: &str = "id, name, description, icon_path";

fn bus_feature(row: &Row) -> Result<BusFeature> {
    Ok(BusFeature {
        id: id(row, "id")?,
        name: get(row, "name")?,
        description: get(row, "description")?,
        icon_path: get(row, "icon_path")?,
    })
}

const INSERT: &str = "INSERT INTO bus_features (id, name, name_key, description, icon_path) \
     VALUES ($1, $2, $3, $4, $5)";
const UPDATE: &str = "UPDATE bus_features SET name = $2, name_key = $3, description = $4, \
     icon_path = $5 WHERE id = $1";

async fn write(db: Db<'_>, sql: &str, feature: &BusFeature) -> Result<()> {
    let key = CityKey::new(&feature.name);
    let taken =
        "SELECT EXISTS (SELECT 1 FROM bus_features WHERE name_key = $1 AND id <> $2) AS taken";
    if get(&db.one(taken, &[&key.as_str(), &feature.id.0]).await?, "taken")? {
        return Err(Refusal::FeatureTaken.into());
    }
    let BusFeature { id, name, description, icon_path } = feature;
    let written = db.execute(sql, &[&id.0, name, &key.as_str(), description, icon_path]).await?;
    these_rows("writing a bus feature", written, 1)
}

pub(crate) async fn insert(db: Db<'_>, feature: &BusFeature) -> Result<()> {
    write(db, INSERT, feature).await
}

pub(crate) async fn update(db: Db<'_>, feature: &BusFeature) -> Result<()> {
    write(db, UPDATE, feature).await
}

/// No bus may have it any more.
pub(crate) async fn delete(db: Db<'_>, id: FeatureId) -> Result<()> {
    let deleted = db.execute("DELETE FROM bus_features WHERE id = $1", &[&id.0]).await?;
    these_rows("deleting a bus feature", deleted, 1)
}

pub(crate) async fn by_id(db: Db<'_>, id: FeatureId) -> Result<Option<BusFeature>> {
    Ok(by_ids(db, &[id.0]).await?.pop())
}

async fn by_ids(db: Db<'_>, ids: &[Uuid]) -> Result<Vec<BusFeature>> {
    let sql = format!("SELECT {COLUMNS} FROM bus_features WHERE id = ANY($1)");
    db.rows(&sql, &[&ids]).await?.iter().map(bus_feature).collect()
}

/// The features that a bus is to have, as they stand now and in the order in which they are named.
/// They must exist.
pub(crate) async fn named(
    db: Db<'_>,
    ids: impl Iterator<Item = FeatureId>,
) -> Result<Vec<BusFeature>> {
    let ids: Vec<FeatureId> = ids.collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let found = by_ids(db, &keys).await?.into_iter().map(|feature| (feature.id, feature));
    let found: HashMap<FeatureId, BusFeature> = found.collect();
    let named = |id| Ok(found.get(id).cloned().ok_or(Refusal::FeatureNotFound)?);
    ids.iter().map(named).collect()
}

/// Notes which features a bus has.
pub(crate) async fn note_uses(db: Db<'_>, bus: BusId, features: &[BusFeature]) -> Result<()> {
    db.execute("DELETE FROM bus_feature_uses WHERE bus_id = $1", &[&bus.0]).await?;
    if features.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = features.iter().map(|feature| feature.id.0).collect();
    let sql = "INSERT INTO bus_feature_uses (feature_id, bus_id) SELECT unnest($1::uuid[]), $2";
    db.execute(sql, &[&ids, &bus.0]).await.map(drop)
}

/// The buses that have this feature.
pub(crate) async fn users(db: Db<'_>, feature: FeatureId) -> Result<Vec<BusId>> {
    let sql = "SELECT bus_id FROM bus_feature_uses WHERE feature_id = $1";
    db.rows(sql, &[&feature.0]).await?.iter().map(|row| id(row, "bus_id")).collect()
}

/// By name.
pub(crate) async fn list(db: Db<'_>, page: Page) -> Result<Paged<BusFeature>> {
    Where::default().page(db, COLUMNS, "bus_features", "name_key", page, bus_feature).await
}
