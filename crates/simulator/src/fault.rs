//! A broken promise in words, as an auditor reports it.

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub(crate) String);

pub(crate) type Checked<T = ()> = Result<T, Fault>;

/// A fault in these words, unless the promise is kept.
pub(crate) fn ensure(kept: bool, words: impl FnOnce() -> String) -> Checked {
    if kept { Ok(()) } else { Err(Fault(words())) }
}

macro_rules! simulator_broke {
    ($($error:ty),*) => {$(
        impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self(format!("the simulation itself failed: {error}"))
            }
        }
    )*};
}

simulator_broke!(
    rusqlite::Error,
    std::io::Error,
    store::StoreError,
    store::CommandError,
    store_sqlite::stepped::DiskError,
    tokio::task::JoinError
);
