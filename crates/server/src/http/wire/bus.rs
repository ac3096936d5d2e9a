//! **Bus**.

use domain::{Bus, BusDetails, BusPatch, BusSpecs, FieldErrors, Layout, LayoutType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::audience::{Audience, ForStaff};
use super::layout::{LayoutBody, NewLayout};
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
    layout_id: Option<Uuid>,
    layout: LayoutBody,
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
            layout_id: details.layout_id.map(|id| id.0),
            layout: LayoutBody::of(bus),
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

#[derive(ToSchema)]
#[schema(as = BusSpecs, rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "it describes the domain's type to the schema, which must not know it"
)]
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
    /// A kept layout; it wins over `layoutType`.
    layout_id: Option<Uuid>,
    /// Generated from `layoutType` and `seatCount` when neither this nor `layoutId` is given.
    layout: Option<NewLayout>,
    #[serde(default)]
    #[schema(value_type = Option<BusSpecsBody>)]
    specs: BusSpecs,
    bus_phone: Option<String>,
    owner: Option<String>,
    tax_office: Option<String>,
    tax_number: Option<String>,
}

impl NewBus {
    /// Everything that is wrong with it, or the bus in its stored form. A kept layout is drawn by the
    /// store; until then there stands a generated one.
    pub(crate) fn details(self) -> Result<BusDetails, FieldErrors> {
        let mut errors = FieldErrors::default();
        let layout_type = self.layout_type.map_or_else(LayoutType::default, |word| word.0);
        let own = own_layout(self.layout, Some(self.layout_id), &mut errors);
        let details = BusDetails {
            plate: self.plate,
            model: self.model,
            seat_count: self.seat_count,
            layout_type,
            layout: own.unwrap_or_else(|| Layout::generate(layout_type, self.seat_count)),
            layout_id: self.layout_id.map(Into::into),
            layout_name: None,
            specs: self.specs,
            bus_phone: self.bus_phone,
            owner: self.owner,
            tax_office: self.tax_office,
            tax_number: self.tax_number,
        };
        let details = details.validate();
        if let Err(others) = &details {
            errors.extend(others);
        }
        errors.into_result().and(details)
    }
}

/// The drawing that was sent. One that came from a kept layout is given by `layoutId` alone.
fn own_layout(
    layout: Option<NewLayout>,
    layout_id: Option<Option<Uuid>>,
    errors: &mut FieldErrors,
) -> Option<Layout> {
    let layout = layout?;
    match (layout_id.flatten(), layout.id) {
        (None, None) => match layout.read("/layout") {
            Ok(layout) => return Some(layout),
            Err(faults) => errors.extend(&faults),
        },
        (Some(kept), Some(read)) if kept == read => {}
        (None, Some(_)) => errors.push("/layout/id", "a kept layout is named by layoutId"),
        (Some(_), _) => errors.push("/layout", "is not that of layoutId: give one of the two"),
    }
    None
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
    /// A kept layout; it wins over `layoutType`. Null: this bus alone is drawn, by `layout` or
    /// generated.
    #[serde(default, deserialize_with = "present")]
    layout_id: Option<Option<Uuid>>,
    #[serde(default, deserialize_with = "given")]
    layout: Option<NewLayout>,
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

impl BusChanges {
    pub(crate) fn patch(self) -> Result<BusPatch, FieldErrors> {
        let mut errors = FieldErrors::default();
        let layout = own_layout(self.layout, self.layout_id, &mut errors);
        errors.into_result()?;
        Ok(BusPatch {
            plate: self.plate,
            model: self.model,
            seat_count: self.seat_count,
            layout_type: self.layout_type.map(|word| word.0),
            layout,
            layout_id: self.layout_id.map(|id| id.map(Into::into)),
            specs: self.specs,
            bus_phone: self.bus_phone,
            owner: self.owner,
            tax_office: self.tax_office,
            tax_number: self.tax_number,
        })
    }
}
