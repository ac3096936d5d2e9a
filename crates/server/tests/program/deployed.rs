//! The files in `deploy/` for operators: with the blanks filled in, the program accepts all of it.

use std::path::Path;

use crate::support::running_server::Launch;

/// What an operator fills in.
const FILLED_IN: [(&str, &str); 5] = [
    ("SEATWIRE_JWT_SECRET", "1XKdr0iFz6oPWkcGUhTnM3vJ8s2aQyLb9EtZfOe7HqA="),
    ("SEATWIRE_ADMIN_EMAIL", "operator@tickets.example"),
    ("SEATWIRE_ADMIN_PASSWORD", "vapur-kandil-47-lodos"),
    ("SEATWIRE_ALLOW_MOCK_PAYMENTS", "true"),
    ("SEATWIRE_CORS_ORIGINS", "https://tickets.example"),
];

#[test]
fn the_settings_beside_the_unit_are_known_and_enough() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/systemd/seatwire.env");
    let text = std::fs::read_to_string(file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut launch = Launch::bare(folder.path()).arg("check-config");
    let mut blanks = 0;
    for line in text.lines().filter(|line| line.starts_with("SEATWIRE_")) {
        let (name, value) = line.split_once('=').unwrap();
        let value = if value.is_empty() {
            blanks += 1;
            FILLED_IN.iter().find(|(blank, _)| *blank == name).unwrap().1
        } else {
            value
        };
        launch = launch.setting(name.strip_prefix("SEATWIRE_").unwrap(), value);
    }
    assert_eq!(blanks, FILLED_IN.len());
    let ended = launch.ended();
    assert_eq!(ended.exit_code, Some(0), "{}{}", ended.stdout, ended.stderr);
}
