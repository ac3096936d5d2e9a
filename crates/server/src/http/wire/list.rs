//! Lists: `page` and `limit` in, `X-Total-Count` or `meta` out (contract.md, "Conventions").

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::FieldErrors;
use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use store::{COUNTED_MAX, Page, Paged};
use utoipa::{IntoParams, ToSchema};

use crate::http::problem::Problem;

pub(crate) const LIMIT_DEFAULT: u64 = 20;
pub(crate) const LIMIT_MAX: u64 = 100;

pub(crate) const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
/// `true` when there are more than `X-Total-Count` says.
pub(crate) const X_TOTAL_COUNT_LIMITED: HeaderName =
    HeaderName::from_static("x-total-count-limited");

/// Read beside a list's own filters: the query is parsed once for each of the two.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// From 1; default 1. A list is counted and shown up to its 10,000th entry; a filter finds what
    /// comes after that.
    pub(crate) page: Option<u64>,
    /// 1 to 100; default 20.
    pub(crate) limit: Option<u64>,
}

impl Paging {
    fn checked(self) -> Result<(u64, u64), Problem> {
        let (page, limit) = (self.page.unwrap_or(1), self.limit.unwrap_or(LIMIT_DEFAULT));
        let mut errors = FieldErrors::default();
        if page < 1 {
            errors.push("/page", "must be at least 1");
        }
        if !(1..=LIMIT_MAX).contains(&limit) {
            errors.push("/limit", format!("must be between 1 and {LIMIT_MAX}"));
        } else if page.saturating_sub(1).saturating_mul(limit) >= COUNTED_MAX {
            // Skipped rows cost time. A page number does not help to find a far page as cheaply as
            // a near one; a filter does.
            let pages = COUNTED_MAX.div_ceil(limit);
            let detail = format!(
                "must be between 1 and {pages} for this limit: a list is shown up to its \
                 {COUNTED_MAX}th entry, narrow it with a filter"
            );
            errors.push("/page", detail);
        }
        errors.into_result()?;
        Ok((page, limit))
    }

    pub(crate) fn page(self) -> Result<Page, Problem> {
        let (page, limit) = self.checked()?;
        Ok(Page { offset: (page - 1) * limit, limit })
    }
}

/// A bare array with `X-Total-Count`.
#[derive(Debug)]
pub(crate) struct BareList<T>(pub(crate) Paged<T>);

impl<T: Serialize> IntoResponse for BareList<T> {
    fn into_response(self) -> Response {
        let Paged { items, total, is_limited } = self.0;
        counted(Json(items).into_response(), total, is_limited)
    }
}

/// The same list, with its whole length.
pub(crate) fn counted(mut response: Response, total: u64, is_limited: bool) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_TOTAL_COUNT, HeaderValue::from(total));
    if is_limited {
        headers.insert(X_TOTAL_COUNT_LIMITED, HeaderValue::from_static("true"));
    }
    response
}

/// `{data, meta}`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListWithMeta<T> {
    data: Vec<T>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Meta {
    total: u64,
    page: u64,
    limit: u64,
    total_pages: u64,
    /// Present, and true, when there are more than `total`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    limited: bool,
}

impl<T> ListWithMeta<T> {
    pub(crate) fn new(paging: Paging, paged: Paged<T>) -> Result<Self, Problem> {
        let (page, limit) = paging.checked()?;
        let Paged { items, total, is_limited: limited } = paged;
        let total_pages = total.div_ceil(limit);
        Ok(Self { data: items, meta: Meta { total, page, limit, total_pages, limited } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_longer_says_that_it_is_limited() {
        let paging = Paging::default();
        for (counted, limited) in [(COUNTED_MAX, false), (COUNTED_MAX + 1, true)] {
            let response = BareList(Paged::counted(vec![1], counted)).into_response();
            assert_eq!(response.headers()[X_TOTAL_COUNT], "10000");
            assert_eq!(response.headers().contains_key(X_TOTAL_COUNT_LIMITED), limited);
            let list = ListWithMeta::new(paging, Paged::counted(vec![1], counted)).unwrap();
            let list = serde_json::to_value(list).unwrap();
            assert_eq!(list["meta"]["total"], COUNTED_MAX);
            assert_eq!(list["meta"].get("limited").is_some(), limited);
        }
    }
}
