//! The server's metrics, sample by sample.

use super::api::Api;

/// The value of a sample, written as Prometheus does, with its labels.
pub fn value(text: &str, sample: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(&format!("{sample} ")))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// The same as an administrator sees it now.
pub fn figure(admin: &Api, sample: &str) -> f64 {
    let answer = admin.get("/metrics");
    let told = value(answer.text(), sample);
    told.unwrap_or_else(|| panic!("no {sample} in {}", answer.text()))
}
