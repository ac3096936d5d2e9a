//! **Bus**.

use domain::{Bus, BusDetails, BusPatch, BusSpecs, CellKind, Layout, LayoutType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::audience::{Audience, ForStaff};
use super::scalar::{LayoutTypeWord, Time, Word, given, given_or_emptied, present};

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Bus)]
pub(crate) struct BusBody {
    id: Uuid,
    plate: String,
    model: String,
    seat_count: u16,
    layout_type: LayoutTypeWord,
    #[schema(value_type = LayoutBody)]
    layout: Layout,
    #[schema(value_type = BusSpecsBody)]
    specs: BusSpecs,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    bus_phone: ForStaff<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    owner: ForStaff<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    tax_office: ForStaff<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    tax_number: ForStaff<String>,
    created_at: Time,
    updated_at: Time,
}

impl BusBody {
    pub(crate) fn new(bus: &Bus, audience: Audience) -> Self {
        let details = bus.details.clone();
        Self {
            id: bus.id.0,
            plate: details.plate,
            model: details.model,
            seat_count: details.seat_count,
            layout_type: Word(details.layout_type),
            layout: details.layout,
            specs: details.specs,
            bus_phone: audience.only_staff(details.bus_phone),
            owner: audience.only_staff(details.owner),
            tax_office: audience.only_staff(details.tax_office),
            tax_number: audience.only_staff(details.tax_number),
            created_at: Time(bus.created_at),
            updated_at: Time(bus.updated_at),
        }
    }
}

/// The grid that a bus is drawn on; the domain's own `Layout` is what is read and written.
#[derive(ToSchema)]
#[schema(as = Layout, rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "it describes the domain's type to the schema, which must not know it"
)]
pub(crate) struct LayoutBody {
    row_count: u8,
    col_count: u8,
    seats: Vec<CellBody>,
}

/// One square: `x` columns from the left, `y` rows from the front, both from 0.
#[derive(ToSchema)]
#[schema(as = Cell, rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
pub(crate) struct CellBody {
    /// Only on seats, else null.
    seat_no: Option<u16>,
    x: u8,
    y: u8,
    #[schema(rename = "type", value_type = CellKindBody)]
    kind: CellKind,
}

#[derive(ToSchema)]
#[schema(as = CellType, rename_all = "lowercase")]
#[expect(dead_code, reason = "as above")]
pub(crate) enum CellKindBody {
    Seat,
    Corridor,
    Door,
    Driver,
    Table,
}

#[derive(ToSchema)]
#[schema(as = BusSpecs, rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
pub(crate) struct BusSpecsBody {
    brand: Option<String>,
    year: Option<u16>,
    engine_type: Option<String>,
    fuel_type: Option<String>,
    #[schema(rename = "hasAC")]
    has_ac: bool,
    has_wifi: bool,
    has_toilet: bool,
    #[schema(rename = "hasTV")]
    has_tv: bool,
    features: Vec<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewBus {
    plate: String,
    model: String,
    /// 1 to 100.
    seat_count: u16,
    /// Default `LAYOUT_2_1`.
    layout_type: Option<LayoutTypeWord>,
    /// Generated from `layoutType` and `seatCount` when absent.
    #[schema(value_type = Option<LayoutBody>)]
    layout: Option<Layout>,
    #[serde(default)]
    #[schema(value_type = Option<BusSpecsBody>)]
    specs: BusSpecs,
    bus_phone: Option<String>,
    owner: Option<String>,
    tax_office: Option<String>,
    tax_number: Option<String>,
}

impl From<NewBus> for BusDetails {
    fn from(new: NewBus) -> Self {
        let layout_type = new.layout_type.map_or_else(LayoutType::default, |word| word.0);
        Self {
            plate: new.plate,
            model: new.model,
            seat_count: new.seat_count,
            layout_type,
            layout: new.layout.unwrap_or_else(|| Layout::generate(layout_type, new.seat_count)),
            specs: new.specs,
            bus_phone: new.bus_phone,
            owner: new.owner,
            tax_office: new.tax_office,
            tax_number: new.tax_number,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BusChanges {
    #[serde(default, deserialize_with = "given")]
    plate: Option<String>,
    #[serde(default, deserialize_with = "given")]
    model: Option<String>,
    #[serde(default, deserialize_with = "given")]
    seat_count: Option<u16>,
    #[serde(default, deserialize_with = "given")]
    layout_type: Option<LayoutTypeWord>,
    #[schema(value_type = Option<LayoutBody>)]
    #[serde(default, deserialize_with = "given")]
    layout: Option<Layout>,
    #[schema(value_type = Option<BusSpecsBody>)]
    #[serde(default, deserialize_with = "given_or_emptied")]
    specs: Option<BusSpecs>,
    #[serde(default, deserialize_with = "present")]
    bus_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    owner: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    tax_office: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    tax_number: Option<Option<String>>,
}

impl From<BusChanges> for BusPatch {
    fn from(changes: BusChanges) -> Self {
        Self {
            plate: changes.plate,
            model: changes.model,
            seat_count: changes.seat_count,
            layout_type: changes.layout_type.map(|word| word.0),
            layout: changes.layout,
            specs: changes.specs,
            bus_phone: changes.bus_phone,
            owner: changes.owner,
            tax_office: changes.tax_office,
            tax_number: changes.tax_number,
        }
    }
}
