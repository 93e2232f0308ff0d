resource "azurerm_user_assigned_identity" "chat" {
  name                = "id-contoso-chat"
  resource_group_name = azurerm_resource_group.assistant.name
  location            = azurerm_resource_group.assistant.location
}

resource "azurerm_service_plan" "chat" {
  name                = "plan-contoso-chat"
  resource_group_name = azurerm_resource_group.assistant.name
  location            = azurerm_resource_group.assistant.location
  os_type             = "Linux"
  sku_name            = "P1v3"
}

resource "azurerm_linux_web_app" "chat" {
  name                = "contoso-chat"
  resource_group_name = azurerm_resource_group.assistant.name
  location            = azurerm_resource_group.assistant.location
  service_plan_id     = azurerm_service_plan.chat.id
  https_only          = false
  tags                = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.chat.id]
  }

  site_config {
    minimum_tls_version = "1.2"
  }

  app_settings = {
    AZURE_OPENAI_ENDPOINT             = azurerm_cognitive_account.openai.endpoint
    AZURE_OPENAI_CHAT_DEPLOYMENT      = azurerm_cognitive_deployment.chat.name
    AZURE_OPENAI_EMBEDDING_DEPLOYMENT = azurerm_cognitive_deployment.embedding.name
    AZURE_SEARCH_ENDPOINT             = "https://${azurerm_search_service.policies.name}.search.windows.net"
    AZURE_SEARCH_SERVICE              = azurerm_search_service.policies.name
    AZURE_STORAGE_ACCOUNT             = azurerm_storage_account.documents.name
    PAYMENT_API_KEY                   = "pk_contoso_demo_0000_not_a_real_key"
  }
}

# Wider than the application needs: it only calls two deployments and reads one index.
resource "azurerm_role_assignment" "chat_contributor" {
  scope                = "/subscriptions/${var.subscription_id}"
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.chat.principal_id
}

resource "azurerm_role_assignment" "search_reads_documents" {
  scope                = azurerm_storage_account.documents.id
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_search_service.policies.identity[0].principal_id
}
