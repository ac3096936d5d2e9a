//! The operator's own identity provider: where its keys are, and which of its tokens are accepted.
//!
//! Keys are read over https, except from this machine: an attacker who could change them on the way
//! could log in as any user.

use domain::Role;
use http::Uri;

use super::fault::quoted;

#[derive(Debug, Clone)]
pub(crate) struct ProviderConfig {
    pub(crate) jwks_url: Uri,
    /// `iss` of its tokens.
    pub(crate) issuer: String,
    /// `aud` of the tokens that are meant for us.
    pub(crate) audience: String,
    /// The claim with the roles; dots lead into objects.
    pub(crate) role_claim: String,
    /// Which role each word there stands for.
    pub(crate) roles: Vec<(String, Role)>,
}

pub(super) fn jwks_url(text: &str) -> Result<Uri, String> {
    let told =
        || format!("{} is not an address such as `https://id.firma.example/keys`", quoted(text));
    let url: Uri = text.parse().map_err(|_| told())?;
    let host = url.host().ok_or_else(told)?;
    let is_here = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    match url.scheme_str() {
        Some("https") => Ok(url),
        Some("http") if is_here => Ok(url),
        Some("http") => {
            Err("must be https: whoever changed the keys on the way could be anybody".to_owned())
        }
        _ => Err(told()),
    }
}

pub(super) fn word(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// `word=ROLE`, comma-separated.
pub(super) fn roles(text: &str) -> Result<Vec<(String, Role)>, String> {
    let pair = |pair: &str| {
        let (word, role) = pair.split_once('=')?;
        let role = Role::parse(role.trim()).filter(|role| role.is_staff())?;
        let word = word.trim();
        (!word.is_empty()).then(|| (word.to_owned(), role))
    };
    let roles: Option<Vec<_>> = text.split(',').map(pair).collect();
    roles.ok_or_else(|| format!("{} is not a list such as `desk=AGENT,boss=ADMIN`", quoted(text)))
}

pub(super) fn show_roles(roles: &[(String, Role)]) -> String {
    let pairs: Vec<_> =
        roles.iter().map(|(word, role)| format!("{word}={}", role.as_str())).collect();
    pairs.join(",")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};
    use domain::Role;

    const URL: (&str, &str) = ("SEATWIRE_JWKS_URL", "https://id.firma.example/keys");
    const ISSUER: (&str, &str) = ("SEATWIRE_JWKS_ISSUER", "https://id.firma.example");
    const AUDIENCE: (&str, &str) = ("SEATWIRE_JWKS_AUDIENCE", "seatwire");

    #[test]
    fn a_provider_is_where_its_keys_are_and_whom_its_tokens_are_for() {
        let roles = ("SEATWIRE_JWKS_ROLES", "desk=AGENT, boss=ADMIN");
        let config = served(&[], &[URL, ISSUER, AUDIENCE, roles], "").provider.unwrap();
        assert_eq!((config.issuer.as_str(), config.audience.as_str()), (ISSUER.1, AUDIENCE.1));
        assert_eq!(config.role_claim, "role");
        let mapped = [("desk".to_owned(), Role::Agent), ("boss".to_owned(), Role::Admin)];
        assert_eq!(config.roles, mapped);
        assert!(served(&[], &[], "").provider.is_none());
    }

    #[test]
    fn half_a_provider_or_an_unsafe_one_is_refused() {
        let told = faults(&[], &[URL], "");
        assert_eq!(
            told,
            [
                "SEATWIRE_JWKS_ISSUER: must be set together with jwks_url",
                "SEATWIRE_JWKS_AUDIENCE: must be set together with jwks_url",
            ]
        );
        for (url, says) in [
            ("http://id.firma.example/keys", "must be https"),
            ("id.firma.example", "is not an address"),
            ("ftp://id.firma.example", "is not an address"),
        ] {
            let told = faults(&[], &[("SEATWIRE_JWKS_URL", url), ISSUER, AUDIENCE], "");
            assert!(told.len() == 1 && told[0].contains(says), "{told:?}");
        }
        for roles in ["desk", "desk=CUSTOMER", "desk=BOSS", "=ADMIN", "a=ADMIN,"] {
            let told = faults(&[], &[URL, ISSUER, AUDIENCE, ("SEATWIRE_JWKS_ROLES", roles)], "");
            assert!(told.len() == 1 && told[0].contains("is not a list"), "{roles}: {told:?}");
        }
    }
}
