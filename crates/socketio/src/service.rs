//! How a handle to a server becomes a tower service: its core answers every request.
//!
//! Always ready (requests beyond a bound are answered, not queued), never failing.

/// `tower_service!(Handle, core)`: its field `core`, shared by all clones, answers the requests to
/// this handle.
macro_rules! tower_service {
    ($handle:ty, $core:ident) => {
        impl<B> tower::Service<http::Request<B>> for $handle
        where
            B: http_body::Body + Send + 'static,
            B::Data: Send,
            B::Error: Send,
        {
            type Response = http::Response<crate::body::Body>;
            type Error = std::convert::Infallible;
            type Future =
                std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

            fn poll_ready(
                &mut self,
                _cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Result<(), Self::Error>> {
                std::task::Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<B>) -> Self::Future {
                let core = std::sync::Arc::clone(&self.$core);
                Box::pin(async move { Ok(core.answer(request).await) })
            }
        }
    };
}

pub(crate) use tower_service;
