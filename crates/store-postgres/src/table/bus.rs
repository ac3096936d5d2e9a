//! `buses`: vehicles, and when their seats may change.

use domain::bus::PlateKey;
use domain::version::changed_at;
use domain::{
    Bus, BusDetails, BusId, BusPatch, CityKey, Fittings, Latitude, LayoutType, Longitude, Refusal,
};
use jiff::Timestamp;
use store::{BusFilter, Made, Page, Paged};
use tokio_postgres::Row;
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::{bus_feature, seat_layout};
use crate::column::{at, get, id, json, layout_type, optional_id, read, read_optional, time};
use crate::condition::Where;
use crate::db::Db;
use crate::fault::{Result, these_rows};

const COLUMNS: &str = "id, plate, model, seat_count, layout_type, layout, layout_id, layout_name, \
     specs, features, test_lat, test_lng, bus_phone, owner, tax_office, tax_number, created_at, \
     updated_at";

fn bus(row: &Row) -> Result<Bus> {
    Ok(Bus {
        id: id(row, "id")?,
        details: BusDetails {
            plate: get(row, "plate")?,
            model: get(row, "model")?,
            seat_count: read(row, "seat_count", |count: i16| u16::try_from(count).ok())?,
            layout_type: layout_type(row, "layout_type")?,
            layout: read(row, "layout", |text: &str| text.parse().ok())?,
            layout_id: optional_id(row, "layout_id")?,
            layout_name: get(row, "layout_name")?,
            specs: json(row, "specs")?,
            features: json(row, "features")?,
            test_lat: read_optional(row, "test_lat", Latitude::from_stored)?,
            test_lng: read_optional(row, "test_lng", Longitude::from_stored)?,
            bus_phone: get(row, "bus_phone")?,
            owner: get(row, "owner")?,
            tax_office: get(row, "tax_office")?,
            tax_number: get(row, "tax_number")?,
        },
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

const INSERT: &str = "INSERT INTO buses (id, plate, plate_key, model, seat_count, layout_type, \
     layout, layout_id, layout_name, specs, brand_key, features, bus_phone, owner, tax_office, \
     tax_number, created_at, updated_at, test_lat, test_lng) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
     $20)";
// A plate that stays keeps its key, or stays without one if another bus has it. The last known
// place is reported outside the clock, and is only written here when this change names another.
const UPDATE: &str = "UPDATE buses SET plate_key = CASE WHEN plate = $2 THEN plate_key ELSE $3 END, \
     plate = $2, model = $4, seat_count = $5, layout_type = $6, layout = $7, layout_id = $8, \
     layout_name = $9, specs = $10, brand_key = $11, features = $12, bus_phone = $13, owner = $14, \
     tax_office = $15, tax_number = $16, created_at = $17, updated_at = $18, \
     test_lat = CASE WHEN $21 THEN $19 ELSE test_lat END, \
     test_lng = CASE WHEN $21 THEN $20 ELSE test_lng END WHERE id = $1";

/// `old`: as it stands; `None` for a new one.
async fn write(db: Db<'_>, bus: &Bus, old: Option<&Bus>) -> Result<()> {
    must_be_free(db, bus).await?;
    let details = &bus.details;
    let place = |details: &BusDetails| (details.test_lat, details.test_lng);
    let moved = old.is_none_or(|old| place(&old.details) != place(details));
    let Ok(seat_count) = i16::try_from(details.seat_count) else {
        unreachable!("the seats of a bus are bounded")
    };
    let plate_key = PlateKey::new(&details.plate);
    let brand = CityKey::new(details.specs.brand.as_deref().unwrap_or_default());
    let values: &[&(dyn tokio_postgres::types::ToSql + Sync)] = &[
        &bus.id.0,
        &details.plate,
        &plate_key.as_str(),
        &details.model,
        &seat_count,
        &details.layout_type.as_str(),
        &details.layout.to_string(),
        &details.layout_id.map(|id| id.0),
        &details.layout_name,
        &Json(&details.specs),
        &brand.as_str(),
        &Json(&details.features),
        &details.bus_phone,
        &details.owner,
        &details.tax_office,
        &details.tax_number,
        &at(bus.created_at),
        &at(bus.updated_at),
        &details.test_lat.map(Latitude::stored),
        &details.test_lng.map(Longitude::stored),
    ];
    let written = match old {
        None => db.execute(INSERT, values).await?,
        Some(_) => {
            let values: Vec<_> = values.iter().copied().chain([&moved as _]).collect();
            db.execute(UPDATE, &values).await?
        }
    };
    these_rows("writing a bus", written, 1)?;
    bus_feature::note_uses(db, bus.id, &details.features).await
}

/// No one writes buses outside the clock, so a plate that is free here is free when it is written.
async fn must_be_free(db: Db<'_>, bus: &Bus) -> Result<()> {
    let plate = &bus.details.plate;
    let key = PlateKey::new(plate);
    let taken = db
        .one(
            "SELECT EXISTS (SELECT 1 FROM buses WHERE plate = $1 AND id <> $3) OR EXISTS \
         (SELECT 1 FROM buses WHERE plate_key = $2 AND id <> $3 AND NOT EXISTS \
         (SELECT 1 FROM buses own WHERE own.id = $3 AND own.plate = $1)) AS taken",
            &[plate, &key.as_str(), &bus.id.0],
        )
        .await?;
    if get(&taken, "taken")? { Err(Refusal::PlateTaken.into()) } else { Ok(()) }
}

/// A bus gets the layout and the features that it names as they stand now.
pub(crate) async fn insert(
    db: Db<'_>,
    id: BusId,
    details: BusDetails,
    now: Timestamp,
) -> Result<Bus> {
    let mut details = details;
    let features = details.features.iter().map(|feature| feature.id);
    details.features = bus_feature::named(db, features).await?;
    let details = match details.layout_id {
        Some(layout_id) => {
            let kept = seat_layout::named(db, layout_id).await?;
            details.drawn_as(&kept).and_then(BusDetails::validate).map_err(Refusal::Invalid)?
        }
        None => details,
    };
    let bus = Bus { id, details, created_at: at(now), updated_at: at(now) };
    write(db, &bus, None).await?;
    Ok(bus)
}

/// The bus as it was, and as it is.
pub(crate) async fn update(
    db: Db<'_>,
    id: BusId,
    patch: BusPatch,
    made: Made<'_>,
) -> Result<(Bus, Bus)> {
    let old = by_id(db, id).await?.ok_or(Refusal::BusNotFound)?;
    let layout = match patch.kept_layout(&old.details) {
        Some(layout_id) => Some(seat_layout::named(db, layout_id).await?),
        None => None,
    };
    let features = match &patch.features {
        Some(ids) => Some(bus_feature::named(db, ids.iter().copied()).await?),
        None => None,
    };
    let details =
        patch.over(&old.details, Fittings { layout, features }).map_err(Refusal::Invalid)?;
    if details.seats_differ(&old.details) && has_sold_future_route(db, id, made.now).await? {
        return Err(Refusal::BusSeatsFixed.into());
    }
    made.on(old.updated_at)?;
    let updated_at = at(changed_at(old.updated_at, made.now));
    let bus = Bus { id, details, created_at: old.created_at, updated_at };
    write(db, &bus, Some(&old)).await?;
    Ok((old, bus))
}

/// A route with seats' events that has not reached its last stop.
async fn has_sold_future_route(db: Db<'_>, id: BusId, now: Timestamp) -> Result<bool> {
    let found = db
        .one(
            "SELECT EXISTS (SELECT 1 FROM routes WHERE bus_id = $1 AND arrives_at > $2 \
             AND (SELECT seq FROM route_events WHERE route_id = routes.id \
             ORDER BY ordinal DESC LIMIT 1) > 0) AS found",
            &[&id.0, &at(now)],
        )
        .await?;
    get(&found, "found")
}

/// The bus as it was.
pub(crate) async fn delete(db: Db<'_>, id: BusId, made: Made<'_>) -> Result<Bus> {
    let old = by_id(db, id).await?.ok_or(Refusal::BusNotFound)?;
    let sql = "SELECT EXISTS (SELECT 1 FROM routes WHERE bus_id = $1) AS has_routes";
    if get(&db.one(sql, &[&id.0]).await?, "has_routes")? {
        return Err(Refusal::BusHasRoutes.into());
    }
    made.on(old.updated_at)?;
    let deleted = db.execute("DELETE FROM buses WHERE id = $1", &[&id.0]).await?;
    these_rows("deleting a bus", deleted, 1)?;
    Ok(old)
}

pub(crate) async fn by_id(db: Db<'_>, id: BusId) -> Result<Option<Bus>> {
    Ok(by_ids(db, &[id]).await?.pop())
}

pub(crate) async fn by_ids(db: Db<'_>, ids: &[BusId]) -> Result<Vec<Bus>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let sql = format!("SELECT {COLUMNS} FROM buses WHERE id = ANY($1)");
    db.rows(&sql, &[&ids]).await?.iter().map(bus).collect()
}

/// In any spelling of the plate; an exact match comes first.
pub(crate) async fn by_plate(db: Db<'_>, plate: &str) -> Result<Option<Bus>> {
    let exactly = format!("SELECT {COLUMNS} FROM buses WHERE plate = $1");
    if let Some(found) = db.optional(&exactly, &[&plate]).await? {
        return bus(&found).map(Some);
    }
    let by_key = format!("SELECT {COLUMNS} FROM buses WHERE plate_key = $1");
    db.optional(&by_key, &[&PlateKey::new(plate).as_str()]).await?.as_ref().map(bus).transpose()
}

/// By plate.
pub(crate) async fn list(db: Db<'_>, filter: &BusFilter, page: Page) -> Result<Paged<Bus>> {
    let mut condition = Where::default();
    condition.and_some("brand_key = ?", filter.brand.as_deref(), |brand| {
        CityKey::new(brand).as_str().to_owned()
    });
    condition.and_some("layout_type = ?", filter.layout_type, LayoutType::as_str);
    condition.page(db, COLUMNS, "buses", "plate", page, bus).await
}
