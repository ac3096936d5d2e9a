//! **Bus**.

use domain::{
    Bus, BusDetails, BusFeature, BusPatch, BusSpecs, FieldErrors, Latitude, Layout, LayoutType,
    Longitude,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::audience::{Audience, ForStaff};
use super::bus_feature::BusFeatureBody;
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
    /// Null when none were given.
    #[schema(value_type = Option<BusSpecsBody>)]
    specs: Option<BusSpecs>,
    features: Vec<BusFeatureBody>,
    /// The last known position, in degrees.
    test_lat: Option<f64>,
    test_lng: Option<f64>,
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
            specs: Some(details.specs).filter(|specs| *specs != BusSpecs::default()),
            features: details.features.into_iter().map(BusFeatureBody::from).collect(),
            test_lat: details.test_lat.map(Latitude::degrees),
            test_lng: details.test_lng.map(Longitude::degrees),
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
    /// A stored layout; it wins over `layoutType`.
    layout_id: Option<Uuid>,
    /// Generated from `layoutType` and `seatCount` when neither this nor `layoutId` is given.
    layout: Option<NewLayout>,
    #[schema(value_type = Option<BusSpecsBody>)]
    specs: Option<BusSpecs>,
    pub(crate) features: Option<Vec<Uuid>>,
    /// Degrees; each of the two may be given alone.
    test_lat: Option<f64>,
    test_lng: Option<f64>,
    /// `""` means none, here and below.
    bus_phone: Option<String>,
    owner: Option<String>,
    tax_office: Option<String>,
    tax_number: Option<String>,
}

impl NewBus {
    /// Everything that is wrong with it, or the bus in its stored form. The store fills in a stored
    /// layout; until then there is a generated one in its place.
    pub(crate) fn details(self, features: Vec<BusFeature>) -> Result<BusDetails, FieldErrors> {
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
            specs: self.specs.unwrap_or_default(),
            features,
            test_lat: self.test_lat.and_then(|degrees| latitude(degrees, &mut errors)),
            test_lng: self.test_lng.and_then(|degrees| longitude(degrees, &mut errors)),
            bus_phone: filled(self.bus_phone),
            owner: filled(self.owner),
            tax_office: filled(self.tax_office),
            tax_number: filled(self.tax_number),
        };
        let details = details.validate();
        if let Err(others) = &details {
            errors.extend(others);
        }
        errors.into_result().and(details)
    }
}

/// An editor sends an empty field for "none".
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn latitude(degrees: f64, errors: &mut FieldErrors) -> Option<Latitude> {
    errors.check("/testLat", Latitude::from_degrees(degrees).ok_or(Latitude::TOLD))
}

fn longitude(degrees: f64, errors: &mut FieldErrors) -> Option<Longitude> {
    errors.check("/testLng", Longitude::from_degrees(degrees).ok_or(Longitude::TOLD))
}

/// The layout that was sent. If it came from a stored layout, only `layoutId` counts.
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
    /// A stored layout; it wins over `layoutType`. Null: this bus has a layout of its own, from
    /// `layout` or generated.
    #[serde(default, deserialize_with = "present")]
    layout_id: Option<Option<Uuid>>,
    #[serde(default, deserialize_with = "given")]
    layout: Option<NewLayout>,
    #[schema(value_type = Option<BusSpecsBody>)]
    #[serde(default, deserialize_with = "given_or_emptied")]
    specs: Option<BusSpecs>,
    /// They replace those that the bus has.
    #[serde(default, deserialize_with = "given_or_emptied")]
    features: Option<Vec<Uuid>>,
    #[serde(default, deserialize_with = "present")]
    test_lat: Option<Option<f64>>,
    #[serde(default, deserialize_with = "present")]
    test_lng: Option<Option<f64>>,
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
        let test_lat = self.test_lat.map(|lat| lat.and_then(|lat| latitude(lat, &mut errors)));
        let test_lng = self.test_lng.map(|lng| lng.and_then(|lng| longitude(lng, &mut errors)));
        errors.into_result()?;
        Ok(BusPatch {
            plate: self.plate,
            model: self.model,
            seat_count: self.seat_count,
            layout_type: self.layout_type.map(|word| word.0),
            layout,
            layout_id: self.layout_id.map(|id| id.map(Into::into)),
            specs: self.specs,
            features: self.features.map(|ids| ids.into_iter().map(Into::into).collect()),
            test_lat,
            test_lng,
            bus_phone: self.bus_phone.map(filled),
            owner: self.owner.map(filled),
            tax_office: self.tax_office.map(filled),
            tax_number: self.tax_number.map(filled),
        })
    }
}
