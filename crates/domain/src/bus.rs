//! Buses: what is known of a vehicle, and when that may change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::field::{FieldErrors, name};
pub use crate::plate::{PlateError, PlateKey, plate};
use crate::seat::SEATS_MAX;
use crate::{
    BusFeature, BusId, FeatureId, Latitude, Layout, LayoutId, LayoutType, Longitude, SeatLayout,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bus {
    pub id: BusId,
    pub details: BusDetails,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Everything about a bus that its owner decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusDetails {
    /// In the form of [`plate`]; unique.
    pub plate: String,
    pub model: String,
    pub seat_count: u16,
    pub layout_type: LayoutType,
    pub layout: Layout,
    /// The kept layout that `layout` is; `None` if it was drawn for this bus alone.
    pub layout_id: Option<LayoutId>,
    /// Of that layout.
    pub layout_name: Option<String>,
    pub specs: BusSpecs,
    pub features: Vec<BusFeature>,
    /// The last known place: reported, or written by staff.
    pub test_lat: Option<Latitude>,
    pub test_lng: Option<Longitude>,
    pub bus_phone: Option<String>,
    pub owner: Option<String>,
    pub tax_office: Option<String>,
    pub tax_number: Option<String>,
}

/// What a bus names, as it stands now.
#[derive(Clone, Debug, Default)]
pub struct Fittings {
    pub layout: Option<SeatLayout>,
    pub features: Option<Vec<BusFeature>>,
}

/// The contract's `specs` object; also what stores keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct BusSpecs {
    pub brand: Option<String>,
    pub year: Option<u16>,
    pub engine_type: Option<String>,
    pub fuel_type: Option<String>,
    #[serde(rename = "hasAC")]
    pub has_ac: bool,
    pub has_wifi: bool,
    pub has_toilet: bool,
    #[serde(rename = "hasTV")]
    pub has_tv: bool,
    pub features: Vec<String>,
}

pub const FEATURES_MAX: usize = 32;
const YEARS: std::ops::RangeInclusive<u16> = 1950..=2100;

impl BusDetails {
    /// Brings names and plate into their stored form, or returns all faults.
    pub fn validate(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        if let Some(plate) = errors.check("/plate", plate(&self.plate)) {
            self.plate = plate;
        }
        if let Some(model) = errors.check("/model", name(&self.model)) {
            self.model = model;
        }
        if !(1..=SEATS_MAX).contains(&self.seat_count) {
            errors.push("/seatCount", format!("must be between 1 and {SEATS_MAX}"));
        } else {
            self.check_layout(&mut errors);
        }
        for (pointer, text) in [
            ("/busPhone", &mut self.bus_phone),
            ("/owner", &mut self.owner),
            ("/taxOffice", &mut self.tax_office),
            ("/taxNumber", &mut self.tax_number),
            ("/specs/brand", &mut self.specs.brand),
            ("/specs/engineType", &mut self.specs.engine_type),
            ("/specs/fuelType", &mut self.specs.fuel_type),
        ] {
            if let Some(given) = text {
                *text = errors.check(pointer, name(given));
            }
        }
        if self.features.len() > FEATURES_MAX {
            errors.push("/features", format!("must have at most {FEATURES_MAX} entries"));
        }
        for (index, feature) in self.features.iter().enumerate().take(FEATURES_MAX) {
            if self.features[..index].iter().any(|other| other.id == feature.id) {
                errors.push(format!("/features/{index}"), "stands twice in the list");
            }
        }
        if self.specs.year.is_some_and(|year| !YEARS.contains(&year)) {
            errors.push("/specs/year", "must be between 1950 and 2100");
        }
        if self.specs.features.len() > FEATURES_MAX {
            errors.push("/specs/features", format!("must have at most {FEATURES_MAX} entries"));
        }
        for (index, feature) in self.specs.features.iter_mut().enumerate().take(FEATURES_MAX) {
            if let Some(name) = errors.check(&format!("/specs/features/{index}"), name(feature)) {
                *feature = name;
            }
        }
        errors.into_result().map(|()| self)
    }

    /// Every seat of the bus stands on its layout, and no other.
    fn check_layout(&self, errors: &mut FieldErrors) {
        if let Err(layout) = self.layout.validate() {
            for error in layout.iter() {
                errors.push(format!("/layout{}", error.pointer), error.message.clone());
            }
            return;
        }
        match self.layout.usable_seats() {
            Err(why) => errors.push("/layout/seats", why.to_string()),
            Ok(seats) if seats != self.seat_count => {
                let pointer = if self.layout_id.is_some() { "/seatCount" } else { "/layout/seats" };
                let seat_count = self.seat_count;
                let message = format!("the layout has {seats} seats, seatCount is {seat_count}");
                errors.push(pointer, message);
            }
            Ok(_) => {}
        }
    }

    /// With this kept layout: it replaces all else that the details say of the seats.
    pub fn drawn_as(mut self, kept: &SeatLayout) -> Result<Self, FieldErrors> {
        if let Err(why) = kept.layout.usable_seats() {
            return Err(FieldErrors::one("/layoutId", format!("no bus can have it: {why}")));
        }
        self.layout_id = Some(kept.id);
        self.layout_name = Some(kept.name.clone());
        self.layout = kept.layout.clone();
        Ok(self)
    }

    /// Whether tickets already sold would point at other seats (or at none) after the change.
    pub fn seats_differ(&self, other: &Self) -> bool {
        self.seat_count != other.seat_count || self.layout != other.layout
    }
}

/// A partial change of a bus; `None` leaves a field alone, `Some(None)` takes an optional one off.
#[derive(Clone, Debug, Default)]
pub struct BusPatch {
    pub plate: Option<String>,
    pub model: Option<String>,
    pub seat_count: Option<u16>,
    pub layout_type: Option<LayoutType>,
    pub layout: Option<Layout>,
    pub layout_id: Option<Option<LayoutId>>,
    pub specs: Option<BusSpecs>,
    pub features: Option<Vec<FeatureId>>,
    pub test_lat: Option<Option<Latitude>>,
    pub test_lng: Option<Option<Longitude>>,
    pub bus_phone: Option<Option<String>>,
    pub owner: Option<Option<String>>,
    pub tax_office: Option<Option<String>>,
    pub tax_number: Option<Option<String>>,
}

impl BusPatch {
    /// The kept layout that the bus is to have: a drawing of its own ends an older one's.
    pub fn kept_layout(&self, old: &BusDetails) -> Option<LayoutId> {
        match (self.layout_id, &self.layout) {
            (Some(layout_id), _) => layout_id,
            (None, Some(_)) => None,
            (None, None) => old.layout_id,
        }
    }

    /// The whole description that the patch amounts to, checked. The fittings hold what
    /// [`BusPatch::kept_layout`] and the features name. Other seats without a grid of their own get
    /// a generated one.
    pub fn over(self, old: &BusDetails, fittings: Fittings) -> Result<BusDetails, FieldErrors> {
        let old = old.clone();
        let Fittings { layout: kept, features } = fittings;
        let kept_seats = kept.as_ref().and_then(|kept| kept.layout.usable_seats().ok());
        let seat_count = self.seat_count.or(kept_seats).unwrap_or(old.seat_count);
        let layout_type = self.layout_type.unwrap_or(old.layout_type);
        let same_seats = seat_count == old.seat_count
            && layout_type == old.layout_type
            && old.layout_id.is_none();
        let layout = match self.layout {
            Some(layout) => layout,
            None if same_seats => old.layout,
            None => Layout::generate(layout_type, seat_count),
        };
        let details = BusDetails {
            plate: self.plate.unwrap_or(old.plate),
            model: self.model.unwrap_or(old.model),
            seat_count,
            layout_type,
            layout,
            layout_id: None,
            layout_name: None,
            specs: self.specs.unwrap_or(old.specs),
            features: features.unwrap_or(old.features),
            test_lat: self.test_lat.unwrap_or(old.test_lat),
            test_lng: self.test_lng.unwrap_or(old.test_lng),
            bus_phone: self.bus_phone.unwrap_or(old.bus_phone),
            owner: self.owner.unwrap_or(old.owner),
            tax_office: self.tax_office.unwrap_or(old.tax_office),
            tax_number: self.tax_number.unwrap_or(old.tax_number),
        };
        match kept {
            Some(kept) => details.drawn_as(&kept)?.validate(),
            None => details.validate(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_told_at_once() {
        let details = BusDetails {
            plate: "!".into(),
            model: " ".into(),
            seat_count: 0,
            layout_type: LayoutType::TwoOne,
            layout: Layout::generate(LayoutType::TwoOne, 0),
            layout_id: None,
            layout_name: None,
            specs: BusSpecs { year: Some(1), ..BusSpecs::default() },
            features: Vec::new(),
            test_lat: None,
            test_lng: None,
            bus_phone: None,
            owner: Some("x".repeat(300)),
            tax_office: None,
            tax_number: None,
        };
        let errors = details.validate().unwrap_err();
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/plate", "/model", "/seatCount", "/owner", "/specs/year"]);
    }
}
