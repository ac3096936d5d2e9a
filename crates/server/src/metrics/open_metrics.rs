//! The same metrics as OpenMetrics 1.0.0, for clients that ask for it: made from Prometheus' text
//! form, line by line.
//!
//! The differences: a counter's family is named without `_total`, a family with a unit in its name
//! has a line about it, the bounds of buckets are written as floats, and the end is marked. This
//! file knows no single metric.

use std::fmt::Write as _;

/// Units that a family's name may end with (OpenMetrics, "Units and Base Units").
const UNITS: [&str; 2] = ["seconds", "bytes"];

/// `text` is what the exporter renders: `# HELP` and `# TYPE` in front of the samples of each
/// family.
pub(super) fn from_prometheus(text: &str) -> String {
    let mut told = String::with_capacity(text.len() + text.len() / 8);
    // Written before its type, but only the type says what the family is called.
    let mut help = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ');
        } else if let Some((name, kind)) =
            line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            describe(&mut told, name, kind, help.take().filter(|(of, _)| *of == name));
        } else if !line.is_empty() {
            told.push_str(&sample(line));
            told.push('\n');
        }
    }
    told.push_str("# EOF\n");
    told
}

fn describe(told: &mut String, name: &str, kind: &str, help: Option<(&str, &str)>) {
    let family = if kind == "counter" { name.strip_suffix("_total").unwrap_or(name) } else { name };
    // Writing into a string cannot fail.
    let _ = writeln!(told, "# TYPE {family} {kind}");
    let unit = UNITS
        .iter()
        .find(|unit| family.strip_suffix(**unit).is_some_and(|rest| rest.ends_with('_')));
    if let Some(unit) = unit {
        let _ = writeln!(told, "# UNIT {family} {unit}");
    }
    if let Some((_, help)) = help {
        // Prometheus does not escape quotes.
        let _ = writeln!(told, "# HELP {family} {}", help.replace('"', "\\\""));
    }
}

/// The bound of a bucket, which is a float, is written as one.
fn sample(line: &str) -> String {
    const BOUND: &str = "le=\"";
    let Some((before, rest)) = line.split_once(BOUND) else { return line.to_owned() };
    let Some((bound, after)) = rest.split_once('"') else { return line.to_owned() };
    let is_whole = !bound.is_empty() && bound.bytes().all(|byte| byte.is_ascii_digit());
    format!("{before}{BOUND}{bound}{}\"{after}", if is_whole { ".0" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::from_prometheus;

    #[test]
    fn each_line_takes_its_form() {
        let prometheus = "# HELP a_total How \"often\".\n# TYPE a_total counter\na_total{b=\"c\"} 1\n\n\
             # TYPE d_seconds histogram\nd_seconds_bucket{le=\"1\"} 2\n\
             d_seconds_bucket{le=\"0.5\"} 2\nd_seconds_bucket{le=\"+Inf\"} 3\nd_seconds_sum 4\n\
             d_seconds_count 3\n\n# HELP e_bytes_total Bytes.\n# TYPE e_bytes_total counter\n\
             e_bytes_total 5\n\n# TYPE seconds gauge\nseconds 6\n";
        let open_metrics = "# TYPE a counter\n# HELP a How \\\"often\\\".\na_total{b=\"c\"} 1\n\
             # TYPE d_seconds histogram\n# UNIT d_seconds seconds\nd_seconds_bucket{le=\"1.0\"} 2\n\
             d_seconds_bucket{le=\"0.5\"} 2\nd_seconds_bucket{le=\"+Inf\"} 3\nd_seconds_sum 4\n\
             d_seconds_count 3\n# TYPE e_bytes counter\n# UNIT e_bytes bytes\n# HELP e_bytes Bytes.\n\
             e_bytes_total 5\n# TYPE seconds gauge\nseconds 6\n# EOF\n";
        assert_eq!(from_prometheus(prometheus), open_metrics);
    }
}
