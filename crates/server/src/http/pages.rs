//! The web pages, embedded in the binary: nothing is read from disk or fetched from elsewhere.

mod documents;
mod packed;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use booking::TEST_CARDS;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Serialize;

use super::payload::Name;
use super::problem::Problem;
use crate::app::App;
use crate::config::Mode;
use crate::demo::{DEMO_USERS, DemoUser};

#[derive(RustEmbed)]
#[folder = "../../web/"]
#[exclude = "*.js"]
struct Web;

#[derive(RustEmbed)]
#[folder = "../../clients/js/src/"]
#[include = "*.js"]
struct Client;

/// Scripts and styles come from us alone; nobody may frame the page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self'; \
     img-src 'self' data:; style-src 'self'; script-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

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

/// Where the pictures of what buses offer stand, in `web/` and as an address.
const FEATURES: &str = "features/";

/// The addresses of the pictures of what buses offer, by name.
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

/// For every address at which there is nothing: a page for somebody who follows a link, a problem for
/// programs.
pub(crate) async fn no_such_address(headers: HeaderMap) -> Response {
    file(None, &headers)
}

fn file(found: Option<EmbeddedFile>, asked: &HeaderMap) -> Response {
    let Some(file) = found else {
        return match Web::get("not-found.html").filter(|_| wants_page(asked)) {
            Some(page) => (StatusCode::NOT_FOUND, sent(page, &HeaderMap::new())).into_response(),
            None => Problem::not_found("there is nothing at this address").into_response(),
        };
    };
    sent(file, asked)
}

/// Browsers ask so for what they will show in a window, and for nothing else.
fn wants_page(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

fn sent(file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let mut headers = common_headers();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, file.metadata.mimetype());
    set(header::ETAG, &tag);
    if packed::is_known(asked, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.data.into_owned()).into_response()
}

fn common_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    // Asked about every time, sent again only when it has changed: an upgrade is seen at once.
    set(header::CACHE_CONTROL, "no-cache");
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::REFERRER_POLICY, "same-origin");
    headers
}

/// What the pages have to know of the server.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PageConfig {
    mode: &'static str,
    timezone: String,
    /// So that the page can tell a hold that ran out from one that was let go.
    hold_seconds: i64,
    /// Of every route that has none of its own.
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
