//! What a bus offers its passengers, as a picture and a name.

use serde::{Deserialize, Serialize};

use crate::FeatureId;
use crate::field::{FieldErrors, name};

/// The contract's object; also what stores keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BusFeature {
    pub id: FeatureId,
    /// Unique, however it is spelled.
    pub name: String,
    pub description: Option<String>,
    /// One of the pictures that the server has: they are not this crate's business.
    pub icon_path: String,
}

impl BusFeature {
    /// Brings its words into their stored form, or returns all faults.
    pub fn validate(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        if let Some(name) = errors.check("/name", name(&self.name)) {
            self.name = name;
        }
        // An editor sends an empty field for none.
        if let Some(text) = self.description.take().filter(|text| !text.trim().is_empty()) {
            self.description = errors.check("/description", name(&text));
        }
        errors.into_result().map(|()| self)
    }
}

/// A partial change; `None` leaves a field alone, `Some(None)` takes the optional one off.
#[derive(Clone, Debug, Default)]
pub struct BusFeaturePatch {
    pub name: Option<String>,
    pub description: Option<Option<String>>,
    pub icon_path: Option<String>,
}

impl BusFeaturePatch {
    /// What the feature becomes, still to be checked by [`BusFeature::validate`].
    pub fn over(self, old: BusFeature) -> BusFeature {
        BusFeature {
            id: old.id,
            name: self.name.unwrap_or(old.name),
            description: self.description.unwrap_or(old.description),
            icon_path: self.icon_path.unwrap_or(old.icon_path),
        }
    }
}
