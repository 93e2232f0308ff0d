//! An immutable snapshot of the estate and a read-only openCypher over it.
//!
//! ```
//! use picket_graph::{Limits, Params, Snapshot};
//! use picket_model::{Asset, AssetKind, Provider, Relation, RelationKind};
//!
//! let assets = [
//!     Asset::new("app", AssetKind::Workload, "chat", Provider::Kubernetes, "prod"),
//!     Asset::new("gpt", AssetKind::ModelDeployment, "gpt-4.1", Provider::Azure, "prod"),
//! ];
//! let relations = [Relation::new("app", RelationKind::Uses, "gpt")];
//! let snapshot = Snapshot::build(&assets, &relations);
//! let result = snapshot.query(
//!     "MATCH (w:Workload)-[:USES]->(d:ModelDeployment) RETURN w.name, d.name",
//!     &Params::new(),
//!     &Limits::default(),
//! )?;
//! assert_eq!(result.rows, [["chat", "gpt-4.1"]]);
//! # Ok::<(), picket_graph::QueryError>(())
//! ```
//!
//! A query goes through five steps, one module each: `lexer` and `parser` (text to syntax), `check` (syntax to meaning:
//! every variable has a slot, every label and function is known), `plan` (in which order the pattern is matched) and
//! `exec`. Limits hold while it runs. Values of a wrong type make a predicate unknown (null) and never end a query,
//! so that one odd asset cannot silence a rule.

mod ast;
mod binary;
mod bits;
mod builder;
mod check;
mod columns;
mod csr;
mod error;
mod estate;
mod exec;
mod functions;
mod ir;
mod json;
mod layout;
mod lexer;
mod limits;
mod parser;
mod plan;
mod query;
mod schema;
mod snapshot;
mod strings;
mod value;
mod walk;

pub use binary::SnapshotError;
pub use builder::SnapshotBuilder;
pub use error::QueryError;
pub use limits::Limits;
pub use query::Params;
pub use schema::{ConnectionSchema, LabelSchema, RelationSchema, Schema};
pub use snapshot::Snapshot;
pub use walk::Subgraph;
