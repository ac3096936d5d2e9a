//! The packets between a viewer and the server, in both dialects: Socket.IO over a bare WebSocket,
//! and plain JSON frames.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    SocketIo,
    Plain,
}

/// A packet of the server.
#[derive(Debug)]
pub(crate) enum Said<'a> {
    /// The engine is there; the namespace has to be asked for.
    Opened,
    /// Accepted in the namespace, with the secret for recovery if there is one.
    Welcome(Option<String>),
    Refused(&'a str),
    Ping,
    Event {
        name: &'a str,
        data: &'a str,
        /// The text that a stock client keeps as its offset.
        offset: Option<String>,
    },
    /// Disconnected for good.
    Goodbye,
    Nothing,
}

impl Dialect {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket",
            Self::Plain => "/seats",
        }
    }

    pub(crate) fn event(self, name: &str, data: &str) -> String {
        match self {
            Self::SocketIo => format!(r#"42/seats,["{name}",{data}]"#),
            Self::Plain => format!(r#"{{"event":"{name}","data":{data}}}"#),
        }
    }

    pub(crate) fn understand(self, frame: &[u8]) -> anyhow::Result<Said<'_>> {
        let text = std::str::from_utf8(frame)?;
        match self {
            Self::SocketIo => packet(text),
            Self::Plain => {
                #[derive(Deserialize)]
                struct Message<'a> {
                    event: &'a str,
                    #[serde(borrow)]
                    data: &'a RawValue,
                }
                let message: Message<'_> = serde_json::from_str(text)?;
                Ok(Said::Event { name: message.event, data: message.data.get(), offset: None })
            }
        }
    }
}

fn packet(text: &str) -> anyhow::Result<Said<'_>> {
    if let Some(event) = text.strip_prefix("42/seats,") {
        let parts: Vec<&RawValue> = serde_json::from_str(event)?;
        let [name, rest @ ..] = parts.as_slice() else { bail!("an event without a name") };
        let data = rest.first().map_or("null", |data| data.get());
        let last = rest.last().and_then(|last| serde_json::from_str::<String>(last.get()).ok());
        return Ok(Said::Event { name: serde_json::from_str(name.get())?, data, offset: last });
    }
    if let Some(welcome) = text.strip_prefix("40/seats,") {
        #[derive(Deserialize)]
        struct Welcome {
            pid: Option<String>,
        }
        return Ok(Said::Welcome(serde_json::from_str::<Welcome>(welcome)?.pid));
    }
    if let Some(error) = text.strip_prefix("44/seats,") {
        return Ok(Said::Refused(error));
    }
    match text.as_bytes().first().context("an empty packet")? {
        b'0' => Ok(Said::Opened),
        b'1' => Ok(Said::Goodbye),
        b'2' => Ok(Said::Ping),
        b'4' if text.starts_with("41") => Ok(Said::Goodbye),
        _ => Ok(Said::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Said};

    #[test]
    fn an_offset_is_a_text_in_the_last_place() {
        let heard = |text: &'static str| match Dialect::SocketIo.understand(text.as_bytes()) {
            Ok(Said::Event { name, data, offset }) => (name, data, offset),
            other => panic!("{other:?}"),
        };
        assert_eq!(heard(r#"42/seats,["a",{"b":1},"9"]"#), ("a", r#"{"b":1}"#, Some("9".into())));
        assert_eq!(heard(r#"42/seats,["a",{"b":1}]"#), ("a", r#"{"b":1}"#, None));
    }
}
