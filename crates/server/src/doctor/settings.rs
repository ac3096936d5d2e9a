//! Settings: those that keep a server from starting, and those that are not meant for production.

use super::finding::Finding;
use crate::config::{Config, Fault, Mode};

const TOPIC: &str = "settings";

pub(super) fn look(config: &Config, faults: &[Fault]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = faults
        .iter()
        .map(|fault| {
            let why = "a server does not start with it";
            let change = "`seatwire check-config` shows every setting and where it comes from";
            Finding::change(TOPIC, fault.to_string(), why, change)
        })
        .collect();
    match config.mode {
        Mode::Development => findings.push(Finding::note(
            TOPIC,
            "SEATWIRE_MODE is development",
            "the demo's accounts are public, any web page may ask, and viewers see booking codes; \
             set it to production before others can reach the server",
        )),
        Mode::Production => findings.extend(for_the_public(config)),
    }
    if findings.is_empty() {
        findings.push(Finding::ok(TOPIC, "fit for production"));
    }
    findings
}

fn for_the_public(config: &Config) -> Vec<Finding> {
    // It is the only provider that there is; the operator should not learn that from an empty bank
    // account.
    let mut findings = vec![Finding::note(
        TOPIC,
        "payments go to the mock provider",
        "it takes any card and moves no money: every ticket that is paid online is a gift",
    )];
    if config.class_rates.is_none() {
        findings.push(Finding::change(
            TOPIC,
            "SEATWIRE_RATE_LIMIT is off",
            "anybody may try passwords and take seats as fast as they can ask",
            "leave it on; raise single limits instead",
        ));
    }
    let is_plain = config.tls.is_none() && !config.listen.is_loopback();
    if is_plain && config.trusted_proxies.0.is_empty() {
        findings.push(Finding::change(
            TOPIC,
            format!("{} speaks plain HTTP to other machines", config.listen),
            "tokens, phones and cards can be read on the way; and behind a proxy that is not \
             trusted all callers share its limits",
            "set SEATWIRE_TLS_CERT and SEATWIRE_TLS_KEY, or SEATWIRE_TRUSTED_PROXIES to the network \
             of the proxy that does TLS",
        ));
    }
    if config.data_keys.are_none() {
        findings.push(Finding::note(
            TOPIC,
            "SEATWIRE_DATA_KEY is not set",
            "whoever gets the database or a backup reads passengers' names, phones and identity \
             numbers",
        ));
    }
    if let Some(address) = config.metrics_listen.as_ref().filter(|it| !it.is_loopback()) {
        findings.push(Finding::note(
            TOPIC,
            format!("metrics are told on {address}"),
            "to whoever reaches it; only those who watch over the server should",
        ));
    }
    findings
}
