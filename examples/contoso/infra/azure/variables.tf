variable "subscription_id" {
  type    = string
  default = "00000000-0000-4000-8000-00000000c0de"
}

variable "location" {
  type    = string
  default = "westeurope"
}

variable "stage" {
  type    = string
  default = "prod"
}

variable "log_workspace" {
  type    = bool
  default = false
}
