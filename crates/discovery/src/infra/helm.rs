use crate::Collector;
use crate::files::{Scope, SourceFile};
pub(super) fn wants(path: &str) -> bool { path.ends_with(".yaml") || path.ends_with(".yml") }
pub(super) fn is_chart(_p: &str) -> bool { false }
pub(super) fn analyse(_s: &Scope, _f: &[&SourceFile<'_>], _out: &mut Collector) {}
