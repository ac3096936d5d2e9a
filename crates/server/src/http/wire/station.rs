//! **Station**.

use domain::Station;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{StationKindWord, Time, Word, given};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Station)]
pub(crate) struct StationBody {
    id: Uuid,
    name: String,
    slug: String,
    #[serde(rename = "type")]
    kind: StationKindWord,
    created_at: Time,
    updated_at: Time,
}

impl From<Station> for StationBody {
    fn from(station: Station) -> Self {
        Self {
            id: station.id.0,
            name: station.name,
            slug: station.slug,
            kind: Word(station.kind),
            created_at: Time(station.created_at),
            updated_at: Time(station.updated_at),
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStation {
    pub(crate) name: String,
    /// Letters and digits with single hyphens, unique. Default: made from the name.
    pub(crate) slug: Option<String>,
    /// Default `CITY`.
    #[serde(rename = "type")]
    pub(crate) kind: Option<StationKindWord>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StationChanges {
    #[serde(default, deserialize_with = "given")]
    pub(crate) name: Option<String>,
    /// Default: if it was made from the old name, it is made from the new one.
    #[serde(default, deserialize_with = "given")]
    pub(crate) slug: Option<String>,
    #[serde(rename = "type")]
    #[serde(default, deserialize_with = "given")]
    pub(crate) kind: Option<StationKindWord>,
}
