//! Why the server could not be started, and the exit code for it.

use std::fmt::Display;

use crate::config;
use crate::listen::ListenError;
use crate::open_database::OpenError;

/// Why a start failed, as a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error("{0}")]
    Store(#[from] OpenError),
    #[error("{0}")]
    Listen(#[from] ListenError),
    #[error("cannot keep the token secret in {path}: {cause}")]
    Secret { path: String, cause: std::io::Error },
    /// One line for each fault.
    #[error("{}", .0.join("\n"))]
    Accounts(Vec<String>),
    #[error("cannot start: {0}")]
    Other(String),
}

impl StartError {
    pub(super) fn other(cause: impl Display) -> Self {
        Self::Other(cause.to_string())
    }

    /// If something that the configuration asks for cannot be had, the configuration is at fault;
    /// in all other cases it is not.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            // A service manager restarts the process until the database is there.
            Self::Store(error) if error.is_outage() => 1,
            Self::Store(_) | Self::Secret { .. } | Self::Accounts(_) => config::EXIT_CODE_FAULT,
            Self::Listen(_) | Self::Other(_) => 1,
        }
    }
}
