//! The requests of viewers, as the document shows them; [`super::super::request::parse`] decides
//! what is understood, and tests check these against it.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Every change of the route is sent from here on; with `since`, also the changes after that event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscribeRoute {
    pub(super) route_id: Uuid,
    /// The last `seq` that the viewer has seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<u64>,
}

/// Nothing of the route is sent any more.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnsubscribeRoute {
    pub(super) route_id: Uuid,
}

/// Sets who the viewer is from now on: renews a token, or changes the user. All subscriptions stay.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Authenticate {
    pub(super) token: &'static str,
}

/// The seats as they are now: of a segment by its cities or by its stops, or of the whole route.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetSeatAvailability {
    pub(super) route_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_city: Option<String>,
    /// Not together with cities. An end that is not named is the route's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_stop_index: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_stop_index: Option<u8>,
}
