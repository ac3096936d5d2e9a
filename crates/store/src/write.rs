//! What can be written: every change that the program makes.
//!
//! A new kind of write is a new variant here, which is then checked, kept under its key and audited
//! like all others.

use domain::audit::Shown;
use domain::{
    BusDetails, BusFeature, BusFeaturePatch, BusId, BusPatch, Command, FeatureId, LayoutId,
    RouteId, RoutePatch, RoutePlan, SeatLayout, SeatLayoutPatch, Station, StationId, StationPatch,
    TokenGeneration, User, UserId, ViewerOrder,
};

use crate::{
    AccountChange, FactorWrite, MailWrite, NodeId, PasswordHash, PruneWrite, RefreshToken,
    TokenDigest, TokenLetter,
};

/// A change, by the part that decides on it.
#[derive(Clone, Debug)]
pub enum Write {
    /// Decided in memory, a whole group at once.
    Inventory(Command),
    /// The rest is written by itself, in the order in which it was asked for.
    Catalogue(CatalogueWrite),
    /// Accounts.
    People(PeopleWrite),
    /// Deletes what has been kept long enough. The audit has no row of it.
    Prune(PruneWrite),
    /// Changes nothing: it only makes the audit's row of whose data was shown to whom.
    Shown(Shown),
    /// What is to be done about viewers, ordered at this node; the others find it in
    /// [`ViewerOrders`](crate::ViewerOrders).
    Viewers(NodeId, ViewerOrder),
    /// Writes only what goes with the request: a request that was refused before it came here gets
    /// its answer under its key.
    Nothing,
}

/// The answer is what was made or changed. A change of a route that is no sale (see
/// [`domain::RouteChange`]) is sent like a seat's event, in the same order; so is a change of a
/// bus's seats, on every route that it has yet to finish.
#[derive(Clone, Debug)]
pub enum CatalogueWrite {
    /// A route is made.
    CreateRoute(RouteId, RoutePlan),
    /// A route's plan changes, as far as what was sold allows.
    ChangeRoute(RouteId, RoutePatch),
    /// Only one that nothing was sold on.
    DeleteRoute(RouteId),
    /// A bus is made.
    CreateBus(BusId, BusDetails),
    /// A bus changes, as far as what was sold on it allows.
    ChangeBus(BusId, BusPatch),
    /// Only one without a route.
    DeleteBus(BusId),
    /// A seat layout is made.
    CreateSeatLayout(SeatLayout),
    /// Changes every bus that has it, with an event on every route that they have yet to finish;
    /// changes nothing when one of them has sold seats.
    ChangeSeatLayout(LayoutId, SeatLayoutPatch),
    /// Not while a bus has it.
    DeleteSeatLayout(LayoutId),
    /// A feature that buses can have.
    CreateBusFeature(BusFeature),
    /// On every bus that has it.
    ChangeBusFeature(FeatureId, BusFeaturePatch),
    /// Takes it off every bus that has it.
    DeleteBusFeature(FeatureId),
    /// In place of the token that the bus had.
    GiveBusToken(BusId, TokenDigest),
    /// Afterwards no device may report for the bus; also if none did before.
    RevokeBusToken(BusId),
    /// A station is made.
    CreateStation(Station),
    /// A station changes.
    ChangeStation(StationId, StationPatch),
    /// A station is deleted.
    DeleteStation(StationId),
}

/// A change of who can log in, and as what.
#[derive(Clone)]
pub enum PeopleWrite {
    /// An account, with what its password is compared with.
    CreateUser(User, PasswordHash),
    /// Queries that are asked after this was answered see the change. The last administrator who
    /// can log in stays one.
    ChangeAccount(UserId, AccountChange),
    /// The same, with a letter that asks to verify the address.
    Register(User, PasswordHash, Box<TokenLetter>),
    /// Begins a login that can be refreshed. It ends with this generation of the account's tokens.
    BeginFamily(UserId, TokenGeneration, RefreshToken),
    /// Puts `next` in place of the token that was shown. The answer is the account, with the digest
    /// of its next token, or none: the token was not, or not any more, the family's token. Then the
    /// family has ended, if the text was one of its tokens ever. The last token may be shown again
    /// for some seconds, if its `next` is the same, by either of its digests.
    Refresh {
        /// Of the token that was shown.
        shown: TokenDigest,
        /// Whether its text bears the mark of the program: then it was a token of this family.
        made_here: bool,
        /// What takes its place.
        next: RefreshToken,
    },
    /// What is done about second factors.
    Factor(FactorWrite),
    /// What is done about letters, and by the tokens that they bring.
    Mail(MailWrite),
}

impl std::fmt::Debug for PeopleWrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CreateUser(user, _) => f.debug_tuple("CreateUser").field(&user.id).finish(),
            Self::ChangeAccount(id, change) => {
                f.debug_tuple("ChangeAccount").field(id).field(change).finish()
            }
            Self::BeginFamily(id, ..) => f.debug_tuple("BeginFamily").field(id).finish(),
            Self::Refresh { .. } => f.write_str("Refresh"),
            Self::Register(user, ..) => f.debug_tuple("Register").field(&user.id).finish(),
            Self::Mail(write) => write.fmt(f),
            Self::Factor(write) => write.fmt(f),
        }
    }
}

impl From<Command> for Write {
    fn from(command: Command) -> Self {
        Self::Inventory(command)
    }
}

impl From<CatalogueWrite> for Write {
    fn from(write: CatalogueWrite) -> Self {
        Self::Catalogue(write)
    }
}

impl From<PeopleWrite> for Write {
    fn from(write: PeopleWrite) -> Self {
        Self::People(write)
    }
}

impl From<(NodeId, ViewerOrder)> for Write {
    fn from((node, order): (NodeId, ViewerOrder)) -> Self {
        Self::Viewers(node, order)
    }
}

impl From<PruneWrite> for Write {
    fn from(write: PruneWrite) -> Self {
        Self::Prune(write)
    }
}

impl From<Shown> for Write {
    fn from(shown: Shown) -> Self {
        Self::Shown(shown)
    }
}
