//! Which log lines are wanted, as a `tracing` filter.
//!
//! The filter's own grammar takes any single word for the name of a module, so that `debgu` would
//! silence everything without a message. Here a single word must be a level. Where log lines go,
//! and in what form, is not decided here.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::fault::quoted;

pub(super) fn log(text: &str) -> Result<String, String> {
    // Spans (`[span{field=value}]=level`) may contain commas and are left to the grammar.
    let filter = if text.contains('[') { text.to_owned() } else { without_lone_words(text)? };
    match EnvFilter::try_new(&filter) {
        Ok(_) => Ok(filter),
        Err(error) => Err(format!("{} is not a log filter: {error}", quoted(text))),
    }
}

/// The same filter without spaces around its parts, which the grammar does not accept.
fn without_lone_words(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let lone_word = |part: &str| !part.contains('=') && part.parse::<LevelFilter>().is_err();
    match parts.iter().find(|part| part.is_empty() || lone_word(part)) {
        None => Ok(parts.join(",")),
        Some(part) => Err(format!(
            "{} is no level (off, error, warn, info, debug, trace), nor `module=level`",
            quoted(part)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};

    #[test]
    fn levels_modules_and_spans() {
        for filter in
            ["off", "info,rooms=debug", "warn,store_sqlite::writer=trace", "[pass{a=1}]=debug"]
        {
            assert_eq!(served(&["--log", filter], &[], "").log, filter);
        }
        assert_eq!(served(&["--log", " warn , rooms=debug"], &[], "").log, "warn,rooms=debug");
    }

    #[test]
    fn what_would_silently_log_nothing_is_refused() {
        for (filter, part) in
            [("debgu", "debgu"), ("", ""), ("info,,warn", ""), ("info,rooms", "rooms")]
        {
            assert_eq!(
                faults(&[&format!("--log={filter}")], &[], ""),
                [format!(
                    "--log: {part:?} is no level (off, error, warn, info, debug, trace), nor \
                     `module=level`"
                )]
            );
        }
        for filter in ["rooms=loud", "info,a=b=c", "[pass=debug"] {
            let told = faults(&["--log", filter], &[], "").join("\n");
            assert!(
                told.starts_with(&format!("--log: {filter:?} is not a log filter: ")),
                "{told}"
            );
        }
    }
}
