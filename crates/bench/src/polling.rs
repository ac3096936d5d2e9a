//! A viewer of one departure over Socket.IO's long polling, which answers pings and ignores
//! everything else.
//!
//! One connection carries everything: posts go between two polls.

use anyhow::{Context as _, ensure};
use tokio::net::TcpStream;

use crate::keep_alive::KeepAlive;

pub(crate) struct Polling {
    connection: KeepAlive,
    /// The address of its session.
    path: String,
}

/// The handshake and the subscription; a poll is not pending yet.
pub(crate) async fn join(stream: TcpStream, route: &str) -> anyhow::Result<Polling> {
    let path = "/socket.io/?EIO=4&transport=polling".to_owned();
    let mut viewer = Polling { connection: KeepAlive::over(stream), path };
    let open = viewer.poll().await?;
    let sid = open.split_once(r#""sid":""#).and_then(|(_, rest)| rest.split('"').next());
    viewer.path = format!("{}&sid={}", viewer.path, sid.context("no `sid`")?);
    viewer.post("40/seats,").await?;
    viewer.wait_for("40/seats").await?;
    viewer.post(&format!(r#"42/seats,["subscribe_route",{{"routeId":"{route}"}}]"#)).await?;
    viewer.wait_for(r#"42/seats,["subscribed""#).await?;
    Ok(viewer)
}

impl Polling {
    /// Polls until the server ends it.
    pub(crate) async fn watch(mut self) -> anyhow::Result<()> {
        loop {
            self.hear().await?;
        }
    }

    async fn wait_for(&mut self, start: &str) -> anyhow::Result<()> {
        while !self.hear().await?.contains(start) {}
        Ok(())
    }

    /// One poll; a ping in it is answered.
    async fn hear(&mut self) -> anyhow::Result<String> {
        let payload = self.poll().await?;
        if payload.split('\u{1e}').any(|packet| packet == "2") {
            self.post("3").await?;
        }
        Ok(payload)
    }

    async fn poll(&mut self) -> anyhow::Result<String> {
        let request = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", self.path);
        let answer = self.connection.wait(request.as_bytes()).await?;
        Ok(String::from_utf8(answer.good()?.to_vec())?)
    }

    async fn post(&mut self, packet: &str) -> anyhow::Result<()> {
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain;charset=UTF-8\r\n\
             Content-Length: {}\r\n\r\n{packet}",
            self.path,
            packet.len()
        );
        let answer = self.connection.wait(request.as_bytes()).await?;
        ensure!(answer.good()? == b"ok", "a packet was not taken");
        Ok(())
    }
}
