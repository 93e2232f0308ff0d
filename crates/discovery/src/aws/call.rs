//! One signed call: from an [`Operation`] and its arguments to a JSON value, whatever the service's protocol.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::{
    references::References,
    service::{Operation, Protocol},
    session::Session,
    value::text,
    xml,
};
use crate::cloud::{ApiError, CallError, Gather, Http, Reply};

/// What URIs of AWS leave as it is: letters, digits and `-._~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The argument, and header, in which S3's control plane is told the account.
const ACCOUNT_HEADER: &str = "x-amz-account-id";

/// What all calls of a scan share.
pub(super) struct Client<'a> {
    pub(super) http: Http,
    pub(super) gather: Gather<'a>,
    /// What workloads refer to by their environment variables.
    pub(super) references: References,
    /// One base URL for every service, where `AWS_ENDPOINT_URL` or the profile sets it.
    pub(super) endpoint: Option<String>,
}

/// A call made ready, but for the signature.
#[derive(Debug, PartialEq)]
struct Prepared {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Client<'_> {
    /// Makes one call and reads its answer: JSON as it is, XML by [`xml::to_value`] without the wrappers around the result.
    ///
    /// # Errors
    /// See [`CallError`]; throttling and server errors have been tried again before.
    pub(super) async fn call(
        &self,
        session: &Session,
        region: &str,
        operation: &Operation,
        arguments: &Value,
    ) -> Result<Value, CallError> {
        let reply = self.send(session, region, operation, arguments).await?;
        if matches!(operation.service.protocol, Protocol::Rest | Protocol::Json(..)) {
            return reply.json();
        }
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        let mut answer = xml::to_value(&String::from_utf8_lossy(&reply.body))?;
        let result = answer.get_mut(format!("{}Result", operation.name)).map(Value::take);
        Ok(result.unwrap_or(answer))
    }

    /// Makes one call and returns its answer unread, such as an object's bytes.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(super) async fn send(
        &self,
        session: &Session,
        region: &str,
        operation: &Operation,
        arguments: &Value,
    ) -> Result<Reply, CallError> {
        let credentials = session.credentials(self).await?;
        let endpoint = self.endpoint(operation, region, arguments);
        let prepared = prepare(operation, &endpoint, arguments);
        let request = || signed(operation, region, &credentials, &prepared);
        self.http.send(request, explain).await
    }

    fn endpoint(&self, operation: &Operation, region: &str, arguments: &Value) -> String {
        if let Some(endpoint) = &self.endpoint {
            return endpoint.trim_end_matches('/').to_owned();
        }
        let host = operation.service.host.replace("{region}", region);
        let host =
            host.replace("{account}", arguments[ACCOUNT_HEADER].as_str().unwrap_or_default());
        let suffix = match partition(region) {
            _ if host.ends_with(".api.aws") => "",
            "aws-cn" if host == "iam" => ".cn-north-1.amazonaws.com.cn",
            "aws-us-gov" if host == "iam" => ".us-gov.amazonaws.com",
            "aws-cn" => ".amazonaws.com.cn",
            _ => ".amazonaws.com",
        };
        format!("https://{host}{suffix}")
    }
}

/// The partition that a region belongs to, as ARNs name it.
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The region that global services of a partition are signed for.
pub(super) fn global_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

fn prepare(operation: &Operation, endpoint: &str, arguments: &Value) -> Prepared {
    let mut rest: Map<String, Value> = arguments.as_object().cloned().unwrap_or_default();
    let mut headers = Vec::new();
    let mut body = Vec::new();
    let mut url = endpoint.to_owned();
    match operation.service.protocol {
        Protocol::Rest | Protocol::RestXml => {
            url.push_str(&fill_path(operation.path(), &mut rest));
            if operation.method() == "POST" {
                headers.push(("content-type", "application/json".to_owned()));
                body = Value::Object(rest).to_string().into_bytes();
            } else {
                for header in ["range", ACCOUNT_HEADER] {
                    if let Some(value) = rest.remove(header) {
                        headers.push((header, plain(&value)));
                    }
                }
                add_query(&mut url, &rest);
            }
        }
        Protocol::Json(version, target) => {
            url.push('/');
            headers.push(("content-type", format!("application/x-amz-json-{version}")));
            headers.push(("x-amz-target", format!("{target}.{}", operation.name)));
            body = Value::Object(rest).to_string().into_bytes();
        }
        Protocol::Query(version) => {
            url.push('/');
            headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
            let mut form = format!("Action={}&Version={version}", operation.name);
            for (key, value) in &rest {
                form = format!("{form}&{}={}", encode(key), encode(&plain(value)));
            }
            body = form.into_bytes();
        }
    }
    let method = if operation.route.is_empty() { "POST" } else { operation.method() };
    Prepared { method, url, headers, body }
}

/// Puts arguments into the path's `{…}` and takes them out of `rest`; one marked `+` keeps its slashes.
fn fill_path(template: &str, rest: &mut Map<String, Value>) -> String {
    let mut path = String::new();
    for (index, part) in template.split(['{', '}']).enumerate() {
        if index % 2 == 0 {
            path.push_str(part);
        } else if let Some(value) = rest.remove(part.trim_end_matches('+')) {
            let text = encode(&plain(&value));
            path.push_str(&if part.ends_with('+') { text.replace("%2F", "/") } else { text });
        }
    }
    path
}

fn add_query(url: &mut String, arguments: &Map<String, Value>) {
    for (key, value) in arguments {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&format!("{}={}", encode(key), encode(&plain(value))));
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

fn signed(
    operation: &Operation,
    region: &str,
    credentials: &Credentials,
    prepared: &Prepared,
) -> Result<reqwest::Request, CallError> {
    let failed = |what: &str, error: &dyn std::fmt::Display| CallError::Malformed {
        message: format!("{} cannot be {what}: {error}", operation.name),
    };
    let mut settings = SigningSettings::default();
    if operation.service.protocol == Protocol::RestXml {
        // S3 takes paths as they are and wants the body's digest in a header.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(operation.service.signing)
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .map_err(|error| failed("signed", &error))?
        .into();
    let headers = prepared.headers.iter().map(|(name, value)| (*name, value.as_str()));
    let body = SignableBody::Bytes(&prepared.body);
    let signable = SignableRequest::new(prepared.method, prepared.url.as_str(), headers, body)
        .map_err(|error| failed("signed", &error))?;
    let (signature, _) =
        sign(signable, &parameters).map_err(|error| failed("signed", &error))?.into_parts();

    let mut request = http::Request::builder().method(prepared.method).uri(&prepared.url);
    for (name, value) in &prepared.headers {
        request = request.header(*name, value);
    }
    let mut request =
        request.body(prepared.body.clone()).map_err(|error| failed("built", &error))?;
    signature.apply_to_request_http1x(&mut request);
    request.try_into().map_err(|error: reqwest::Error| failed("sent", &error))
}

/// AWS names an error in a header, in `__type` or `code` of JSON, or in `Code` of XML.
fn explain(reply: &Reply) -> ApiError {
    let body = if reply.body.first() == Some(&b'<') {
        xml::to_value(&String::from_utf8_lossy(&reply.body)).unwrap_or_default()
    } else {
        reply.json::<Value>().unwrap_or_else(|_| json!({}))
    };
    let code = reply
        .header("x-amzn-errortype")
        .or_else(|| {
            ["/__type", "/code", "/Code", "/Error/Code", "/Errors/Error/Code"]
                .iter()
                .find_map(|at| text(&body, at))
        })
        .unwrap_or_default();
    // `com.amazonaws#AccessDeniedException:http://…` is AccessDeniedException.
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    let message = ["/message", "/Message", "/Error/Message", "/Errors/Error/Message"]
        .iter()
        .find_map(|at| text(&body, at))
        .unwrap_or(if code.is_empty() {
            "an error page instead of an answer"
        } else {
            "no message"
        });
    ApiError { code, message: message.chars().take(300).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::service::{BEDROCK_AGENT, IAM, S3, SAGEMAKER};

    #[test]
    fn calls_take_the_shape_of_their_protocol() {
        let rest = BEDROCK_AGENT.list("X", "POST /agents/{agentId}/aliases/", "/x");
        let call = prepare(&rest, "https://h", &json!({"agentId": "a/b:c", "nextToken": "t"}));
        assert_eq!(
            (call.method, call.url.as_str()),
            ("POST", "https://h/agents/a%2Fb%3Ac/aliases/")
        );
        assert_eq!(call.body, br#"{"nextToken":"t"}"#);

        let get = S3.get("X", "GET /{Bucket}?list-type=2");
        let call = prepare(&get, "https://h", &json!({"Bucket": "b", "max-keys": 5}));
        assert_eq!((call.method, call.url.as_str()), ("GET", "https://h/b?list-type=2&max-keys=5"));

        let json_call = prepare(&SAGEMAKER.get("ListModels", ""), "https://h", &json!({}));
        assert_eq!(json_call.headers[1], ("x-amz-target", "SageMaker.ListModels".to_owned()));
        assert_eq!(json_call.body, b"{}");

        let query = prepare(&IAM.get("GetRole", ""), "https://h", &json!({"RoleName": "a b"}));
        assert_eq!(query.body, b"Action=GetRole&Version=2010-05-08&RoleName=a%20b");
    }

    #[test]
    fn error_codes_stand_in_three_places() {
        let reply = |header: Option<&str>, body: &str| {
            let mut headers = http::HeaderMap::new();
            if let Some(value) = header {
                headers.insert("x-amzn-errortype", value.parse().unwrap());
            }
            Reply { status: http::StatusCode::BAD_REQUEST, headers, body: body.as_bytes().to_vec() }
        };
        let code = |header, body: &str| explain(&reply(header, body)).code;
        assert_eq!(code(Some("AccessDeniedException:http://x"), "{}"), "AccessDeniedException");
        assert_eq!(code(None, r#"{"__type":"com.amazon#Throttling"}"#), "Throttling");
        assert_eq!(
            code(None, "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>"),
            "NoSuchEntity"
        );
        assert_eq!(
            code(
                None,
                "<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors></Response>"
            ),
            "AuthFailure"
        );
        assert_eq!(code(None, "<Error><Code>NoSuchBucket</Code></Error>"), "NoSuchBucket");
        assert_eq!(code(None, "<!doctype html><html lang=en><title>500</title>"), "");
    }
}
