use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use picket_store::Token;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::List;
use crate::App;
use crate::access::COOKIE;
use crate::problem::{Body, Problem};

/// How long a browser's session lasts.
const SESSION_SECONDS: u32 = 12 * 60 * 60;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(tokens))
}

/// Trading a token for a session cookie has to be possible without one.
pub(super) fn open() -> Router<App> {
    Router::new().route("/api/v1/session", post(open_session).delete(close_session))
}

/// A token without its secret.
#[derive(Debug, Serialize, ToSchema)]
struct TokenView {
    /// Id, to revoke it by.
    #[schema(value_type = String)]
    id: Uuid,
    /// What it is for.
    name: String,
    /// When it was made.
    created: DateTime<Utc>,
    /// Until when it is good.
    expires: Option<DateTime<Utc>>,
    /// When it was last used.
    last_use: Option<DateTime<Utc>>,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        let Token { id, name, created, expires, last_use } = token;
        Self { id, name, created, expires, last_use }
    }
}

/// Access tokens, without their secrets; `picket tokens` makes and revokes them.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "access", security(("token" = ["access.read"])),
    responses((status = 200, body = List<TokenView>)))]
async fn tokens(State(app): State<App>) -> Result<Json<List<TokenView>>, Problem> {
    let items: Vec<TokenView> =
        app.store.tokens().await?.into_iter().map(TokenView::from).collect();
    Ok(Json(List { total: items.len() as u64, items, next: None }))
}

#[derive(Debug, Deserialize)]
struct Session {
    token: String,
}

async fn open_session(
    State(app): State<App>,
    headers: HeaderMap,
    Body(session): Body<Session>,
) -> Result<Response, Problem> {
    let token = session.token.trim();
    let plain = token.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if !plain || app.store.token_by_secret(token).await?.is_none() {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "the token is not known, was revoked or has expired: make a new one with `picket tokens create NAME`",
        ));
    }
    // Behind TLS the cookie must not travel without it.
    let https = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let secure = if https { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={SESSION_SECONDS}{secure}"
    );
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])).into_response())
}

async fn close_session() -> Response {
    let cookie = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    (StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])).into_response()
}
