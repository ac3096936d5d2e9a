//! The settings file: flat TOML, one key per setting.
//!
//! `seatwire.toml` in the working directory may be missing; a file named by `--config` may not. At
//! most [`FILE_BYTES_MAX`] are read, wherever the path leads. The TOML library's own report quotes
//! the faulty line, which may contain a secret: only its message and the line's number go into a
//! fault.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use toml::{Table, Value};

use super::fault::{Fault, cut, nearest};
use super::given::{Given, Source};
use super::settings::{SETTINGS, Setting, TomlType};

const FILE_NAME: &str = "seatwire.toml";
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Puts the values of the file into `given`. `asked` is relative to `cwd`, as everything that is
/// typed.
pub(super) fn read(cwd: &Path, asked: Option<&OsStr>, given: &mut Given) {
    let path = Path::new(asked.unwrap_or(OsStr::new(FILE_NAME)));
    let place = cut(&path.to_string_lossy());
    let text = match text_of(&cwd.join(path)) {
        Ok(text) => text,
        Err(error) if asked.is_none() && error.kind() == ErrorKind::NotFound => return,
        Err(error) => {
            given.faults.push(Fault::source(&place, &format!("cannot be read: {error}")));
            return;
        }
    };
    match text.parse::<Table>() {
        Ok(table) => take(table, &place, given),
        Err(error) => {
            let line = error.span().map_or(1, |span| line_number(&text, span.start));
            let sentence = format!("line {line}: {}", error.message());
            given.faults.push(Fault::source(&place, &sentence));
        }
    }
}

/// The content of a file, if it is text of a reasonable size.
pub(super) fn text_of(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let read_bytes = File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if read_bytes as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("not UTF-8"))
}

fn line_number(text: &str, offset_bytes: usize) -> usize {
    1 + text.bytes().take(offset_bytes).filter(|byte| *byte == b'\n').count()
}

fn take(table: Table, place: &str, given: &mut Given) {
    let source = Source::File(place.to_owned());
    for (name, value) in table {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            given.faults.push(fault_of_unknown(place, &name, &value));
            continue;
        };
        match text_from(setting, &value) {
            Ok(text) => given.put(setting.id, text, source.clone()),
            Err(sentence) => given.put_unreadable(setting.id, source.clone(), &sentence),
        }
    }
}

/// The text that the same setting would have in the environment.
fn text_from(setting: &Setting, value: &Value) -> Result<String, String> {
    match (setting.toml, value) {
        // Whatever the type, an unsupported setting has its own refusal.
        _ if setting.unsupported.is_some() => Ok(String::new()),
        (_, Value::String(text)) => Ok(text.clone()),
        (TomlType::Integer, Value::Integer(number)) => Ok(number.to_string()),
        (TomlType::Boolean, Value::Boolean(truth)) => Ok(truth.to_string()),
        (TomlType::TextArray, Value::Array(values)) => values
            .iter()
            .map(|value| value.as_str().ok_or_else(|| wrong_type(setting, "an array of others")))
            .collect::<Result<Vec<_>, _>>()
            .map(|texts| texts.join(",")),
        _ => Err(wrong_type(setting, with_article(value.type_str()))),
    }
}

fn wrong_type(setting: &Setting, found: &str) -> String {
    let wanted = match setting.toml {
        TomlType::Text => "a string",
        TomlType::Integer => "an integer or a string",
        TomlType::Boolean => "a boolean or a string",
        TomlType::TextArray => "an array of strings or a string",
    };
    format!("must be {wanted}, not {found}")
}

fn with_article(toml_type: &str) -> &'static str {
    match toml_type {
        "string" => "a string",
        "integer" => "an integer",
        "float" => "a float",
        "boolean" => "a boolean",
        "datetime" => "a date",
        "array" => "an array",
        _ => "a table",
    }
}

fn fault_of_unknown(place: &str, name: &str, value: &Value) -> Fault {
    let sentence = match (nearest(name), value) {
        (_, Value::Table(_)) => "is a table, and settings stand in none".to_owned(),
        (Some(setting), _) => format!("is not a setting; did you mean `{}`?", setting.name),
        (None, _) => "is not a setting; `seatwire --help` lists them".to_owned(),
    };
    Fault::unknown(&format!("{place}: {}", cut(name)), &sentence)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_in, faults, lines, served};
    use super::super::{CorsOrigins, Outcome};

    #[test]
    fn values_come_in_the_types_that_suit_them() {
        let config = served(
            &[],
            &[],
            "hold_seconds = 60\ndemo = false\njwt_ttl = 45\nrate_limit = false\n\
             cors_origins = ['https://a.example', 'https://b.example']",
        );
        assert_eq!(
            (config.hold_seconds.get(), config.demo, config.jwt.ttl.as_secs()),
            (60, false, 45)
        );
        let both = ["https://a.example", "https://b.example"].map(str::to_owned).to_vec();
        assert_eq!(config.cors_origins, CorsOrigins::List(both));
        let config = served(&[], &[], "hold_seconds = '60'\ndemo = 'true'\ncors_origins = []");
        assert_eq!(config.cors_origins, CorsOrigins::List(Vec::new()));
    }

    #[test]
    fn faults_name_the_file_and_the_key_or_line() {
        for (file, fault) in [
            ("mode = true", "mode: must be a string, not a boolean"),
            ("demo = 1", "demo: must be a boolean or a string, not an integer"),
            ("listen = 1979-05-27", "listen: must be a string, not a date"),
            (
                "cors_origins = [1]",
                "cors_origins: must be an array of strings or a string, not an array of others",
            ),
            ("log = {a = 1}", "log: must be a string, not a table"),
            ("[server]\nlisten = 'a:1'", "server: is a table, and settings stand in none"),
            ("hold-seconds = 1", "hold-seconds: is not a setting; did you mean `hold_seconds`?"),
            (
                "iyzico_api_key = 1",
                "iyzico_api_key: iyzico is not supported by this version, which pays by the mock \
                 provider; leave it unset",
            ),
        ] {
            assert_eq!(faults(&[], &[], file), [format!("seatwire.toml: {fault}")]);
        }
    }

    #[test]
    fn broken_toml_is_told_by_line_without_repeating_it() {
        for file in [
            "mode = 'production'\njwt_secret = hunter2",
            "\njwt_secret = 'hunter2",
            "jwt_secret = 'a'\njwt_secret = 'hunter2'",
            "mode = 'production'\nhunter2 'x' = 1",
        ] {
            let faults = faults(&[], &[], file).join("\n");
            assert!(faults.starts_with("seatwire.toml: line 2: "), "{faults}");
            assert!(!faults.contains("hunter2") && !faults.contains('\n'), "{faults}");
        }
    }

    #[test]
    fn a_file_that_was_asked_for_must_be_there_and_replaces_the_usual_one() {
        let names = [
            ("seatwire.toml", "hold_seconds = 1".as_bytes()),
            ("b.toml", b"log = 'warn'"),
            ("bad.toml", b"\xff"),
            ("big.toml", &[b'\n'; (1 << 20) + 1]),
        ];
        let run = |file: &str| check_in(&names, &["--config", file], &[]);
        let Outcome::Serve(config) = run("b.toml") else { panic!() };
        assert_eq!((config.hold_seconds.get(), config.log.as_str()), (900, "warn"));
        for (file, sentence) in [
            ("none.toml", "No such file or directory (os error 2)"),
            (".", "Is a directory (os error 21)"),
            ("bad.toml", "not UTF-8"),
            ("big.toml", "larger than 1 MiB"),
        ] {
            let Outcome::Faults(faults) = run(file) else { panic!("{file}") };
            assert_eq!(lines(&faults), [format!("{file}: cannot be read: {sentence}")]);
        }
    }
}
