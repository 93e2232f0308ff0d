# Transcribes calls. This is how an account should look.
resource "azurerm_cognitive_account" "speech" {
  name                               = "contoso-speech"
  resource_group_name                = azurerm_resource_group.assistant.name
  location                           = azurerm_resource_group.assistant.location
  kind                               = "SpeechServices"
  sku_name                           = "S0"
  custom_subdomain_name              = "contoso-speech"
  public_network_access_enabled      = false
  local_auth_enabled                 = false
  outbound_network_access_restricted = true
  tags                               = local.tags

  network_acls {
    default_action = "Deny"
  }
}

resource "azurerm_log_analytics_workspace" "logs" {
  name                = "contoso-logs"
  resource_group_name = azurerm_resource_group.assistant.name
  location            = azurerm_resource_group.assistant.location
  retention_in_days   = 90
}

resource "azurerm_monitor_diagnostic_setting" "speech" {
  name                       = "to-logs"
  target_resource_id         = azurerm_cognitive_account.speech.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.logs.id

  enabled_log {
    category_group = "audit"
  }
}
