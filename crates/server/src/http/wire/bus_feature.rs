//! **Bus feature**: what a bus offers, with its picture.

use domain::BusFeature;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{given, present};

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BusFeature)]
pub(crate) struct BusFeatureBody {
    id: Uuid,
    name: String,
    description: Option<String>,
    /// The address of its picture on this server.
    icon_path: String,
}

impl From<BusFeature> for BusFeatureBody {
    fn from(feature: BusFeature) -> Self {
        let BusFeature { id, name, description, icon_path } = feature;
        Self { id: id.0, name, description, icon_path }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewBusFeature {
    /// Unique.
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// One of `GET /bus-features/icons`.
    pub(crate) icon_path: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BusFeatureChanges {
    #[serde(default, deserialize_with = "given")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) icon_path: Option<String>,
}
