//! Whether the ports are free, or used by the server that has the database.

use std::io::ErrorKind;
use std::net::{TcpListener, ToSocketAddrs as _};

use super::finding::Finding;
use crate::config::{Config, ListenAddress};

const TOPIC: &str = "ports";

pub(super) fn look(config: &Config, is_running: bool) -> Vec<Finding> {
    let asked = [Some(&config.listen), config.metrics_listen.as_ref()];
    asked.into_iter().flatten().map(|address| of(address, is_running)).collect()
}

fn of(address: &ListenAddress, is_running: bool) -> Finding {
    if address.port == 0 {
        return Finding::ok(TOPIC, format!("{address}: any that is free"));
    }
    let host = address.host.trim_matches(['[', ']']);
    let found = (host, address.port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
    let bound = found.and_then(|found| TcpListener::bind(&*found));
    match bound {
        Ok(_) => Finding::ok(TOPIC, format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_running => {
            Finding::ok(TOPIC, format!("{address} is in use, and a server has the database"))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::change(
            TOPIC,
            format!("{address} is in use, and no server has the database"),
            "another program listens there, and a server could not start",
            "stop that program (`ss -ltnp` names it), or choose another port",
        ),
        Err(error) => Finding::change(
            TOPIC,
            format!("{address} cannot be listened on: {error}"),
            "a server could not start",
            "choose an address of this machine; ports below 1024 need a right of their own \
             (`AmbientCapabilities=CAP_NET_BIND_SERVICE`)",
        ),
    }
}
