//! `bus_features`: what buses offer, and `bus_feature_uses`: which buses do.

use domain::{BusFeature, BusId, CityKey, FeatureId, Refusal};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::{Page, Paged};

use super::Where;
use crate::column::{bytes, id};
use crate::fault::{Result, is_taken};

fn bus_feature(row: &Row<'_>) -> rusqlite::Result<BusFeature> {
    Ok(BusFeature {
        id: id(row, "id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        icon_path: row.get("icon_path")?,
    })
}

const INSERT: &str = "INSERT INTO bus_features (id, name, name_key, description, icon_path) \
     VALUES (:id, :name, :name_key, :description, :icon_path)";
const UPDATE: &str = "UPDATE bus_features SET name = :name, name_key = :name_key, \
     description = :description, icon_path = :icon_path WHERE id = :id";

fn write(connection: &Connection, sql: &str, feature: &BusFeature) -> Result<()> {
    let written = connection.prepare_cached(sql)?.execute(named_params! {
        ":id": bytes(feature.id.0),
        ":name": feature.name,
        ":name_key": CityKey::new(&feature.name).as_str(),
        ":description": feature.description,
        ":icon_path": feature.icon_path,
    });
    match written {
        Err(error) if is_taken(&error) => Err(Refusal::FeatureTaken.into()),
        other => Ok(other.map(drop)?),
    }
}

pub(crate) fn insert(connection: &Connection, feature: &BusFeature) -> Result<()> {
    write(connection, INSERT, feature)
}

pub(crate) fn update(connection: &Connection, feature: &BusFeature) -> Result<()> {
    write(connection, UPDATE, feature)
}

/// No bus may have it any more.
pub(crate) fn delete(connection: &Connection, id: FeatureId) -> Result<()> {
    let deleted = connection
        .prepare_cached("DELETE FROM bus_features WHERE id = ?")?
        .execute([bytes(id.0)])?;
    if deleted == 0 { Err(Refusal::FeatureNotFound.into()) } else { Ok(()) }
}

pub(crate) fn by_id(connection: &Connection, id: FeatureId) -> Result<Option<BusFeature>> {
    let found = connection
        .prepare_cached("SELECT * FROM bus_features WHERE id = ?")?
        .query_row([bytes(id.0)], bus_feature)
        .optional()?;
    Ok(found)
}

/// The features that a bus is to have, as they stand now. They must exist.
pub(crate) fn named(
    connection: &Connection,
    ids: impl IntoIterator<Item = FeatureId>,
) -> Result<Vec<BusFeature>> {
    let named = |id| Ok(by_id(connection, id)?.ok_or(Refusal::FeatureNotFound)?);
    ids.into_iter().map(named).collect()
}

/// Notes which features a bus has.
pub(crate) fn note_uses(
    connection: &Connection,
    bus: BusId,
    features: &[BusFeature],
) -> Result<()> {
    let bus = bytes(bus.0);
    connection.prepare_cached("DELETE FROM bus_feature_uses WHERE bus_id = ?")?.execute([bus])?;
    let mut noted = connection
        .prepare_cached("INSERT INTO bus_feature_uses (feature_id, bus_id) VALUES (?, ?)")?;
    for feature in features {
        noted.execute([bytes(feature.id.0), bus])?;
    }
    Ok(())
}

/// The buses that have this feature.
pub(crate) fn users(connection: &Connection, feature: FeatureId) -> Result<Vec<BusId>> {
    let mut uses =
        connection.prepare_cached("SELECT bus_id FROM bus_feature_uses WHERE feature_id = ?")?;
    let ids = uses.query_map([bytes(feature.0)], |row| id(row, "bus_id"))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn list(connection: &Connection, page: Page) -> Result<Paged<BusFeature>> {
    let table = "bus_features INDEXED BY bus_features_by_name";
    Ok(Where::default().page(connection, "*", table, "name_key", page, bus_feature)?)
}
