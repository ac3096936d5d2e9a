//! Why a route cannot be watched.

use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    #[error("there is no such route")]
    RouteNotFound,
    #[error("this connection watches too many routes")]
    TooManyRoutes,
    #[error("there are too many viewers")]
    TooManyViewers,
    /// The viewer has gone meanwhile: there is no one to answer.
    #[error("the viewer is gone")]
    Gone,
    #[error(transparent)]
    Store(#[from] StoreError),
}
