use picket_model::{AssetKind, RelationKind};

use super::{read, show};

const MAIN: &str = r#"//- infra/main.bicep
targetScope = 'resourceGroup'

@description('Name of the environment')
param environmentName string = 'shop'
param location string = resourceGroup().location
@secure()
param key string

var abbreviations = loadJsonContent('./abbreviations.json')
var token = uniqueString(resourceGroup().id)
var models = [
  { name: 'chat', model: 'gpt-4o', version: '2024-11-20' }
  { name: 'embed', model: 'text-embedding-3-large', version: '1' }
]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${environmentName}'
  location: location
}

module ai './ai.bicep' = {
  name: 'ai'
  params: {
    name: '${abbreviations.openAi}${environmentName}-${token}'
    location: 'westeurope'
    deployments: models
  }
}

resource search 'Microsoft.Search/searchServices@2024-06-01-preview' = {
  name: 'srch-${environmentName}'
  sku: { name: 'basic' }
  properties: {
    publicNetworkAccess: 'disabled' == 'enabled' ? 'enabled' : 'Disabled'
    disableLocalAuth: true
  }
}

resource docs 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'st${environmentName}'
  kind: 'StorageV2'
  properties: { allowBlobPublicAccess: true }
  resource blobs 'blobServices' = {
    name: 'default'
    resource container 'containers' = {
      name: 'docs'
      properties: { publicAccess: 'Blob' }
    }
  }
}

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: 'chat-app'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    configuration: { ingress: { external: true, targetPort: 8080 } }
    template: {
      containers: [
        {
          name: 'chat'
          image: 'ghcr.io/contoso/chat:1.2'
          env: [
            { name: 'AZURE_OPENAI_ENDPOINT', value: ai.outputs.endpoint }
            { name: 'AZURE_OPENAI_DEPLOYMENT', value: 'chat' }
            { name: 'AZURE_SEARCH_SERVICE', value: search.name }
            { name: 'OPENAI_API_KEY', value: 'sk-notarealkeynotarealkey00' }
          ]
        }
      ]
    }
  }
}

resource uses 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(identity.id, 'user')
  properties: {
    principalId: identity.properties.principalId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd')
  }
}

module reads 'role.bicep' = {
  name: 'reads'
  params: { account: docs.name, principal: identity.properties.principalId }
}
//- infra/abbreviations.json
{ "openAi": "oai-" }
//- infra/ai.bicep
param name string
param location string
param deployments array = []

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: name
  location: location
  kind: 'OpenAI'
  sku: { name: 'S0' }
  properties: { customSubDomainName: name, networkAcls: { defaultAction: 'Allow' } }
}

@batchSize(1)
resource deployment 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01' = [for item in deployments: {
  parent: account
  name: item.name
  sku: { name: 'GlobalStandard', capacity: 30 }
  properties: {
    model: { format: 'OpenAI', name: item.model, version: item.version }
    raiPolicyName: contains(item, 'policy') ? item.policy : 'Microsoft.Default'
  }
}]

output endpoint string = account.properties.endpoint
output name string = account.name
//- infra/role.bicep
param account string
param principal string
resource store 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: account
}
resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account)
  scope: store
  properties: {
    principalId: principal
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
  }
}
"#;

#[test]
fn bicep_modules_loops_and_roles_are_followed() {
    let out = read(MAIN);
    assert!(!format!("{out:?}").contains("notarealkey"));
    insta::assert_snapshot!(show(&out));
    assert_eq!(out.into_inventory().diagnostics, []);
}

#[test]
fn an_arm_template_says_the_same() {
    let out = read(
        r#"//- azuredeploy.json
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "parameters": {
    "accountName": { "type": "string", "defaultValue": "[concat('oai-', uniqueString(resourceGroup().id))]" },
    "model": { "type": "string", "defaultValue": "gpt-4o" }
  },
  "variables": { "deployment": "chat" },
  "resources": [
    { // the account
      "type": "Microsoft.CognitiveServices/accounts", "apiVersion": "2024-10-01",
      "name": "[parameters('accountName')]", "kind": "OpenAI", "sku": { "name": "S0" }, "location": "[resourceGroup().location]",
      "identity": { "type": "SystemAssigned" },
      "properties": { "disableLocalAuth": true, "publicNetworkAccess": "Disabled" },
      "resources": [
        { "type": "raiPolicies", "apiVersion": "2024-10-01", "name": "strict", "properties": { "mode": "Blocking", "contentFilters": [{ "name": "jailbreak", "enabled": true }] } }
      ]
    },
    { "type": "Microsoft.CognitiveServices/accounts/deployments", "apiVersion": "2024-10-01",
      "name": "[concat(parameters('accountName'), '/', variables('deployment'))]",
      "sku": { "name": "Standard", "capacity": 10 },
      "properties": { "model": { "format": "OpenAI", "name": "[parameters('model')]", "version": "2024-08-06" }, "raiPolicyName": "strict" } },
    { "type": "Microsoft.Web/sites", "apiVersion": "2024-04-01", "name": "shop-web",
      "identity": { "type": "SystemAssigned" },
      "properties": { "siteConfig": { "linuxFxVersion": "DOCKER|ghcr.io/open-webui/open-webui:main", "appSettings": [
        { "name": "AZURE_OPENAI_KEY", "value": "[listKeys(resourceId('Microsoft.CognitiveServices/accounts', parameters('accountName')), '2024-10-01').key1]" },
        { "name": "AZURE_OPENAI_DEPLOYMENT", "value": "[variables('deployment')]" }] } } },
    { "type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "[guid('x')]",
      "scope": "[resourceId('Microsoft.CognitiveServices/accounts', parameters('accountName'))]",
      "properties": { "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd')]",
        "principalId": "[reference(resourceId('Microsoft.Web/sites', 'shop-web'), '2024-04-01', 'full').identity.principalId]" } },
    { "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "nested",
      "properties": { "mode": "Incremental", "parameters": { "vault": { "value": "kv-shop" } }, "template": {
        "parameters": { "vault": { "type": "string" } },
        "resources": [{ "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "[parameters('vault')]", "properties": {} }] } } }
  ]
}
"#,
    );
    insta::assert_snapshot!(show(&out));
}

#[test]
fn registry_modules_declare_their_type() {
    let out = read(
        r#"//- main.bicep
module openAi 'br/public:avm/res/cognitive-services/account:0.9.1' = {
  name: 'openai'
  params: {
    name: 'oai-shop'
    kind: 'OpenAI'
    sku: 'S0'
    disableLocalAuth: true
    deployments: [
      { name: 'chat', model: { format: 'OpenAI', name: 'gpt-4.1', version: '2025-04-14' }, sku: { name: 'GlobalStandard', capacity: 50 } }
    ]
  }
}
"#,
    );
    let deployment = out.of_kind(AssetKind::ModelDeployment).next().unwrap();
    assert_eq!(
        (deployment.name.as_str(), &deployment.properties["sku"]),
        ("chat", &"GlobalStandard".into())
    );
    let deploys = out.relations().iter().find(|it| it.kind == RelationKind::Deploys).unwrap();
    assert_eq!(deploys.target.as_str(), "model://openai/gpt-4.1");
    let account = out.of_kind(AssetKind::AiService).next().unwrap();
    assert_eq!(account.properties["disable_local_auth"], true);
    assert_eq!(account.properties["public_network_access"], "Enabled");
    assert!(out.relations().iter().any(|it| it.kind == RelationKind::Contains
        && it.source == account.id
        && it.target == deployment.id));
}

#[test]
fn broken_bicep_is_named_and_the_rest_is_kept() {
    let deep = format!("var a = {}", "[".repeat(10_000));
    let holes = format!("var a = {}", "'${".repeat(10_000));
    let fixture = format!(
        "//- good.bicep\nvar broken = = 1\nresource s 'Microsoft.Storage/storageAccounts@2024-01-01' = {{\n  name: 'docs'\n}}\n\
         //- cycle.bicep\nvar a = b\nvar b = a\nresource s 'Microsoft.Storage/storageAccounts@2024-01-01' = {{\n  name: a\n}}\n\
         //- self.bicep\nmodule m 'self.bicep' = {{ name: 'm' }}\n\
         //- deep.bicep\n{deep}\n//- holes.bicep\n{holes}\n\
         //- cut.json\n{{ \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \"resources\": [\n"
    );
    let out = read(&fixture);
    assert_eq!(out.of_kind(AssetKind::ObjectStore).count(), 2);
    let mut named: Vec<String> =
        out.into_inventory().diagnostics.into_iter().map(|it| it.subject).collect();
    named.sort();
    assert_eq!(named, ["cut.json", "deep.bicep", "good.bicep", "holes.bicep"]);
}

#[test]
fn expressions_that_double_end() {
    let mut text = String::from("var a0 = 'x'\n");
    for level in 1..40 {
        let before = level - 1;
        text.push_str(&format!("var a{level} = '${{a{before}}}${{a{before}}}'\n"));
    }
    text.push_str(
        "resource s 'Microsoft.Storage/storageAccounts@2024-01-01' = {\n  name: a39\n}\n",
    );
    text.push_str("var l0 = ['x', 'y']\n");
    for level in 1..40 {
        let before = level - 1;
        text.push_str(&format!("var l{level} = [l{before}, concat(l{before}, l{before})]\n"));
    }
    text.push_str("resource t 'Microsoft.Storage/storageAccounts@2024-01-01' = {\n  name: 't'\n  tags: l39\n}\n");
    let mut modules = String::new();
    for level in 0..8 {
        modules.push_str(&format!("//- m{level}.bicep\n"));
        for call in 0..8 {
            modules.push_str(&format!("module m{call} 'm{}.bicep' = {{ name: 'm' }}\n", level + 1));
        }
    }
    let out = read(&format!("//- main.bicep\n{text}{modules}"));
    assert_eq!(out.of_kind(AssetKind::ObjectStore).count(), 2);
}

#[test]
fn what_code_calls_is_what_a_template_deploys() {
    let folder = tempfile::tempdir().unwrap();
    let bicep = "resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: 'oai-shop'
  kind: 'OpenAI'
  properties: { customSubDomainName: 'oai-shop' }
}
resource chat 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01' = {
  parent: account
  name: 'chat-large'
  properties: { model: { format: 'OpenAI', name: 'gpt-4o', version: '2024-11-20' } }
}
";
    let python = "from openai import AzureOpenAI
client = AzureOpenAI(azure_endpoint=\"https://oai-shop.openai.azure.com\", api_version=\"2024-10-21\")
answer = client.chat.completions.create(model=\"chat-large\", messages=[])
";
    std::fs::write(folder.path().join("main.bicep"), bicep).unwrap();
    std::fs::write(folder.path().join("app.py"), python).unwrap();
    let options = crate::PathOptions { environment: Some("shop".to_owned()), ..Default::default() };
    let inventory = crate::scan_path(&[folder.path().to_owned()], &options, &());
    let deployments: Vec<_> =
        inventory.assets.iter().filter(|it| it.kind == AssetKind::ModelDeployment).collect();
    assert_eq!(deployments.len(), 1, "{deployments:?}");
    assert_eq!(deployments[0].properties["standing"], "used");
    let services = inventory.assets.iter().filter(|it| it.kind == AssetKind::AiService).count();
    assert_eq!(services, 1);
    let deploys = inventory.relations.iter().find(|it| it.kind == RelationKind::Deploys).unwrap();
    assert_eq!(deploys.target.as_str(), "model://openai/gpt-4o");
}
