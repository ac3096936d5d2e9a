//! The entry points of the current generation, for the router, which is made only once.
//!
//! A connection stays with the generation in which it began.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arc_swap::ArcSwap;
use http::{Request, Response};
use socketio::Body;
use tower::Service;

use super::generation::Generation;

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// `/socket.io/`.
#[derive(Clone)]
pub(crate) struct CurrentSocketIo(Arc<ArcSwap<Generation>>);

/// The plain WebSocket.
#[derive(Clone)]
pub(crate) struct CurrentPlain(Arc<ArcSwap<Generation>>);

macro_rules! current {
    ($name:ident, $door:ident) => {
        impl $name {
            pub(super) fn of(now: Arc<ArcSwap<Generation>>) -> Self {
                Self(now)
            }
        }

        impl<B> Service<Request<B>> for $name
        where
            B: http_body::Body + Send + 'static,
            B::Data: Send,
            B::Error: Send,
        {
            type Response = Response<Body>;
            type Error = Infallible;
            type Future = Answering;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: Request<B>) -> Answering {
                self.0.load().$door.clone().call(request)
            }
        }
    };
}

current!(CurrentSocketIo, socketio);
current!(CurrentPlain, plain);
