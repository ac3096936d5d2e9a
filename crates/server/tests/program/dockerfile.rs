//! `deploy/Dockerfile`, as far as it can be judged without Docker: what it copies is there, what it
//! builds is a profile and a package of this workspace, and what it sets is what the program takes.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::running_server::Launch;

/// What an operator gives to `docker run`.
const GIVEN: [(&str, &str); 5] = [
    ("JWT_SECRET", "1XKdr0iFz6oPWkcGUhTnM3vJ8s2aQyLb9EtZfOe7HqA="),
    ("ADMIN_EMAIL", "operator@tickets.example"),
    ("ADMIN_PASSWORD", "vapur-kandil-47-lodos"),
    ("ALLOW_MOCK_PAYMENTS", "true"),
    ("CORS_ORIGINS", "https://tickets.example"),
];

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// Instructions and their words, one line each.
fn instructions(file: &str) -> Vec<(String, String)> {
    let lines = file.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let lines = lines.replace("\\\n", " ");
    let parted = |line: &str| {
        let (name, words) = line.trim().split_once(' ')?;
        Some((name.to_owned(), words.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    lines.lines().filter_map(parted).collect()
}

/// What is wrong with it.
fn faults(file: &str) -> Vec<String> {
    let all = instructions(file);
    let mut faults = Vec::new();
    let mut must = |is_so: bool, what: &str| {
        if !is_so {
            faults.push(what.to_owned());
        }
    };
    let of = |name: &str| -> Vec<&str> {
        all.iter().filter(|(it, _)| it == name).map(|(_, words)| words.as_str()).collect()
    };
    let only = |name: &str| match of(name)[..] {
        [words] => words.to_owned(),
        _ => format!("not one {name}"),
    };
    let toml = read("Cargo.toml");
    let rust = toml.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let rust = rust.unwrap().trim_matches('"').to_owned();
    must(of("FROM")[0].starts_with(&format!("rust:{rust}-")), "the compiler of this workspace");
    must(of("FROM").len() == 2 && of("FROM")[0].ends_with(" AS build"), "a build and an image");

    let run = only("RUN");
    let words: Vec<&str> = run.split(' ').collect();
    let behind = |word: &str| {
        let at = words.iter().position(|it| *it == word);
        at.and_then(|at| words.get(at + 1)).copied().unwrap_or_default()
    };
    let profile = behind("--profile");
    must(toml.contains(&format!("\n[profile.{profile}]\n")), "a profile of Cargo.toml");
    let package = read("crates/server/Cargo.toml");
    must(
        package.contains(&format!("[package]\nname = \"{}\"\n", behind("--package"))),
        "the program's package",
    );
    must(words.contains(&"--locked"), "the versions of Cargo.lock");
    let built = format!("target/{profile}/seatwire");
    must(words.contains(&built.as_str()), "the program that was built");

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut copied = BTreeMap::new();
    for copy in of("COPY") {
        let words: Vec<&str> =
            copy.split(' ').filter(|word| !word.starts_with("--chown")).collect();
        match words[..] {
            ["--from=build", from, to] => {
                must(run.split(' ').any(|word| word == from), "a copy of what the build has made");
                copied.insert(to, from);
            }
            [from, to] => must(root.join(from).exists() && to == ".", "a copy of what is there"),
            _ => must(false, "a copy from one place to another"),
        }
    }
    let hidden = read(".dockerignore");
    let needed =
        ["Cargo.toml", "Cargo.lock", "crates", "web", "docs", "clients", "deploy", ".cargo"];
    let hides = |name: &&str| hidden.lines().any(|line| line.trim_end_matches('/') == *name);
    must(!needed.iter().any(hides), "all of the source");

    let settings = only("ENV");
    let settings: BTreeMap<&str, &str> =
        settings.split(' ').filter_map(|setting| setting.split_once('=')).collect();
    let setting = |name: &str| settings.get(name).copied().unwrap_or_default();
    let port = setting("SEATWIRE_LISTEN").rsplit(':').next().unwrap_or_default();
    must(only("EXPOSE") == port, "the port that it listens on");
    must(setting("SEATWIRE_LISTEN").starts_with("0.0.0.0:"), "reached from outside");
    let volume = only("VOLUME");
    let database = setting("SEATWIRE_DATABASE").strip_prefix("sqlite://").unwrap_or_default();
    must(Path::new(database).parent() == Some(Path::new(&volume)), "a database that stays");
    must(copied.contains_key(volume.as_str()), "a volume that belongs to its user");
    let user = only("USER");
    let is_number = |id: &str| id.parse::<u32>().is_ok_and(|id| id > 0);
    must(user.split(':').all(is_number), "a user that is not root, by number");
    let owned = of("COPY").iter().any(|copy| copy.contains(&format!("--chown={user} ")));
    must(owned, "a folder of that user");
    let program = only("ENTRYPOINT");
    let program = program.trim_matches(['[', ']', '"']);
    must(copied.contains_key(program), "the program as the entry");
    // The program ends well at this one. A check of its health would need a shell, and who runs the
    // image asks `/health/live` over HTTP.
    must(only("STOPSIGNAL") == "SIGTERM" && of("HEALTHCHECK").is_empty(), "a stop, and no shell");

    let folder = tempfile::tempdir().unwrap();
    let mut launch = Launch::bare(folder.path()).arg("check-config");
    for (name, value) in &settings {
        let name = name.strip_prefix("SEATWIRE_").unwrap_or("UNKNOWN");
        launch = launch.setting(name, value);
    }
    let launch = GIVEN.iter().fold(launch, |launch, (name, value)| launch.setting(name, value));
    let ended = launch.ended();
    must(ended.exit_code == Some(0), &format!("settings that are taken: {}", ended.stderr));
    faults
}

#[test]
fn the_image_is_made_of_what_is_there_and_set_as_the_program_takes_it() {
    assert_eq!(faults(&read("deploy/Dockerfile")), [""; 0]);
}

#[test]
fn a_fault_of_the_image_is_seen() {
    let file = read("deploy/Dockerfile");
    for (right, wrong) in [
        ("rust:1", "rust:2"),
        ("--profile dist", "--profile fast"),
        ("--package server", "--package seatwire"),
        ("--locked ", ""),
        ("target/dist/seatwire", "target/release/seatwire"),
        ("COPY . .", "COPY sources ."),
        ("COPY --from=build /image/usr/local/bin/seatwire", "COPY --from=build /seatwire"),
        ("USER 65532:65532", "USER 0:0"),
        ("USER 65532:65532\n", ""),
        ("USER 65532:65532", "USER nonroot"),
        ("EXPOSE 3000", "EXPOSE 8080"),
        ("SEATWIRE_LISTEN=0.0.0.0", "SEATWIRE_LISTEN=localhost"),
        ("sqlite:///data/", "sqlite:///var/"),
        ("VOLUME /data", "VOLUME /other"),
        ("SEATWIRE_MODE", "SEATWIRE_MOOD"),
        ("ENTRYPOINT [\"/usr/local/bin/seatwire\"]", "ENTRYPOINT [\"/bin/seatwire\"]"),
    ] {
        assert!(file.contains(right), "{right}");
        assert!(!faults(&file.replace(right, wrong)).is_empty(), "{wrong}");
    }
}
