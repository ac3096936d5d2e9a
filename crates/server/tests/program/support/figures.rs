//! The server's metrics, sample by sample.

use super::api::Api;
use super::running_server::RunningServer;
use super::waiting::wait_for;

/// The value of a sample, written as Prometheus does, with its labels.
pub fn value(text: &str, sample: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(&format!("{sample} ")))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Whoever reaches the port that is only for the operator (`SEATWIRE_METRICS_LISTEN`).
pub fn operators(server: &RunningServer) -> Api {
    // The line was written before the one on stdout, but another thread reads it.
    wait_for("the address in the log", || server.log().contains("metrics_url="));
    let log = server.log();
    let told = log.split("metrics_url=").nth(1).expect("it is there");
    let url = told.split_whitespace().next().expect("an address");
    Api::new(url.trim_matches('"').to_owned())
}

/// The same as an administrator sees it now.
pub fn figure(admin: &Api, sample: &str) -> f64 {
    let answer = admin.get("/metrics");
    let told = value(answer.text(), sample);
    told.unwrap_or_else(|| panic!("no {sample} in {}", answer.text()))
}
