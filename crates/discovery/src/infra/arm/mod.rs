use super::declared::Resource;
use crate::Collector;
use crate::files::SourceFile;
pub(super) fn wants(path: &str) -> bool { path.ends_with(".bicep") }
pub(super) fn is_template(_f: &SourceFile<'_>) -> bool { false }
pub(super) fn read(_f: &[&SourceFile<'_>], _all: &[SourceFile<'_>], _out: &mut Collector) -> Vec<Resource> { Vec::new() }
