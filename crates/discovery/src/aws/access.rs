//! Who can do what to which AI and data resources: the CAN_ACCESS relations.

use picket_model::{Asset, DiagnosticStatus, Relation, RelationKind};
use rustc_hash::FxHashMap;

use super::{iam::Identity, policy::Permissions};
use crate::cloud::Gather;

/// For a type of resource, the actions worth knowing and the resource each is checked on, made of the asset's ARN.
///
/// Source: the service authorization reference, <https://docs.aws.amazon.com/service-authorization/latest/reference/>.
const ACTIONS: &[(&str, &[(&str, &str)])] = &[
    (
        "AWS::S3::Bucket",
        &[
            ("s3:GetObject", "{arn}/*"),
            ("s3:PutObject", "{arn}/*"),
            ("s3:DeleteObject", "{arn}/*"),
            ("s3:ListBucket", "{arn}"),
        ],
    ),
    // An agent is invoked through an alias; many policies name the agent all the same.
    (
        "AWS::Bedrock::Agent",
        &[
            ("bedrock:InvokeAgent", "{alias}/*"),
            ("bedrock:InvokeAgent", "{arn}"),
            ("bedrock:UpdateAgent", "{arn}"),
        ],
    ),
    (
        "AWS::Bedrock::KnowledgeBase",
        &[
            ("bedrock:Retrieve", "{arn}"),
            ("bedrock:RetrieveAndGenerate", "{arn}"),
            ("bedrock:StartIngestionJob", "{arn}"),
        ],
    ),
    ("AWS::Bedrock::FoundationModel", &[("bedrock:InvokeModel", "{arn}")]),
    (
        "AWS::Bedrock::CustomModel",
        &[("bedrock:InvokeModel", "{arn}"), ("bedrock:DeleteCustomModel", "{arn}")],
    ),
    ("AWS::Bedrock::ImportedModel", &[("bedrock:InvokeModel", "{arn}")]),
    ("AWS::Bedrock::ApplicationInferenceProfile", &[("bedrock:InvokeModel", "{arn}")]),
    ("AWS::Bedrock::ProvisionedModelThroughput", &[("bedrock:InvokeModel", "{arn}")]),
    (
        "AWS::Bedrock::Guardrail",
        &[("bedrock:UpdateGuardrail", "{arn}"), ("bedrock:DeleteGuardrail", "{arn}")],
    ),
    ("AWS::Bedrock::Service", &[("bedrock:DeleteModelInvocationLoggingConfiguration", "*")]),
    ("AWS::BedrockAgentCore::Runtime", &[("bedrock-agentcore:InvokeAgentRuntime", "{arn}")]),
    ("AWS::BedrockAgentCore::Gateway", &[("bedrock-agentcore:InvokeGateway", "{arn}")]),
    ("AWS::BedrockAgentCore::Memory", &[("bedrock-agentcore:RetrieveMemoryRecords", "{arn}")]),
    (
        "AWS::SageMaker::Endpoint",
        &[("sagemaker:InvokeEndpoint", "{arn}"), ("sagemaker:UpdateEndpoint", "{arn}")],
    ),
    (
        "AWS::SageMaker::NotebookInstance",
        &[("sagemaker:CreatePresignedNotebookInstanceUrl", "{arn}")],
    ),
    ("AWS::SageMaker::Domain", &[("sagemaker:CreatePresignedDomainUrl", "{user_profile}/*")]),
    ("AWS::OpenSearchServerless::Collection", &[("aoss:APIAccessAll", "{arn}")]),
    (
        "AWS::S3Vectors::Index",
        &[("s3vectors:QueryVectors", "{arn}"), ("s3vectors:PutVectors", "{arn}")],
    ),
    ("AWS::Kendra::Index", &[("kendra:Query", "{arn}")]),
    (
        "AWS::DynamoDB::Table",
        &[("dynamodb:GetItem", "{arn}"), ("dynamodb:Scan", "{arn}"), ("dynamodb:PutItem", "{arn}")],
    ),
    ("AWS::RDS::DBCluster", &[("rds-data:ExecuteStatement", "{arn}")]),
    ("AWS::SecretsManager::Secret", &[("secretsmanager:GetSecretValue", "{arn}")]),
    (
        "AWS::Lambda::Function",
        &[("lambda:InvokeFunction", "{arn}"), ("lambda:UpdateFunctionCode", "{arn}")],
    ),
];

/// Draws CAN_ACCESS for every identity and every resource that its policies reach, up to `limit` relations.
///
/// Identity policies reach resources of their own account; a foundation model belongs to none.
pub(super) fn relate(gather: &Gather<'_>, identities: &[Identity], limit: usize) {
    let relations: Vec<Relation> = {
        let found = gather.lock();
        let mut by_account: FxHashMap<&str, Vec<(&Asset, &Actions)>> = FxHashMap::default();
        let mut shared = Vec::new();
        for asset in found.assets() {
            let Some(actions) = actions_of(&asset.native_type) else { continue };
            if asset.native_type == "AWS::Bedrock::FoundationModel" {
                shared.push((asset, actions));
            } else {
                by_account.entry(&asset.environment).or_default().push((asset, actions));
            }
        }
        let own =
            |identity: &Identity| by_account.get(identity.account.as_str()).into_iter().flatten();
        let actors = identities.iter().filter(|identity| !identity.service_linked);
        let reach = actors.clone().flat_map(|identity| {
            let reached = own(identity).chain(&shared);
            reached.filter_map(|(asset, actions)| access(identity, asset, actions))
        });
        let assume =
            actors.flat_map(|identity| identities.iter().filter_map(|role| assume(identity, role)));
        reach.chain(assume).take(limit.saturating_add(1)).collect()
    };
    if relations.len() > limit {
        gather.diagnostic(
            DiagnosticStatus::TooLarge,
            "aws access relations",
            format!("more than {limit} access relations; the rest is left out, raise the limit to see it"),
        );
    }
    for relation in relations.into_iter().take(limit) {
        gather.relation(relation);
    }
}

type Actions = [(&'static str, &'static str)];

fn actions_of(native_type: &str) -> Option<&'static Actions> {
    ACTIONS.iter().find(|(known, _)| *known == native_type).map(|(_, actions)| *actions)
}

fn access(identity: &Identity, asset: &Asset, actions: &Actions) -> Option<Relation> {
    let mut allowed: Vec<&str> = Vec::new();
    let mut via: Vec<String> = Vec::new();
    let mut conditions: Vec<String> = Vec::new();
    for (action, template) in actions {
        let Some(grant) = allows(&identity.permissions, action, template, asset) else { continue };
        if !allowed.contains(action) {
            allowed.push(action);
        }
        if !via.contains(&grant.via) {
            via.push(grant.via);
        }
        conditions.extend(grant.conditions.iter().cloned());
    }
    if allowed.is_empty() {
        return None;
    }
    conditions.sort();
    conditions.dedup();
    let relation = Relation::new(&*identity.arn, RelationKind::CanAccess, asset.id.clone())
        .with("actions", allowed)
        .with("via", via.join("; "));
    Some(if conditions.is_empty() { relation } else { relation.with("conditions", conditions) })
}

fn allows<'a>(
    permissions: &'a Permissions,
    action: &str,
    template: &str,
    asset: &Asset,
) -> Option<super::policy::Grant<'a>> {
    let arn = asset.id.as_str();
    let resource = template
        .replace("{arn}", arn)
        .replace("{alias}", &arn.replacen(":agent/", ":agent-alias/", 1))
        .replace("{user_profile}", &arn.replacen(":domain/", ":user-profile/", 1));
    permissions.allows(action, &resource)
}

/// A role is assumed by whom its trust names; where it names a whole account, by those of it whose policies say so.
fn assume(identity: &Identity, role: &Identity) -> Option<Relation> {
    if identity.arn == role.arn {
        return None;
    }
    let trusting = role.trust.statements.iter().filter(|statement| statement.allow);
    let mut by_account = false;
    for principal in trusting.flat_map(|statement| &statement.principals) {
        if *principal == identity.arn {
            return Some(assumes(identity, role, "trust policy"));
        }
        by_account |= principal == "*"
            || *principal == identity.account
            || principal.ends_with(&format!("::{}:root", identity.account));
    }
    let grant =
        by_account.then(|| identity.permissions.allows("sts:AssumeRole", &role.arn)).flatten()?;
    Some(assumes(identity, role, &grant.via))
}

fn assumes(identity: &Identity, role: &Identity, via: &str) -> Relation {
    Relation::new(&*identity.arn, RelationKind::CanAccess, &*role.arn)
        .with("actions", vec!["sts:AssumeRole"])
        .with("via", via)
}
