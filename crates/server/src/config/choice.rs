//! Settings that are one of a few words.
//!
//! A word is accepted only exactly as written: a misspelt mode must not become the weaker one.

use std::fmt;

use domain::NeighbourRule;

use super::fault::quoted;

/// How much the server trusts its environment.
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

pub(super) fn neighbour_rule(text: &str) -> Result<NeighbourRule, String> {
    NeighbourRule::parse(text)
        .ok_or_else(|| format!("{} is neither `off` nor `same_gender`", quoted(text)))
}

pub(super) fn flag(text: &str) -> Result<bool, String> {
    switch(text).ok_or_else(|| format!("{} is neither `true` nor `false`", quoted(text)))
}

/// Whether rate limits apply.
pub(super) fn rate_limit(text: &str) -> Result<bool, String> {
    switch(text).ok_or_else(|| format!("{} is neither `on` nor `off`", quoted(text)))
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
            ("SEATWIRE_NEIGHBOUR_RULE", "on", "\"on\" is neither `off` nor `same_gender`"),
            ("SEATWIRE_DEMO", " true", "\" true\" is neither `true` nor `false`"),
            ("SEATWIRE_RATE_LIMIT", "100", "\"100\" is neither `on` nor `off`"),
        ] {
            assert_eq!(faults(&[], &[(name, word)], ""), [format!("{name}: {told}")]);
        }
    }
}
