//! Values at dotted paths, as tables of signals and the readers of configuration name them.

use serde_json::Value;

/// Every value at a dotted path; lists are stepped into, `*` is any key.
pub(super) fn all<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![value];
    for part in path.split('.') {
        found = found
            .into_iter()
            .flat_map(items)
            .flat_map(|value| match (part, value) {
                ("*", Value::Object(object)) => object.values().collect::<Vec<_>>(),
                _ => value.get(part).into_iter().collect(),
            })
            .collect();
    }
    found.into_iter().flat_map(items).filter(|value| !value.is_null()).collect()
}

/// The value at a dotted path: the first one of a list of blocks, or a plain list as it stands.
pub(super) fn single<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut current = value;
    for part in path.split('.') {
        if let Value::Array(list) = current {
            current = list.first()?;
        }
        current = current.get(part)?;
    }
    Some(current)
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        value => vec![value],
    }
}

/// How much a value holds: its values, and its texts in pieces of 64 bytes. What repeats values charges this.
pub(super) fn weight(value: &Value) -> u32 {
    let own = match value {
        Value::String(text) => u32::try_from(text.len() / 64).unwrap_or(u32::MAX),
        Value::Array(list) => list.iter().map(weight).fold(0, u32::saturating_add),
        Value::Object(map) => map.values().map(weight).fold(0, u32::saturating_add),
        _ => 0,
    };
    own.saturating_add(1)
}

/// `publicNetworkAccess`, `VPCSecurityGroups` and `S3Uri` to `public_network_access`, `vpc_security_groups` and `s3_uri`.
pub(super) fn snake_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    let characters: Vec<char> = name.chars().collect();
    for (at, &character) in characters.iter().enumerate() {
        if character.is_ascii_uppercase() && at > 0 {
            let before = characters[at - 1];
            let after_lower = before.is_ascii_lowercase() || before.is_ascii_digit();
            let word_begins = before.is_ascii_uppercase()
                && characters.get(at + 1).is_some_and(char::is_ascii_lowercase);
            if after_lower || word_begins {
                text.push('_');
            }
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn names_are_split_at_words() {
        for (given, snake) in [
            ("publicNetworkAccess", "public_network_access"),
            ("VPCSecurityGroups", "vpc_security_groups"),
            ("KMSMasterKeyID", "kms_master_key_id"),
            ("S3Uri", "s3_uri"),
            ("IdleSessionTTLInSeconds", "idle_session_ttl_in_seconds"),
            ("name", "name"),
        ] {
            assert_eq!(snake_case(given), snake);
        }
    }
}
