//! Settings that are one of a few words.
//!
//! A word is taken exactly as written: a mode that was nearly right must not fall back to the
//! weaker one.

use std::fmt;

use super::fault::quoted;

/// How much the server trusts its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Development,
    /// Refuses unsafe settings, hides passengers from other viewers, logs JSON lines.
    Production,
}

/// Whether a realtime viewer must show a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GatewayAuth {
    Optional,
    Required,
}

/// How many requests a caller may make. There is nothing yet but the absence of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RateLimit {
    Off,
}

pub(super) fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "development" => Ok(Mode::Development),
        "production" => Ok(Mode::Production),
        _ => Err(format!("{} is neither `development` nor `production`", quoted(text))),
    }
}

pub(super) fn gateway_auth(text: &str) -> Result<GatewayAuth, String> {
    match text {
        "optional" => Ok(GatewayAuth::Optional),
        "required" => Ok(GatewayAuth::Required),
        _ => Err(format!("{} is neither `optional` nor `required`", quoted(text))),
    }
}

pub(super) fn flag(text: &str) -> Result<bool, String> {
    switch(text).ok_or_else(|| format!("{} is neither `true` nor `false`", quoted(text)))
}

pub(super) fn rate_limit(text: &str) -> Result<RateLimit, String> {
    match switch(text) {
        Some(false) => Ok(RateLimit::Off),
        Some(true) => Err("rate limiting is not supported by this version; leave it unset or \
                           `off`, and limit requests in a proxy in front"
            .to_owned()),
        None => Err(format!("{} is not `off`", quoted(text))),
    }
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "true" | "on" => Some(true),
        "false" | "off" => Some(false),
        _ => None,
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
}

impl fmt::Display for GatewayAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Optional => "optional",
            Self::Required => "required",
        })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Off => "off",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};
    use super::GatewayAuth;

    #[test]
    fn words_are_taken_as_written() {
        let env = [("SEATWIRE_GATEWAY_AUTH", "required"), ("SEATWIRE_RATE_LIMIT", "off")];
        let config = served(&[], &env, "");
        assert_eq!(config.gateway_auth, GatewayAuth::Required);
        for (name, word, told) in [
            (
                "SEATWIRE_MODE",
                "Production",
                "\"Production\" is neither `development` nor `production`",
            ),
            ("SEATWIRE_MODE", "", "\"\" is neither `development` nor `production`"),
            ("SEATWIRE_GATEWAY_AUTH", "yes", "\"yes\" is neither `optional` nor `required`"),
            ("SEATWIRE_DEMO", " true", "\" true\" is neither `true` nor `false`"),
            ("SEATWIRE_RATE_LIMIT", "100", "\"100\" is not `off`"),
        ] {
            assert_eq!(faults(&[], &[(name, word)], ""), [format!("{name}: {told}")]);
        }
    }

    #[test]
    fn a_rate_limit_that_would_not_be_kept_is_refused_by_name() {
        let told = "rate limiting is not supported by this version; leave it unset or `off`, and \
                    limit requests in a proxy in front";
        let env = [("SEATWIRE_RATE_LIMIT", "on")];
        assert_eq!(faults(&[], &env, ""), [format!("SEATWIRE_RATE_LIMIT: {told}")]);
        let told = format!("seatwire.toml: rate_limit: {told}");
        assert_eq!(faults(&[], &[], "rate_limit = true"), [told]);
    }
}
