//! Paths that leave their folder.

use percent_encoding_lite::decode;

/// Files and folders that hold secrets, in lower case.
const SECRETS: [&str; 20] = [
    "etc/passwd",
    "etc/shadow",
    "etc/sudoers",
    ".ssh/id_",
    ".ssh/authorized_keys",
    ".aws/credentials",
    ".kube/config",
    ".docker/config.json",
    ".git-credentials",
    ".netrc",
    ".pgpass",
    "proc/self/",
    "proc/1/",
    "windows/system32/config",
    "windows/win.ini",
    "boot.ini",
    "web-inf/web.xml",
    ".gnupg/",
    ".config/gcloud",
    "var/run/secrets/",
];

/// Longest text that is read as a path, bytes.
const LONGEST: usize = 4096;

/// How surely a path is wrong; `named`: the argument is meant to be a path.
pub(super) fn leaves_folder(text: &str, named: bool) -> Option<f32> {
    if text.len() > LONGEST || !named && !text.contains("..") && !text.contains('%') {
        return None;
    }
    let (path, encoded) = decode(text);
    let path = path.replace('\\', "/").to_lowercase();
    let climbs = path.split('/').filter(|part| *part == "..").count();
    let secret = SECRETS.iter().any(|secret| path.contains(secret));
    let disguised = path.contains('\0')
        || path.contains("....//")
        || path.contains("..;/")
        || encoded && climbs > 0 && !text.contains("../") && !text.contains("..\\");
    match () {
        () if secret && (climbs > 0 || disguised) => Some(0.9),
        () if disguised => Some(0.8),
        () if secret && named => Some(0.75),
        () if climbs >= 4 && named => Some(0.55),
        () => None,
    }
}

/// Percent escapes, also of escapes.
mod percent_encoding_lite {
    /// `text` without percent escapes, and whether there were any.
    pub(super) fn decode(text: &str) -> (String, bool) {
        let mut text = text.to_owned();
        let mut any = false;
        for _ in 0..3 {
            let Some(next) = once(&text) else { break };
            any = true;
            text = next;
        }
        (text, any)
    }

    fn once(text: &str) -> Option<String> {
        let mut bytes = Vec::with_capacity(text.len());
        let (mut rest, mut any) = (text.as_bytes(), false);
        while let Some((&first, after)) = rest.split_first() {
            let code = (first == b'%')
                .then(|| after.get(..2))
                .flatten()
                .and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
            match code {
                Some(byte) => {
                    any = true;
                    bytes.push(byte);
                    rest = &after[2..];
                }
                None => {
                    bytes.push(first);
                    rest = after;
                }
            }
        }
        // Overlong forms of the slash and the dot.
        any.then(|| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.replace("\u{fffd}\u{fffd}", "/")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn climbing_paths_are_seen() {
        for path in [
            "../../../../etc/passwd",
            "..\\..\\windows\\win.ini",
            "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "%252e%252e%252fetc%252fshadow",
            "..%2f..%2fsecret",
            "....//....//x",
            "report.pdf%00.png",
            "/proc/self/environ",
            "/home/u/.ssh/id_rsa",
        ] {
            assert!(leaves_folder(path, true).is_some_and(|score| score >= 0.75), "{path}");
        }
    }

    #[test]
    fn ordinary_paths_are_fine() {
        for path in [
            "../README.md",
            "../../src/main.rs",
            "/home/u/project/etc/notes.txt",
            "a%20b.txt",
            "C:\\Users\\u\\x.txt",
            "..",
            "50% off",
        ] {
            assert_eq!(leaves_folder(path, true), None, "{path}");
        }
        assert_eq!(leaves_folder("the file /etc/passwd", false), None);
    }
}
