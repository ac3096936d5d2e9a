//! The web pages, embedded in the binary: nothing is read from disk or fetched from other hosts.

mod documents;
mod embedded;
mod packed;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use booking::TEST_CARDS;
use http::HeaderMap;
use rust_embed::RustEmbed;
use serde::Serialize;

use super::payload::Name;
use crate::app::App;
use crate::config::Mode;
use crate::demo::{DEMO_USERS, DemoUser};
use embedded::{Web, common_headers, file};
pub(super) use packed::takes_gzip;

#[derive(RustEmbed)]
#[folder = "../../clients/js/src/"]
#[include = "*.js"]
struct Client;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(index))
        .route("/favicon.ico", get(favicon))
        .route("/assets/{*path}", get(asset))
        .route("/client/seatwire.tgz", get(npm_package))
        .route("/client/{*path}", get(client))
        .route("/socket.io/socket.io.js", get(stock_client))
        .route("/socket.io/socket.io.min.js", get(stock_client_min))
        .route("/features/{icon}", get(feature_icon))
        .route("/page-config.json", get(page_config))
        .route("/docs", get(documents::at_its_folder))
        .route("/docs/", get(documents::first))
        .route("/docs/{name}", get(documents::show))
}

async fn index(headers: HeaderMap) -> Response {
    packed::INDEX.answer(&headers, common_headers())
}

async fn favicon(headers: HeaderMap) -> Response {
    file(Web::get("favicon.svg"), &headers)
}

async fn asset(Name(path): Name, headers: HeaderMap) -> Response {
    match path.as_str() {
        "page.js" => packed::SCRIPT.answer(&headers, common_headers()),
        "page.css" => packed::SHEET.answer(&headers, common_headers()),
        _ => file(Web::get(&path), &headers),
    }
}

/// Where the pictures of bus features are, in `web/` and as an address.
const FEATURES: &str = "features/";

/// The addresses of the pictures of bus features, by name.
pub(crate) fn feature_icons() -> Vec<String> {
    let mut icons: Vec<String> = Web::iter()
        .filter(|name| name.starts_with(FEATURES))
        .map(|name| format!("/{name}"))
        .collect();
    icons.sort();
    icons
}

async fn feature_icon(Name(icon): Name, headers: HeaderMap) -> Response {
    file(Web::get(&format!("{FEATURES}{icon}")), &headers)
}

async fn client(Name(path): Name, headers: HeaderMap) -> Response {
    file(Client::get(&path), &headers)
}

async fn npm_package(headers: HeaderMap) -> Response {
    packed::npm_package(&headers, common_headers())
}

async fn stock_client(headers: HeaderMap) -> Response {
    packed::STOCK.answer(&headers, common_headers())
}

async fn stock_client_min(headers: HeaderMap) -> Response {
    packed::STOCK_MIN.answer(&headers, common_headers())
}

/// For every address that does not exist: a page for a person who follows a link, a problem for
/// programs.
pub(crate) async fn no_such_address(headers: HeaderMap) -> Response {
    file(None, &headers)
}

/// What the pages have to know about the server.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PageConfig {
    mode: &'static str,
    timezone: String,
    /// So that the page can tell a hold that expired from one that was released.
    hold_seconds: i64,
    /// For every route that has no rule of its own.
    neighbour_rule: &'static str,
    demo_users: &'static [DemoUser],
    test_cards: Vec<TestCardBody>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TestCardBody {
    label: &'static str,
    card_number: &'static str,
    outcome: &'static str,
}

async fn page_config(State(app): State<Arc<App>>) -> Json<PageConfig> {
    let test_cards = TEST_CARDS.iter().map(|card| TestCardBody {
        label: card.label,
        card_number: card.number,
        outcome: card.decline_code.unwrap_or("SUCCESS"),
    });
    Json(PageConfig {
        mode: match app.mode {
            Mode::Development => "development",
            Mode::Production => "production",
        },
        timezone: app.zone.iana_name().unwrap_or("UTC").to_owned(),
        hold_seconds: app.desk.hold_seconds(),
        neighbour_rule: app.desk.neighbour_rule().as_str(),
        demo_users: if app.demo { &DEMO_USERS } else { &[] },
        test_cards: if app.demo { test_cards.collect() } else { Vec::new() },
    })
}
