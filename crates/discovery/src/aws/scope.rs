//! Where a call goes: one account in one region.

use std::sync::Arc;

use picket_model::{Asset, AssetKind, Provider, Relation, RelationKind};
use serde_json::{Value, json};

use super::{
    call::Client,
    service::Operation,
    session::Session,
    value::{self, text},
};
use crate::cloud::{CallError, Gather, follow};

/// One account in one region, with everything that a scan of it needs.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) session: Arc<Session>,
    pub(super) partition: &'static str,
    pub(super) account: String,
    pub(super) region: String,
}

impl<'a> Scope<'a> {
    /// Where findings go.
    pub(super) fn gather(&self) -> &Gather<'a> {
        &self.client.gather
    }

    /// The ARN of a resource here: `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// The ARN of a bucket.
    pub(super) fn bucket(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.partition)
    }

    /// An asset of this account and region.
    pub(super) fn asset(&self, id: &str, kind: AssetKind, native_type: &str, name: &str) -> Asset {
        Asset::new(id, kind, name, Provider::Aws, &*self.account)
            .native_type(native_type)
            .region(&*self.region)
    }

    /// Draws that the internet leads to a resource.
    pub(super) fn exposed(&self, target: &str, ports: Vec<Value>, via: &str, reason: &str) {
        self.gather().exposed(Provider::Aws, target, ports, via, reason);
    }

    /// Keeps what a workload's environment variables may refer to, until everything it could be is known.
    pub(super) fn remember(&self, workload: &str, variables: &Value) {
        self.client.references.remember(self, workload, variables);
    }

    /// Draws a relation.
    pub(super) fn relate(&self, source: &str, kind: RelationKind, target: &str) {
        self.gather().relation(Relation::new(source, kind, target));
    }

    /// Calls once.
    pub(super) async fn call(
        &self,
        operation: &Operation,
        arguments: Value,
    ) -> Result<Value, CallError> {
        self.client.call(&self.session, &self.region, operation, &arguments).await
    }

    /// Calls once; a failure becomes a diagnostic, and what does not exist is silently nothing.
    pub(super) async fn get(&self, operation: &Operation, arguments: Value) -> Option<Value> {
        match self.call(operation, arguments).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                if !error.is_not_found() {
                    self.failed(operation, &error);
                }
                None
            }
        }
    }

    /// Reads a list to its end; a failure becomes a diagnostic beside what was read.
    pub(super) async fn list(&self, operation: &Operation, arguments: Value) -> Vec<Value> {
        let (items, failure) = follow(self.client.http.limits(), async |token| {
            let mut arguments = arguments.clone();
            if let Some(token) = token {
                arguments[operation.token.0] = token.into();
            }
            let answer = self.call(operation, arguments).await?;
            // A list in a single piece of XML is read as that piece.
            let every = format!(
                "{}{}",
                operation.items,
                if operation.items.ends_with('*') { "" } else { "/*" }
            );
            let items = value::all(&answer, &every).into_iter().cloned().collect();
            Ok((items, text(&answer, operation.token.1).map(str::to_owned)))
        })
        .await;
        if let Some(error) = failure.filter(|error| !error.is_not_found()) {
            self.failed(operation, &error);
        }
        items
    }

    /// Reads a list and, for each of its items, the details that `arguments` of the item ask for; where those cannot be had,
    /// the item itself stands in for them.
    pub(super) async fn list_details(
        &self,
        list: &Operation,
        detail: &Operation,
        arguments: impl Fn(&Value) -> Value,
    ) -> Vec<Value> {
        let items = self.list(list, json!({})).await;
        let details = items.into_iter().map(async |item| {
            let answer = self.get(detail, arguments(&item)).await;
            answer.unwrap_or(item)
        });
        futures::future::join_all(details).await
    }

    /// Writes a failed call down.
    pub(super) fn failed(&self, operation: &Operation, error: &CallError) {
        let call = format!("{}:{}", operation.service.name, operation.name);
        self.gather().failed(format!("aws {} {} {call}", self.account, self.region), error);
    }
}
