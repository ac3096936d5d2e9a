//! Which address of this server a request is for, and what is known of that address.
//!
//! The address is looked up once, before everything else, and stays with the request, so that
//! layers around the whole router see it too. A layer around each route would cost a box and a copy
//! for every route.
//!
//! What is known comes from the OpenAPI document, so the document cannot disagree with the server.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::Request;
use http::{Extensions, Method};
use utoipa::openapi::path::{Operation as Described, Parameter, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

use crate::limits::Class;

/// Addresses of this server that are in no OpenAPI document, and what the query of a `GET` may
/// have.
const OTHERS: [(&str, &[&str]); 3] =
    [("/seats", &["token"]), ("/openapi.json", &[]), ("/asyncapi.json", &[])];

/// The addresses of Socket.IO, which checks its queries itself; only its handshakes are limited.
const ENGINE_IO: [&str; 2] = ["/socket.io/", "/socket.io"];

/// An address as handlers are mounted on it, with all operations there.
#[derive(Debug)]
pub(super) struct Address {
    pattern: Arc<str>,
    operations: HashMap<Method, Operation>,
    /// For other methods, which are refused.
    class: Option<Class>,
}

#[derive(Debug)]
struct Operation {
    query_names: Vec<String>,
    class: Option<Class>,
}

/// In a request's extensions, if its address is one of this server's.
#[derive(Clone)]
struct Found(Arc<Address>);

impl Address {
    /// The address of the request with these extensions; `None` for a page.
    pub(super) fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get().map(|Found(address)| &**address)
    }

    /// As in `/openapi.json`: `/routes/{id}`.
    pub(super) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The same, as a copy that can be kept.
    pub(super) fn shared_pattern(&self) -> Arc<str> {
        Arc::clone(&self.pattern)
    }

    /// False where a request may wait for something to happen: the polls of Socket.IO.
    pub(super) fn is_answered_at_once(&self) -> bool {
        !ENGINE_IO.contains(&&*self.pattern)
    }

    /// The names that a query may have; `None` if this method has no handler.
    pub(super) fn query_names(&self, method: &Method) -> Option<&[String]> {
        self.operation(method).map(|operation| operation.query_names.as_slice())
    }

    /// Which limit applies to a request by this method; `None` if there is none.
    pub(super) fn class(&self, method: &Method) -> Option<Class> {
        self.operation(method).map_or(self.class, |operation| operation.class)
    }

    fn operation(&self, method: &Method) -> Option<&Operation> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.operations.get(method)
    }
}

/// All addresses. Cheap to clone.
#[derive(Clone)]
pub(super) struct Addresses(Arc<matchit::Router<Arc<Address>>>);

impl Addresses {
    pub(super) fn of(document: &OpenApi) -> Self {
        let mut addresses = matchit::Router::new();
        let mut add = |pattern: &str, query_names: Vec<(Method, Vec<String>)>| {
            let operation = |(method, query_names)| {
                let class = Class::of(&method, pattern);
                (method, Operation { query_names, class })
            };
            let operations = query_names.into_iter().map(operation).collect();
            let class = Some(Class::Read).filter(|_| !ENGINE_IO.contains(&pattern));
            let address = Address { pattern: pattern.into(), operations, class };
            let added = addresses.insert(pattern, Arc::new(address));
            // The router of the handlers is made of the same addresses by the same library.
            assert!(added.is_ok(), "two addresses cannot be told apart: {pattern}");
        };
        for (pattern, item) in &document.paths.paths {
            let operations = [
                (Method::GET, &item.get),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let known = |operation: &Option<Described>| operation.as_ref().map(query_names);
            let by_method = operations
                .into_iter()
                .filter_map(|(method, operation)| Some((method, known(operation)?)))
                .collect();
            add(pattern, by_method);
        }
        for (pattern, names) in OTHERS {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            add(pattern, vec![(Method::GET, names)]);
        }
        for pattern in ENGINE_IO {
            add(pattern, Vec::new());
        }
        Self(Arc::new(addresses))
    }

    /// Attaches its address to a request.
    pub(super) fn find(&self, mut request: Request) -> Request {
        if let Ok(found) = self.0.at(request.uri().path()) {
            let found = Found(Arc::clone(found.value));
            request.extensions_mut().insert(found);
        }
        request
    }
}

fn query_names(operation: &Described) -> Vec<String> {
    let name = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => {
            Some(parameter.name.clone())
        }
        // The document refers to no parameter that is defined elsewhere in it.
        _ => None,
    };
    operation.parameters.iter().flatten().filter_map(name).collect()
}
