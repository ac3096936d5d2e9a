//! Where Redis is. Its address contains a password, so a refused one is never repeated.

use std::fmt;

use fanout_redis::Address;

/// Shown without its password.
#[derive(Clone)]
pub(crate) struct RedisUrl(pub(crate) Address);

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

pub(super) fn redis(text: &str) -> Result<RedisUrl, String> {
    match Address::parse(text) {
        Ok(address) => Ok(RedisUrl(address)),
        Err(error) => Err(format!("names no Redis: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};

    const POSTGRES: [&str; 2] = ["--database", "postgres://u@localhost/d"];
    const SECRET: (&str, &str) = ("SEATWIRE_JWT_SECRET", "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0");

    #[test]
    fn it_is_shown_without_its_password() {
        let url = "rediss+sentinel://ada:hunter2@a,b:7/seats?sentinelpassword=hunter2";
        let config = served(&POSTGRES, &[SECRET, ("SEATWIRE_REDIS", url)], "");
        let redis = config.redis.as_ref().map(ToString::to_string);
        assert_eq!(redis.as_deref(), Some("rediss+sentinel://a:26379,b:7/seats"));
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(served(&POSTGRES, &[SECRET], "").redis.is_none());
    }

    #[test]
    fn what_cannot_be_meant_is_refused_without_being_repeated() {
        let told = faults(&POSTGRES, &[SECRET, ("SEATWIRE_REDIS", "redis://:hunter2@h:x")], "");
        assert_eq!(
            told,
            ["SEATWIRE_REDIS: names no Redis: a port must be a number from 1 to 65535"]
        );
    }

    #[test]
    fn a_file_has_one_server() {
        let told = faults(&["--redis", "redis://cache"], &[], "");
        assert_eq!(
            told,
            ["--redis: is the way between servers of one PostgreSQL database; a SQLite file has \
             one server"]
        );
    }
}
