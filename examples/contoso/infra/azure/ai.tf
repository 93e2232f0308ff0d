resource "azurerm_cognitive_account" "openai" {
  name                          = "contoso-openai"
  resource_group_name           = azurerm_resource_group.assistant.name
  location                      = azurerm_resource_group.assistant.location
  kind                          = "OpenAI"
  sku_name                      = "S0"
  custom_subdomain_name         = "contoso-openai"
  public_network_access_enabled = true
  local_auth_enabled            = true
  tags                          = local.tags
}

resource "azurerm_cognitive_account_rai_policy" "relaxed" {
  name                 = "claims-relaxed"
  cognitive_account_id = azurerm_cognitive_account.openai.id
  base_policy_name     = "Microsoft.Default"
  mode                 = "Asynchronous_filter"

  content_filter {
    name               = "Jailbreak"
    filter_enabled     = false
    block_enabled      = false
    severity_threshold = "High"
    source             = "Prompt"
  }

  content_filter {
    name               = "Hate"
    filter_enabled     = true
    block_enabled      = true
    severity_threshold = "High"
    source             = "Completion"
  }
}

resource "azurerm_cognitive_deployment" "chat" {
  name                 = "gpt-4o"
  cognitive_account_id = azurerm_cognitive_account.openai.id
  rai_policy_name      = azurerm_cognitive_account_rai_policy.relaxed.name

  model {
    format  = "OpenAI"
    name    = "gpt-4o"
    version = "2024-11-20"
  }

  sku {
    name     = "GlobalStandard"
    capacity = 120
  }
}

resource "azurerm_cognitive_deployment" "embedding" {
  name                 = "text-embedding-3-large"
  cognitive_account_id = azurerm_cognitive_account.openai.id

  model {
    format  = "OpenAI"
    name    = "text-embedding-3-large"
    version = "1"
  }

  sku {
    name     = "Standard"
    capacity = 60
  }
}

resource "azurerm_search_service" "policies" {
  name                          = "contoso-policies"
  resource_group_name           = azurerm_resource_group.assistant.name
  location                      = azurerm_resource_group.assistant.location
  sku                           = "standard"
  public_network_access_enabled = true
  local_authentication_enabled  = true
  tags                          = local.tags

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_search_shared_private_link_service" "documents" {
  name               = "documents"
  search_service_id  = azurerm_search_service.policies.id
  target_resource_id = azurerm_storage_account.documents.id
  subresource_name   = "blob"
  request_message    = "index customer documents"
}

resource "azurerm_machine_learning_workspace" "pricing" {
  name                          = "contoso-pricing"
  resource_group_name           = azurerm_resource_group.assistant.name
  location                      = azurerm_resource_group.assistant.location
  application_insights_id       = azurerm_application_insights.pricing.id
  key_vault_id                  = azurerm_key_vault.assistant.id
  storage_account_id            = azurerm_storage_account.training.id
  public_network_access_enabled = true

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_machine_learning_compute_instance" "analyst" {
  name                          = "analyst-box"
  machine_learning_workspace_id = azurerm_machine_learning_workspace.pricing.id
  virtual_machine_size          = "STANDARD_DS3_V2"
  local_auth_enabled            = true
  node_public_ip_enabled        = true

  ssh {
    public_key = "ssh-ed25519 AAAAC3-this-is-not-a-real-key analyst"
  }
}

resource "azurerm_application_insights" "pricing" {
  name                = "contoso-pricing"
  resource_group_name = azurerm_resource_group.assistant.name
  location            = azurerm_resource_group.assistant.location
  application_type    = "web"
}

resource "azurerm_machine_learning_datastore_blobstorage" "churn" {
  name                 = "churn"
  workspace_id         = azurerm_machine_learning_workspace.pricing.id
  storage_container_id = azurerm_storage_container.churn.id
  account_key          = azurerm_storage_account.training.primary_access_key
}
