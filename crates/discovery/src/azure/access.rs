//! Who may do what: role assignments, by the roles' own definitions.

use std::collections::HashMap;

use picket_model::{Asset, AssetKind, Provider};
use serde_json::Value;

use super::client::Client;
use super::types::texts;
use crate::cloud::Gather;

const API: &str = "2022-04-01";

/// A role that a principal has at a scope and below it.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    pub(super) principal: String,
    pub(super) principal_type: String,
    /// Resource id in lower case.
    pub(super) scope: String,
    pub(super) subscription: String,
    pub(super) role: Role,
}

/// What a role allows.
#[derive(Debug, Clone, Default)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) actions: Vec<String>,
    pub(super) data_actions: Vec<String>,
}

impl Role {
    /// Whether it reaches what is in a resource of `namespace` (such as `microsoft.storage`): by data actions, or by
    /// control of the resource, which gives its keys. Reading the resource's settings does not.
    pub(super) fn reaches(&self, namespace: &str) -> bool {
        let concerns = |action: &String| {
            let action = action.to_lowercase();
            action == "*" || action.split('/').next() == Some(namespace)
        };
        let controls = |action: &String| {
            let action = action.to_lowercase();
            action == "*" || (concerns(&action) && !action.ends_with("/read"))
        };
        self.data_actions.iter().any(concerns) || self.actions.iter().any(controls)
    }

    /// Whether it allows everything.
    pub(super) fn is_privileged(&self) -> bool {
        self.actions.iter().any(|action| action == "*")
    }
}

/// Reads the role assignments of a subscription and everything below it.
pub(super) async fn read(
    client: &Client,
    gather: &Gather<'_>,
    subscription: &str,
) -> Vec<Assignment> {
    let base = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization");
    let (definitions_path, assignments_path) =
        (format!("{base}/roleDefinitions"), format!("{base}/roleAssignments"));
    let ((definitions, wrong), (assignments, failed)) =
        futures::join!(client.list(&definitions_path, API), client.list(&assignments_path, API));
    for (path, failure) in [(definitions_path, wrong), (assignments_path, failed)] {
        if let Some(error) = failure {
            gather.failed(path, &error);
        }
    }
    let roles: HashMap<String, Role> = definitions.iter().filter_map(role).collect();
    assignments
        .iter()
        .filter_map(|assignment| self::assignment(assignment, &roles, subscription))
        .collect()
}

/// A definition's id without its scope, and what it allows.
fn role(definition: &Value) -> Option<(String, Role)> {
    let id = last(definition["id"].as_str()?);
    let texts = |pointer| texts(definition, pointer).into_iter().map(str::to_owned).collect();
    let role = Role {
        name: definition.pointer("/properties/roleName")?.as_str()?.to_owned(),
        actions: texts("/properties/permissions/*/actions"),
        data_actions: texts("/properties/permissions/*/dataActions"),
    };
    Some((id, role))
}

fn assignment(
    assignment: &Value,
    roles: &HashMap<String, Role>,
    subscription: &str,
) -> Option<Assignment> {
    let properties = &assignment["properties"];
    let definition = last(properties["roleDefinitionId"].as_str()?);
    Some(Assignment {
        principal: properties["principalId"].as_str()?.to_owned(),
        principal_type: properties["principalType"]
            .as_str()
            .unwrap_or("ServicePrincipal")
            .to_owned(),
        scope: properties["scope"].as_str()?.trim_end_matches('/').to_lowercase(),
        subscription: subscription.to_owned(),
        role: roles
            .get(&definition)
            .cloned()
            .unwrap_or(Role { name: definition, ..Role::default() }),
    })
}

fn last(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_lowercase()
}

/// A principal that is no resource, as an asset.
pub(super) fn principal(id: &str, kind: &str, environment: &str) -> Asset {
    let kind = match kind {
        "User" => AssetKind::User,
        "Group" | "ForeignGroup" => AssetKind::Group,
        _ => AssetKind::ServiceIdentity,
    };
    Asset::new(format!("entra://{id}"), kind, id, Provider::Azure, environment)
        .native_type("Microsoft.Graph/servicePrincipals")
        .with("principal_id", id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(actions: &[&str], data_actions: &[&str]) -> Role {
        let owned = |list: &[&str]| list.iter().map(|action| (*action).to_owned()).collect();
        Role { name: "r".to_owned(), actions: owned(actions), data_actions: owned(data_actions) }
    }

    #[test]
    fn reading_settings_is_no_access_to_data() {
        assert!(!role(&["*/read"], &[]).reaches("microsoft.storage"));
        assert!(role(&["*"], &[]).reaches("microsoft.storage"));
        assert!(
            role(&["Microsoft.Storage/storageAccounts/listkeys/action"], &[])
                .reaches("microsoft.storage")
        );
        assert!(
            !role(&["Microsoft.Storage/storageAccounts/listkeys/action"], &[])
                .reaches("microsoft.search")
        );
        assert!(
            role(&[], &["Microsoft.CognitiveServices/accounts/OpenAI/*"])
                .reaches("microsoft.cognitiveservices")
        );
    }
}
