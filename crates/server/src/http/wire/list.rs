//! Lists: `page` and `limit` in, `X-Total-Count` or `meta` out (contract.md, "Conventions").

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::FieldErrors;
use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use store::{Page, Paged};
use utoipa::{IntoParams, ToSchema};

use crate::http::problem::Problem;

pub(crate) const LIMIT_DEFAULT: u64 = 20;
pub(crate) const LIMIT_MAX: u64 = 100;
/// A page this far out is empty anyway; the bound keeps the arithmetic exact.
const PAGE_MAX: u64 = 1_000_000;

pub(crate) const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// Read beside a list's own filters: a query is read once for each of them.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// From 1; default 1.
    pub(crate) page: Option<u64>,
    /// 1 to 100; default 20.
    pub(crate) limit: Option<u64>,
}

impl Paging {
    fn checked(self) -> Result<(u64, u64), Problem> {
        let (page, limit) = (self.page.unwrap_or(1), self.limit.unwrap_or(LIMIT_DEFAULT));
        let mut errors = FieldErrors::default();
        if !(1..=PAGE_MAX).contains(&page) {
            errors.push("/page", format!("must be between 1 and {PAGE_MAX}"));
        }
        if !(1..=LIMIT_MAX).contains(&limit) {
            errors.push("/limit", format!("must be between 1 and {LIMIT_MAX}"));
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
        let total = HeaderValue::from(self.0.total);
        ([(X_TOTAL_COUNT, total)], Json(self.0.items)).into_response()
    }
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
}

impl<T> ListWithMeta<T> {
    pub(crate) fn new(paging: Paging, paged: Paged<T>) -> Result<Self, Problem> {
        let (page, limit) = paging.checked()?;
        let total = paged.total;
        let total_pages = total.div_ceil(limit);
        Ok(Self { data: paged.items, meta: Meta { total, page, limit, total_pages } })
    }
}
