resource "azurerm_storage_account" "documents" {
  name                            = "contosodocuments"
  resource_group_name             = azurerm_resource_group.assistant.name
  location                        = azurerm_resource_group.assistant.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  public_network_access_enabled   = true
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = true
  tags                            = merge(local.tags, { data = "customer-documents", sensitivity = "confidential" })
}

resource "azurerm_storage_container" "policies" {
  name                  = "policies"
  storage_account_id    = azurerm_storage_account.documents.id
  container_access_type = "private"
}

resource "azurerm_storage_account" "training" {
  name                            = "contosotraining"
  resource_group_name             = azurerm_resource_group.assistant.name
  location                        = azurerm_resource_group.assistant.location
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  allow_nested_items_to_be_public = true
  tags                            = merge(local.tags, { data = "training" })
}

resource "azurerm_storage_container" "churn" {
  name                  = "churn-training"
  storage_account_id    = azurerm_storage_account.training.id
  container_access_type = "blob"
}

resource "azurerm_key_vault" "assistant" {
  name                          = "contoso-assistant"
  resource_group_name           = azurerm_resource_group.assistant.name
  location                      = azurerm_resource_group.assistant.location
  tenant_id                     = "00000000-0000-4000-8000-00000000face"
  sku_name                      = "standard"
  enable_rbac_authorization     = true
  purge_protection_enabled      = false
  public_network_access_enabled = true
}

resource "azurerm_storage_blob" "claims" {
  name                   = "claims/2026-q3.csv"
  storage_account_name   = azurerm_storage_account.documents.name
  storage_container_name = azurerm_storage_container.policies.name
  type                   = "Block"
  source                 = "${path.module}/../../data/claims-2026-q3.csv"
}
