//! Any bytes as a file of infrastructure: Terraform, CloudFormation, ARM, Bicep, Helm, Kubernetes, Docker, compose, MCP.
//! The first byte says which.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../scan.rs"]
mod scan;

const NAMES: &[&str] = &[
    "main.tf",
    "main.tf.json",
    "terraform.tfstate",
    "plan.json",
    "terraform.tfvars",
    "deployment.yaml",
    "Dockerfile",
    "compose.yaml",
    ".mcp.json",
    ".env",
    "config.toml",
    "template.yaml",
    "template.json",
    "azuredeploy.json",
    "main.bicep",
    "main.bicepparam",
    "values.yaml",
    "Chart.yaml",
];

fuzz_target!(|bytes: &[u8]| scan::one_of(NAMES, bytes));
