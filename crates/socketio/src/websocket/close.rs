//! How a websocket ends: the close frame, its code and its reason.

use rooms::Frame;

use crate::encode::{Opcode, frame};

/// The code of a close frame (RFC 6455, section 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// 1000
    Normal,
    /// 1001: the server is going away.
    GoingAway,
    /// 1002
    Protocol,
    /// 1003: this kind of message is not accepted here.
    Unsupported,
    /// 1007: a text was not UTF-8.
    NotUtf8,
    /// 1008: the application objects.
    Policy,
    /// 1009
    TooBig,
    /// 1013: the server has closed the connection, but the client may try again.
    TryAgainLater,
}

impl CloseCode {
    pub(crate) fn number(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::Protocol => 1002,
            Self::Unsupported => 1003,
            Self::NotUtf8 => 1007,
            Self::Policy => 1008,
            Self::TooBig => 1009,
            Self::TryAgainLater => 1013,
        }
    }

    /// The reason where nothing more precise is known.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Normal => "the connection is ended",
            Self::GoingAway => "the server is stopping",
            Self::Protocol => "the frame breaks the protocol (RFC 6455)",
            Self::Unsupported => "this kind of message is not taken here",
            Self::NotUtf8 => "the text is not UTF-8",
            Self::Policy => "the server ends this connection",
            Self::TooBig => "the message is too large",
            Self::TryAgainLater => "the server has given this connection up; come again",
        }
    }
}

/// A longer reason does not fit into a control frame with its code.
const REASON_BYTES_MAX: usize = 123;

/// A close frame with a reason: without one, a developer cannot know why.
pub fn close_frame(code: CloseCode, reason: &str) -> Frame {
    let mut len = reason.len().min(REASON_BYTES_MAX);
    while !reason.is_char_boundary(len) {
        len -= 1;
    }
    let [high, low] = code.number().to_be_bytes();
    let payload: Vec<u8> = [high, low].into_iter().chain(reason[..len].bytes()).collect();
    frame(Opcode::Close, &payload)
}

/// The answer to a close frame: the same code and reason back, or none if none was given.
pub(crate) fn close_echo(payload: &[u8]) -> Frame {
    frame(Opcode::Close, payload)
}
