//! Whether the name of an agent's function says that it changes something, by the table `rules/signals/verbs.yaml`.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    writes: FxHashSet<String>,
    reads: FxHashSet<String>,
}

fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        serde_saphyr::from_str(include_str!("../../../rules/signals/verbs.yaml"))
            .unwrap_or_default()
    });
    &TABLE
}

/// Whether a name such as `refund_order`, `refundOrder` or `orders-refund` begins or ends with a verb that writes.
pub(crate) fn writes(name: &str) -> bool {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() {
            words.push(' ');
        }
        words.push(if character.is_alphanumeric() { character.to_ascii_lowercase() } else { ' ' });
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    let (Some(&first), Some(&last)) = (words.first(), words.last()) else { return false };
    let Table { writes, reads } = table();
    !reads.contains(first) && (writes.contains(first) || writes.contains(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_writing_from_reading() {
        for name in ["refund_order", "refundOrder", "orders-refund", "SendEmail", "delete"] {
            assert!(writes(name), "{name}");
        }
        for name in [
            "get_order",
            "order_status",
            "list_updates",
            "lookupRefund",
            "weather",
            "setup_info",
            "",
        ] {
            assert!(!writes(name), "{name}");
        }
    }
}
