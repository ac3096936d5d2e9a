//! A list for a menu or a table of a frontend: sent at once up to a bound, unless a page is
//! requested. If there is more, `Link` says where (RFC 8288).

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, Uri, header};
use serde::Serialize;
use store::{COUNTED_MAX, Page, Paged};

use super::list::{BareList, LIMIT_DEFAULT, LIMIT_MAX, Paging, counted};
use crate::http::payload::Query;
use crate::http::problem::Problem;

/// Rows of a list of small things: stations, buses.
pub(crate) const ROWS_AT_ONCE_MAX: u64 = 1_000;

/// Rows of a list whose entries each contain a route and a bus: tickets, departures.
pub(crate) const BIG_ROWS_AT_ONCE_MAX: u64 = 200;

/// Which part of such a list is requested, and at which address.
#[derive(Debug)]
pub(crate) struct ListAtOnce<const ROWS_MAX: u64> {
    paging: Paging,
    uri: Uri,
}

impl<const ROWS_MAX: u64, S: Send + Sync> FromRequestParts<S> for ListAtOnce<ROWS_MAX> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(paging) = Query::from_request_parts(parts, state).await?;
        Ok(Self { paging, uri: parts.uri.clone() })
    }
}

impl<const ROWS_MAX: u64> ListAtOnce<ROWS_MAX> {
    pub(crate) fn page(&self) -> Result<Page, Problem> {
        match self.paging {
            Paging { page: None, limit: None } => Ok(Page { offset: 0, limit: ROWS_MAX }),
            paging => paging.page(),
        }
    }

    /// The same of a short list, all of which was read.
    pub(crate) fn answer_from<T: Serialize>(&self, all: Paged<T>) -> Result<Response, Problem> {
        Ok(self.answer(all.cut(self.page()?)))
    }

    /// The list as an answer; `paged` is what was found for [`ListAtOnce::page`].
    pub(crate) fn answer<T: Serialize>(&self, paged: Paged<T>) -> Response {
        let Paged { total, is_limited, .. } = paged;
        self.headed(BareList(paged).into_response(), total, is_limited)
    }

    /// The same for a list in another form.
    pub(crate) fn headed(&self, response: Response, total: u64, is_limited: bool) -> Response {
        let mut response = counted(response, total, is_limited);
        if let Some(next) = self.next(total) {
            response.headers_mut().insert(header::LINK, next);
        }
        response
    }

    /// Where a list of this length continues after this answer.
    fn next(&self, total: u64) -> Option<HeaderValue> {
        let (page, limit) = match self.paging {
            Paging { page: None, limit: None } => {
                // At the edge of a page, so that the next one begins right after what was shown.
                const { assert!(ROWS_MAX.is_multiple_of(LIMIT_MAX), "so many whole pages") };
                (ROWS_MAX / LIMIT_MAX, LIMIT_MAX)
            }
            Paging { page, limit } => (page.unwrap_or(1), limit.unwrap_or(LIMIT_DEFAULT)),
        };
        // A list is shown up to here, and no further.
        if page.saturating_mul(limit) >= total.min(COUNTED_MAX) {
            return None;
        }
        let asked = self.uri.query().unwrap_or_default();
        let asked: Vec<(String, String)> = serde_urlencoded::from_str(asked).ok()?;
        let filters = asked.into_iter().filter(|(name, _)| name != "page" && name != "limit");
        let paging = [("page", page + 1), ("limit", limit)];
        let paging = paging.map(|(name, value)| (name.to_owned(), value.to_string()));
        let query = serde_urlencoded::to_string(filters.chain(paging).collect::<Vec<_>>()).ok()?;
        let link = format!("<{}?{query}>; rel=\"next\"", self.uri.path());
        HeaderValue::from_str(&link).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(query: &str, page: Option<u64>, limit: Option<u64>, total: u64) -> Option<String> {
        let uri = format!("/stations{query}").parse().unwrap();
        let list = ListAtOnce::<1_000> { paging: Paging { page, limit }, uri };
        list.next(total).map(|link| link.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_next_page_is_linked_as_long_as_there_is_one() {
        let link = |query: &str| Some(format!("</stations?{query}>; rel=\"next\""));
        assert_eq!(next("", None, None, 1_000), None);
        assert_eq!(next("", None, None, 1_001), link("page=11&limit=100"));
        let query = "?q=%C4%B1+%26&limit=&page=";
        assert_eq!(next(query, None, None, 1_001), link("q=%C4%B1+%26&page=11&limit=100"));
        assert_eq!(next("?page=11&limit=100", Some(11), Some(100), 1_100), None);
        assert_eq!(next("?page=11", Some(11), Some(100), 1_101), link("page=12&limit=100"));
        assert_eq!(next("?limit=7", None, Some(7), 8), link("page=2&limit=7"));
        assert_eq!(next("?page=2", Some(2), None, 41), link("page=3&limit=20"));
        // There may be more, but not in this list.
        assert_eq!(next("?page=100", Some(100), Some(100), COUNTED_MAX), None);
        assert_eq!(next("?page=99", Some(99), Some(100), COUNTED_MAX), link("page=100&limit=100"));
    }
}
