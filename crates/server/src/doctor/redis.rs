//! Redis between the servers: it can be reached, and passes messages on.

use fanout_redis::try_out;

use super::finding::Finding;
use crate::awaited::awaited;
use crate::config::Config;

const TOPIC: &str = "redis";

/// Nothing where no Redis is named.
pub(super) fn look(config: &Config) -> Option<Finding> {
    let redis = config.redis.as_ref()?;
    Some(match awaited(try_out(&redis.0)) {
        Ok(()) => Finding::ok(TOPIC, format!("{redis}: passes on what is said")),
        Err(error) => Finding::change(
            TOPIC,
            format!("{redis}: {error}"),
            "servers then look four times a second for what others have sold: nothing is lost, and \
             viewers learn of it later",
            "see whether it runs (a Cluster: Redis 7 or newer), that host, user, password and TLS are \
             right, and that the user may use the channels `seatwire:*`",
        ),
    })
}
