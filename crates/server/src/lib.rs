//! HTTP API, OpenAPI, authentication and the embedded web.
