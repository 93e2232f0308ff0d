use axum::Json;
use axum::extract::State;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use picket_model::{Channel, Verdict};
use picket_shield::{Explained, InputMessage, Shield, ShieldInput, attack_detected};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::problem::{Body, Problem, Query};

/// Inputs in one batch.
const BATCH: usize = 256;

/// Limits of the compatible operation, as Prompt Shields documents them.
const PROMPT_LIMIT: usize = 10_000;
const DOCUMENTS_LIMIT: usize = 5;
const DOCUMENTS_LENGTH: usize = 10_000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(analyze)).routes(routes!(shield_prompt))
}

/// One input, or several.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum Inputs {
    /// Several.
    Many(Vec<ShieldInput>),
    /// One.
    One(Box<ShieldInput>),
}

/// One verdict, or one for each input.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Verdicts {
    /// Several, in order of the inputs.
    Many(Vec<Verdict>),
    /// One.
    One(Box<Verdict>),
    /// Several, with what they rest on.
    ManyExplained(Vec<Explained>),
    /// One, with what it rests on.
    OneExplained(Box<Explained>),
}

/// What is wanted beside verdicts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Whether to say what each verdict rests on: the decoded and hidden texts that were read, and what the rules mean.
    #[serde(default)]
    #[param(required = false)]
    explain: bool,
}

/// Inspects text.
#[utoipa::path(post, path = "/api/v1/shield/analyze", tag = "shield", params(Wanted), request_body = Inputs,
    security(("token" = ["shield.analyze"])), responses((status = 200, body = Verdicts), (status = 400, body = Problem)))]
async fn analyze(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    Body(inputs): Body<Inputs>,
) -> Result<Json<Verdicts>, Problem> {
    if matches!(&inputs, Inputs::Many(inputs) if inputs.len() > BATCH) {
        return Err(Problem::bad_request(format!("at most {BATCH} inputs go into one request")));
    }
    let shield = app.shield.load_full();
    let verdicts = off_thread(move || match inputs {
        Inputs::One(input) if wanted.explain => {
            Verdicts::OneExplained(Box::new(shield.explain(&input)))
        }
        Inputs::Many(inputs) if wanted.explain => {
            Verdicts::ManyExplained(inputs.iter().map(|input| shield.explain(input)).collect())
        }
        Inputs::One(input) => Verdicts::One(Box::new(shield.analyze(&input))),
        Inputs::Many(inputs) => {
            Verdicts::Many(inputs.iter().map(|input| shield.analyze(input)).collect())
        }
    })
    .await?;
    Ok(Json(verdicts))
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "an inspection ended on an error of the shield's own");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the inspection stopped on an error of the shield's own; please report it",
        )
    })
}

/// Version of the compatible API that the client speaks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ApiVersion {
    /// Such as `2024-09-01`.
    #[serde(rename = "api-version")]
    api_version: String,
}

/// A prompt and its documents.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShieldPromptRequest {
    /// What the user wrote, at most 10,000 characters.
    #[serde(default)]
    user_prompt: Option<String>,
    /// At most 5, with 10,000 characters in all.
    #[serde(default)]
    documents: Option<Vec<String>>,
}

/// Whether attacks were seen.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShieldPromptAnswer {
    /// In the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_prompt_analysis: Option<Analysis>,
    /// In each document, in order.
    documents_analysis: Vec<Analysis>,
}

/// Whether an attack was seen in one text.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    /// Whether it was.
    attack_detected: bool,
}

/// Prompt Shields of Azure AI Content Safety, compatible on the wire.
#[utoipa::path(post, path = "/contentsafety/text:shieldPrompt", tag = "shield", params(ApiVersion),
    request_body = ShieldPromptRequest, security(("token" = ["shield.analyze"])),
    responses((status = 200, body = ShieldPromptAnswer), (status = 400, body = Object)))]
async fn shield_prompt(
    State(app): State<App>,
    version: Result<axum::extract::Query<ApiVersion>, QueryRejection>,
    body: Result<Json<ShieldPromptRequest>, JsonRejection>,
) -> Response {
    let known = version.is_ok_and(|version| version.api_version.starts_with("20"));
    if !known {
        return refusal(
            "MissingApiVersionParameter",
            "The api-version query parameter is required.",
        );
    }
    let request = match body {
        Ok(Json(request)) => request,
        Err(rejection) => return refusal("InvalidRequestBody", &rejection.body_text()),
    };
    let documents = request.documents.unwrap_or_default();
    if request.user_prompt.is_none() && documents.is_empty() {
        return refusal("InvalidRequestBody", "userPrompt or documents is required.");
    }
    if request.user_prompt.as_ref().is_some_and(|prompt| prompt.chars().count() > PROMPT_LIMIT) {
        return refusal("InvalidRequestBody", "userPrompt is longer than 10000 characters.");
    }
    let length: usize = documents.iter().map(|document| document.chars().count()).sum();
    if documents.len() > DOCUMENTS_LIMIT || length > DOCUMENTS_LENGTH {
        return refusal(
            "InvalidRequestBody",
            "documents are more than 5 or longer than 10000 characters in all.",
        );
    }
    let shield = app.shield.load_full();
    let answer = off_thread(move || ShieldPromptAnswer {
        user_prompt_analysis: request
            .user_prompt
            .map(|prompt| look(&shield, Channel::User, prompt)),
        documents_analysis: documents
            .into_iter()
            .map(|document| look(&shield, Channel::Document, document))
            .collect(),
    });
    match answer.await {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn look(shield: &Shield, channel: Channel, content: String) -> Analysis {
    let input = ShieldInput {
        messages: vec![InputMessage::text(channel, content)],
        ..ShieldInput::default()
    };
    Analysis { attack_detected: attack_detected(&shield.analyze(&input)) }
}

/// The service's own error shape.
fn refusal(code: &str, message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": { "code": code, "message": message } })))
        .into_response()
}
