//! Which proxies are trusted when they say where a request comes from.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use super::fault::quoted;

/// Networks of the proxies in front of us; empty: no proxy is trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TrustedProxies(pub(crate) Vec<IpNet>);

impl fmt::Display for TrustedProxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("none");
        }
        let networks: Vec<String> = self.0.iter().map(IpNet::to_string).collect();
        formatter.write_str(&networks.join(","))
    }
}

pub(super) fn trusted_proxies(text: &str) -> Result<TrustedProxies, String> {
    if text.trim().is_empty() {
        return Ok(TrustedProxies::default());
    }
    text.split(',').map(|part| network(part.trim())).collect::<Result<_, _>>().map(TrustedProxies)
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network: IpNet = network
        .map_err(|_| format!("{} is no network such as `10.0.0.0/8` or `::1`", quoted(text)))?;
    // It would trust every caller, and a caller may write anything.
    if network.prefix_len() == 0 {
        return Err(format!("{} would believe everybody", quoted(text)));
    }
    Ok(network.trunc())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};

    #[test]
    fn networks_and_addresses() {
        let read = |text: &str| {
            let env = [("SEATWIRE_TRUSTED_PROXIES", text)];
            served(&[], &env, "").trusted_proxies.to_string()
        };
        assert_eq!(served(&[], &[], "").trusted_proxies.to_string(), "none");
        assert_eq!(read("10.1.2.3/8, ::1,192.0.2.7"), "10.0.0.0/8,::1/128,192.0.2.7/32");
        assert_eq!(
            served(&[], &[], "trusted_proxies = ['fd00::/8']").trusted_proxies.to_string(),
            "fd00::/8"
        );
        for text in ["proxy.example", "10.0.0.0/33", "10.0.0.1:80", "0.0.0.0/0", "::/0", "::1,"] {
            let told = faults(&[], &[("SEATWIRE_TRUSTED_PROXIES", text)], "");
            assert_eq!(told.len(), 1, "{text}: {told:?}");
        }
    }
}
