//! A layer that looks at a request's head and may refuse it. A request that passes pays only for
//! the look: no box, and no extra memory while it waits.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use futures_util::future::Either;
use tower::{Layer, Service};

#[derive(Clone, Debug)]
pub(super) struct Refusing<F>(F);

/// Answers with the result of `look`; passes the request on if there is none.
pub(super) fn refusing<F>(look: F) -> Refusing<F>
where
    F: Fn(&Request) -> Option<Response> + Clone,
{
    Refusing(look)
}

impl<S, F: Clone> Layer<S> for Refusing<F> {
    type Service = Refused<S, F>;

    fn layer(&self, inner: S) -> Refused<S, F> {
        Refused { inner, look: self.0.clone() }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Refused<S, F> {
    inner: S,
    look: F,
}

impl<S, F> Service<Request> for Refused<S, F>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    F: Fn(&Request) -> Option<Response>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match (self.look)(&request) {
            Some(refusal) => Either::Left(ready(Ok(refusal))),
            None => Either::Right(self.inner.call(request)),
        }
    }
}
