//! Writes that the program makes by itself, as methods of the store.

use domain::{
    Actor, Bus, BusDetails, BusFeature, BusFeaturePatch, BusId, BusPatch, FeatureId, LayoutId,
    RouteId, RoutePatch, RoutePlan, SeatLayout, SeatLayoutPatch, Station, StationId, StationPatch,
    User, UserId,
};
use jiff::Timestamp;

use crate::error::Command;
use crate::{
    AccountChange, CatalogueWrite, Done, Envelope, PasswordHash, PeopleWrite, RouteView, Store,
    TokenDigest, Write,
};

/// For the demo, the tools and the tests. They go through the same
/// door.
impl dyn Store {
    async fn by_itself(&self, write: impl Into<Write>, now: Timestamp) -> Command<Done> {
        self.send(Envelope::new(write, Actor::System, now)).await
    }

    /// Makes a route.
    pub async fn create_route(
        &self,
        id: RouteId,
        plan: RoutePlan,
        now: Timestamp,
    ) -> Command<RouteView> {
        Ok(self.by_itself(CatalogueWrite::CreateRoute(id, plan), now).await?.route())
    }

    /// Changes a route.
    pub async fn update_route(
        &self,
        id: RouteId,
        patch: RoutePatch,
        now: Timestamp,
    ) -> Command<RouteView> {
        Ok(self.by_itself(CatalogueWrite::ChangeRoute(id, patch), now).await?.route())
    }

    /// Deletes a route.
    pub async fn delete_route(&self, id: RouteId, now: Timestamp) -> Command<()> {
        self.by_itself(CatalogueWrite::DeleteRoute(id), now).await.map(drop)
    }

    /// Makes a bus.
    pub async fn create_bus(&self, id: BusId, details: BusDetails, now: Timestamp) -> Command<Bus> {
        Ok(self.by_itself(CatalogueWrite::CreateBus(id, details), now).await?.bus())
    }

    /// Changes a bus.
    pub async fn update_bus(&self, id: BusId, patch: BusPatch, now: Timestamp) -> Command<Bus> {
        Ok(self.by_itself(CatalogueWrite::ChangeBus(id, patch), now).await?.bus())
    }

    /// Deletes a bus.
    pub async fn delete_bus(&self, id: BusId, now: Timestamp) -> Command<()> {
        self.by_itself(CatalogueWrite::DeleteBus(id), now).await.map(drop)
    }

    /// Makes a seat layout.
    pub async fn create_seat_layout(&self, kept: SeatLayout) -> Command<SeatLayout> {
        let now = kept.created_at;
        Ok(self.by_itself(CatalogueWrite::CreateSeatLayout(kept), now).await?.seat_layout())
    }

    /// Changes a seat layout.
    pub async fn update_seat_layout(
        &self,
        id: LayoutId,
        patch: SeatLayoutPatch,
        now: Timestamp,
    ) -> Command<SeatLayout> {
        let write = CatalogueWrite::ChangeSeatLayout(id, patch);
        Ok(self.by_itself(write, now).await?.seat_layout())
    }

    /// Deletes a seat layout.
    pub async fn delete_seat_layout(&self, id: LayoutId, now: Timestamp) -> Command<()> {
        self.by_itself(CatalogueWrite::DeleteSeatLayout(id), now).await.map(drop)
    }

    /// Makes a feature of buses.
    pub async fn create_bus_feature(
        &self,
        feature: BusFeature,
        now: Timestamp,
    ) -> Command<BusFeature> {
        Ok(self.by_itself(CatalogueWrite::CreateBusFeature(feature), now).await?.bus_feature())
    }

    /// Changes a feature of buses.
    pub async fn update_bus_feature(
        &self,
        id: FeatureId,
        patch: BusFeaturePatch,
        now: Timestamp,
    ) -> Command<BusFeature> {
        let write = CatalogueWrite::ChangeBusFeature(id, patch);
        Ok(self.by_itself(write, now).await?.bus_feature())
    }

    /// Deletes a feature of buses.
    pub async fn delete_bus_feature(&self, id: FeatureId, now: Timestamp) -> Command<()> {
        self.by_itself(CatalogueWrite::DeleteBusFeature(id), now).await.map(drop)
    }

    /// Gives a bus the token that its device shows.
    pub async fn save_bus_token(
        &self,
        id: BusId,
        digest: TokenDigest,
        now: Timestamp,
    ) -> Command<()> {
        self.by_itself(CatalogueWrite::GiveBusToken(id, digest), now).await.map(drop)
    }

    /// Ends the token of a bus.
    pub async fn revoke_bus_token(&self, id: BusId, now: Timestamp) -> Command<()> {
        self.by_itself(CatalogueWrite::RevokeBusToken(id), now).await.map(drop)
    }

    /// Makes a station.
    pub async fn create_station(&self, station: Station) -> Command<Station> {
        let now = station.created_at;
        Ok(self.by_itself(CatalogueWrite::CreateStation(station), now).await?.station())
    }

    /// Changes a station.
    pub async fn update_station(
        &self,
        id: StationId,
        patch: StationPatch,
        now: Timestamp,
    ) -> Command<Station> {
        Ok(self.by_itself(CatalogueWrite::ChangeStation(id, patch), now).await?.station())
    }

    /// Deletes a station.
    pub async fn delete_station(&self, id: StationId, now: Timestamp) -> Command<()> {
        self.by_itself(CatalogueWrite::DeleteStation(id), now).await.map(drop)
    }

    /// Makes an account.
    pub async fn create_user(&self, user: User, password_hash: String) -> Command<User> {
        let now = user.created_at;
        let write = PeopleWrite::CreateUser(user, PasswordHash(password_hash));
        Ok(self.by_itself(write, now).await?.user())
    }

    /// Changes an account.
    pub async fn change_account(
        &self,
        id: UserId,
        change: AccountChange,
        now: Timestamp,
    ) -> Command<User> {
        Ok(self.by_itself(PeopleWrite::ChangeAccount(id, change), now).await?.user())
    }
}
