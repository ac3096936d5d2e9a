//! Whether Redis can do its part, as far as that can be tried without a node.

use std::time::Duration;

use tokio::time::timeout;

use crate::address::Address;
use crate::connection::{ANSWER_SECONDS_MAX, Finder, LinkError, Push};

/// Connects, subscribes to a channel of its own, and says something there, which has to come back:
/// with the login, TLS, version and rights that a node needs.
pub async fn try_out(address: &Address) -> Result<(), LinkError> {
    let word = format!("{:032x}", fastrand::u128(..));
    let channel = format!("seatwire:trial:{word}");
    let (mut connection, mut pushes) = Finder::of(address)?.open().await?;
    connection.subscribe(&channel).await?;
    connection.publish(&channel, &[word.as_bytes()]).await?;
    let heard = timeout(Duration::from_secs(ANSWER_SECONDS_MAX), pushes.next()).await;
    match heard.map_err(|_| LinkError::Silent)? {
        Push::Message(message) if message == word.as_bytes() => Ok(()),
        Push::Message(_) => Err(LinkError::Silent),
        Push::Lost(error) => Err(error),
    }
}
