//! What infrastructure as code declares, in one form whatever the format: [`Resource`], and the assets, relations
//! and findings that [`assemble`] makes of all of them.
//!
//! The vocabulary is that of Terraform's providers for AWS and Google Cloud, and of Azure Resource Manager for ARM
//! templates, Bicep and `azapi`; CloudFormation is translated. What each type is stands in `rules/signals/terraform.yaml`
//! and `rules/signals/arm.yaml`.

mod access;
mod assemble;
mod derive;
mod exposure;
mod identity;
mod index;
pub(super) mod policy;
mod table;
mod variables;

use serde_json::Value;

pub(super) use assemble::assemble;
pub(super) use table::Table;
pub(super) use variables::{pairs, uses};

/// Stands in for what a state marks as sensitive.
pub(super) const REDACTED: &str = "[redacted]";

/// A resource as configuration, state, plan or template has it.
#[derive(Debug, Clone, Default)]
pub(super) struct Resource {
    /// Folder of the root module, or path of the template; addresses are unique within it.
    pub(super) root: String,
    /// `module.a.aws_s3_bucket.docs`, a logical id, a symbolic name; without the keys of `count` and `for_each`.
    pub(super) address: String,
    /// Further addresses that references may name it by.
    pub(super) aliases: Vec<String>,
    /// Which one it is of those that a loop makes; empty for a single one.
    pub(super) key: String,
    /// `aws_s3_bucket`, or an Azure resource type.
    pub(super) kind: String,
    /// `docs`.
    pub(super) label: String,
    /// Attributes; references to other resources may stand in it as `${address.attribute}`.
    pub(super) values: Value,
    /// The file that declares it, and the line where it is known.
    pub(super) path: Option<(String, Option<u32>)>,
    /// It exists: it comes from a state, or a plan only changes it.
    pub(super) applied: bool,
    /// A data source or `existing` resource: read, not managed.
    pub(super) data: bool,
}

/// An address without the keys of `count` and `for_each`.
pub(super) fn plain(address: &str) -> String {
    let mut text = String::with_capacity(address.len());
    let mut depth = 0_u32;
    for character in address.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => text.push(character),
            _ => {}
        }
    }
    text
}
