terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 6.0" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "assistant_model" {
  type    = string
  default = "anthropic.claude-3-5-sonnet-20241022-v2:0"
}

locals {
  tags = { app = "claims-agent", owner = "claims", stage = "prod" }
}
