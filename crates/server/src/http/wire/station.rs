//! **Station**.

use domain::Station;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{StationKindWord, Word, given};

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Station)]
pub(crate) struct StationBody {
    id: Uuid,
    name: String,
    slug: String,
    #[serde(rename = "type")]
    kind: StationKindWord,
}

impl From<Station> for StationBody {
    fn from(station: Station) -> Self {
        Self { id: station.id.0, name: station.name, slug: station.slug, kind: Word(station.kind) }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStation {
    pub(crate) name: String,
    /// Default `CITY`.
    #[serde(rename = "type")]
    pub(crate) kind: Option<StationKindWord>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StationChanges {
    #[serde(default, deserialize_with = "given")]
    pub(crate) name: Option<String>,
    #[serde(rename = "type")]
    #[serde(default, deserialize_with = "given")]
    pub(crate) kind: Option<StationKindWord>,
}
