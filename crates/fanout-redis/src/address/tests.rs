use super::*;

fn read(text: &str) -> Address {
    Address::parse(text).expect(text)
}

#[test]
fn one_server_a_cluster_and_sentinels_are_named_as_the_page_says() {
    let address = read("redis://cache");
    assert!(address.kind == Kind::Server && !address.is_encrypted);
    assert_eq!(address.hosts, [("cache".to_owned(), 6379)]);
    assert_eq!(read("REDIS://cache:7000/3").database(), 3);
    assert!(read("rediss://cache").is_encrypted);

    let address = read("redis+cluster://a:7000,b,[::1]:7002");
    assert!(address.kind == Kind::Cluster);
    let hosts = [("a", 7000), ("b", 6379), ("::1", 7002)];
    assert_eq!(address.hosts, hosts.map(|(host, port)| (host.to_owned(), port)));
    assert_eq!(address.to_string(), "redis+cluster://a:7000,b:6379,[::1]:7002");

    let address = read("rediss+sentinel://:pw@a,b:1/seats/2?sentineluser=u&sentinelpassword=s%26t");
    assert!(address.kind == Kind::Sentinel { service: "seats".to_owned() });
    assert_eq!(address.hosts, [("a".to_owned(), 26379), ("b".to_owned(), 1)]);
    assert_eq!(address.database(), 2);
    assert_eq!(address.sentinel.user.as_deref(), Some("u"));
    assert_eq!(address.sentinel.password.as_deref(), Some("s&t"));
    assert_eq!(address.redis.password.as_deref(), Some("pw"));
}

#[test]
fn user_and_password_may_have_any_character_and_are_shown_nowhere() {
    let address = read("redis://s%40les:hunter2%3A%2F%C5%9F@cache/1");
    assert_eq!(address.redis.user.as_deref(), Some("s@les"));
    assert_eq!(address.redis.password.as_deref(), Some("hunter2:/ş"));
    assert_eq!(address.to_string(), "redis://cache:6379");
    assert!(!format!("{address:?}").contains("hunter2"));
    assert_eq!(read("redis://:hunter2@cache").redis.user, None);
    assert_eq!(read("redis://cache").redis.password, None);
}

#[test]
fn what_cannot_be_meant_is_refused_without_being_repeated() {
    for (text, told) in [
        ("hunter2", "it must begin"),
        ("http://hunter2", "it must begin"),
        ("redis://", "it must name one host"),
        ("redis://hunter2,hunter3", "it must name one host"),
        ("redis://hunter 2", "it must name one host"),
        ("redis+cluster://a,,hunter2", "it must name one host"),
        ("redis://hunter2:0", "a port must be"),
        ("redis://h:hunter2", "a port must be"),
        ("redis://:hunter2@h:65536", "a port must be"),
        ("redis://h/hunter2", "behind the hosts there may be"),
        ("redis://h/-1", "behind the hosts there may be"),
        ("redis+cluster://h/1", "Redis Cluster has one database"),
        ("redis+sentinel://h", "the name of the service"),
        ("redis+sentinel://h/s/hunter2", "behind the hosts there may be"),
        ("redis://:%FFhunter2@h", "user and password"),
        ("redis://h?password=hunter2", "the parameters are"),
        ("redis://h?sentinelpassword=hunter2", "the parameters are"),
        ("redis://h?sslrootcert=ca.pem", "sslrootcert is for rediss alone"),
    ] {
        let error = Address::parse(text).expect_err(text).to_string();
        assert!(error.contains(told), "{text}: {error}");
        assert!(!error.contains("hunter"), "{error}");
    }
}

#[test]
fn the_certificate_is_read_when_the_address_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let text = format!("rediss://h?sslrootcert={}", path.display());
    let told = || Address::parse(&text).expect_err("no certificate").to_string();
    assert!(told().contains("ca.pem: No such file"), "{}", told());
    std::fs::write(&path, "nothing").expect("written");
    assert!(told().contains("there is no certificate in it"), "{}", told());
    let certificate = rcgen::generate_simple_self_signed(["h".to_owned()]).expect("a certificate");
    std::fs::write(&path, certificate.cert.pem()).expect("written");
    assert!(read(&text).certificates().is_some());
    assert!(read("rediss://h").certificates().is_none());
}
