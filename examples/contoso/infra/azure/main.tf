terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm", version = "~> 4.40" }
  }
}

provider "azurerm" {
  features {}
  subscription_id = var.subscription_id
}

locals {
  prefix = "contoso-${var.stage}"
  tags   = { app = "customer-assistant", owner = "digital-channels", stage = var.stage }
}

resource "azurerm_resource_group" "assistant" {
  name     = "rg-${local.prefix}-assistant"
  location = var.location
  tags     = local.tags
}
