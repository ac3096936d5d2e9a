//! What a viewer may ask, as the document shows it; [`super::super::request::parse`] decides what is understood,
//! and the tests hold these to it.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Every change of the route is told from here on; with `since`, also what came after that event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscribeRoute {
    pub(super) route_id: Uuid,
    /// The last `seq` that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<u64>,
}

/// Nothing of the route is told any more.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnsubscribeRoute {
    pub(super) route_id: Uuid,
}

/// Who is watching, from now on: renews a token, or changes the viewer. All subscriptions stay.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Authenticate {
    pub(super) token: &'static str,
}

/// The seats as they are: of a segment by its cities or by its stops, or of the whole route.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetSeatAvailability {
    pub(super) route_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_city: Option<String>,
    /// Together with `toStopIndex`, and without cities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_stop_index: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_stop_index: Option<u8>,
}
