//! The address of the collector of traces: OTLP over HTTP, so an address is enough.
//!
//! The standard variable for it, which an operator may have set for every program of a machine, is
//! read too; ours wins.

use http::Uri;

use super::fault::quoted;

/// See the OpenTelemetry specification, "OTLP Exporter Configuration".
pub(super) const STANDARD_VARIABLE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

pub(super) fn endpoint(text: &str) -> Result<Uri, String> {
    let told = || format!("{} is not an address such as `http://localhost:4318`", quoted(text));
    let url: Uri = text.parse().map_err(|_| told())?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    if !is_http || url.host().is_none_or(str::is_empty) || url.query().is_some() {
        return Err(told());
    }
    if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("must have no password in it: what the collector wants to see goes into \
                    OTEL_EXPORTER_OTLP_HEADERS"
            .to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};
    use super::STANDARD_VARIABLE;

    const OURS: &str = "SEATWIRE_OTLP_ENDPOINT";

    fn endpoint(env: &[(&str, &str)], file: &str) -> Option<String> {
        served(&[], env, file).otlp_endpoint.map(|url| url.to_string())
    }

    #[test]
    fn the_standard_variable_counts_where_ours_is_not_set() {
        let standard = (STANDARD_VARIABLE, "http://collector:4318");
        assert_eq!(endpoint(&[], ""), None);
        assert_eq!(endpoint(&[standard], "").as_deref(), Some("http://collector:4318/"));
        let ours = (OURS, "https://traces.firma.example/otlp");
        for env in [[standard, ours], [ours, standard]] {
            assert_eq!(endpoint(&env, "").as_deref(), Some(ours.1));
        }
        assert_eq!(endpoint(&[(STANDARD_VARIABLE, "")], ""), None, "empty is not set");
    }

    #[test]
    fn what_is_no_address_of_a_collector_is_refused_where_it_stands() {
        for bad in ["collector:4318", "grpc://collector", "http://", "http://c/?a=b"] {
            for variable in [OURS, STANDARD_VARIABLE] {
                let told = faults(&[], &[(variable, bad)], "");
                let begins = format!("{variable}: ");
                assert!(told.len() == 1 && told[0].starts_with(&begins), "{bad}: {told:?}");
                assert!(told[0].contains("is not an address"), "{told:?}");
            }
        }
        let told = faults(&[], &[(OURS, "http://ada:hunter2@collector")], "");
        assert!(told.len() == 1 && !told[0].contains("hunter2"), "{told:?}");
    }
}
