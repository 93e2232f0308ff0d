//! The services that are read: how each is addressed, signed, asked and paged.

/// How a service is asked and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// REST with JSON bodies.
    Rest,
    /// POST with `X-Amz-Target`: the version of the content type and the target's prefix.
    Json(&'static str, &'static str),
    /// Form-encoded `Action`, answered in XML: the API version.
    Query(&'static str),
    /// REST answered in XML: S3.
    RestXml,
}

/// One AWS service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// Its name in diagnostics.
    pub(super) name: &'static str,
    /// Its host without the partition's suffix; `{region}` is filled in.
    pub(super) host: &'static str,
    /// Its name in signatures.
    pub(super) signing: &'static str,
    /// How it is asked.
    pub(super) protocol: Protocol,
    /// The paging token: its name in requests and its JSON pointer in answers.
    pub(super) token: (&'static str, &'static str),
}

/// One call of a service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub(super) service: Service,
    /// Its name in the service's API reference.
    pub(super) name: &'static str,
    /// Method and path of a REST call, `{Name}` standing for an argument; empty otherwise.
    pub(super) route: &'static str,
    /// JSON pointer of the items in a list's answer.
    pub(super) items: &'static str,
    /// The paging token: the service's, unless the call has one of its own.
    pub(super) token: (&'static str, &'static str),
}

impl Service {
    /// A call for a list, whose items stand at `items`.
    pub(super) const fn list(
        self,
        name: &'static str,
        route: &'static str,
        items: &'static str,
    ) -> Operation {
        Operation { service: self, name, route, items, token: self.token }
    }

    /// A call for one thing.
    pub(super) const fn get(self, name: &'static str, route: &'static str) -> Operation {
        self.list(name, route, "")
    }
}

impl Operation {
    /// The same call with paging of its own.
    pub(super) const fn paged_by(self, request: &'static str, answer: &'static str) -> Self {
        Self { token: (request, answer), ..self }
    }

    /// The HTTP method of a REST call.
    pub(super) fn method(&self) -> &'static str {
        self.route.split_once(' ').map_or("POST", |(method, _)| method)
    }

    /// The path template of a REST call.
    pub(super) fn path(&self) -> &'static str {
        self.route.split_once(' ').map_or("/", |(_, path)| path)
    }
}

const LOWER: (&str, &str) = ("nextToken", "/nextToken");
const UPPER: (&str, &str) = ("NextToken", "/NextToken");

const fn service(
    name: &'static str,
    host: &'static str,
    signing: &'static str,
    protocol: Protocol,
    token: (&'static str, &'static str),
) -> Service {
    Service { name, host, signing, protocol, token }
}

use Protocol::{Json, Query, Rest, RestXml};

pub(super) const STS: Service = service("sts", "sts.{region}", "sts", Query("2011-06-15"), UPPER);
pub(super) const IAM: Service =
    service("iam", "iam", "iam", Query("2010-05-08"), ("Marker", "/Marker"));
pub(super) const ORGANIZATIONS: Service = service(
    "organizations",
    "organizations.{region}",
    "organizations",
    Json("1.1", "AWSOrganizationsV20161128"),
    UPPER,
);
pub(super) const BEDROCK: Service = service("bedrock", "bedrock.{region}", "bedrock", Rest, LOWER);
pub(super) const BEDROCK_AGENT: Service =
    service("bedrock-agent", "bedrock-agent.{region}", "bedrock", Rest, LOWER);
pub(super) const AGENTCORE: Service = service(
    "bedrock-agentcore",
    "bedrock-agentcore-control.{region}",
    "bedrock-agentcore",
    Rest,
    LOWER,
);
pub(super) const SAGEMAKER: Service =
    service("sagemaker", "api.sagemaker.{region}", "sagemaker", Json("1.1", "SageMaker"), UPPER);
pub(super) const S3: Service =
    service("s3", "s3.{region}", "s3", RestXml, ("continuation-token", "/NextContinuationToken"));
pub(super) const S3_VECTORS: Service =
    service("s3vectors", "s3vectors.{region}.api.aws", "s3vectors", Rest, LOWER);
pub(super) const OPENSEARCH_SERVERLESS: Service =
    service("aoss", "aoss.{region}", "aoss", Json("1.0", "OpenSearchServerless"), LOWER);
pub(super) const KENDRA: Service =
    service("kendra", "kendra.{region}", "kendra", Json("1.1", "AWSKendraFrontendService"), UPPER);
pub(super) const LAMBDA: Service =
    service("lambda", "lambda.{region}", "lambda", Rest, ("Marker", "/NextMarker"));
pub(super) const EC2: Service =
    service("ec2", "ec2.{region}", "ec2", Query("2016-11-15"), ("NextToken", "/nextToken"));
pub(super) const RDS: Service =
    service("rds", "rds.{region}", "rds", Query("2014-10-31"), ("Marker", "/Marker"));
pub(super) const DYNAMODB: Service = service(
    "dynamodb",
    "dynamodb.{region}",
    "dynamodb",
    Json("1.0", "DynamoDB_20120810"),
    ("ExclusiveStartTableName", "/LastEvaluatedTableName"),
);
pub(super) const ECS: Service =
    service("ecs", "ecs.{region}", "ecs", Json("1.1", "AmazonEC2ContainerServiceV20141113"), LOWER);
pub(super) const EKS: Service = service("eks", "eks.{region}", "eks", Rest, LOWER);
pub(super) const ECR: Service = service(
    "ecr",
    "api.ecr.{region}",
    "ecr",
    Json("1.1", "AmazonEC2ContainerRegistry_V20150921"),
    LOWER,
);
pub(super) const SECRETS_MANAGER: Service = service(
    "secretsmanager",
    "secretsmanager.{region}",
    "secretsmanager",
    Json("1.1", "secretsmanager"),
    UPPER,
);
pub(super) const KMS: Service =
    service("kms", "kms.{region}", "kms", Json("1.1", "TrentService"), ("Marker", "/NextMarker"));
