//! AI in source code, notebooks, manifests and configuration.

use crate::files::{Analyser, Resolver};

/// Analysers of source code, manifests and configuration.
pub(crate) const ANALYSERS: &[Analyser] = &[];
/// Joins what code says over the repository.
pub(crate) const RESOLVERS: &[Resolver] = &[];
