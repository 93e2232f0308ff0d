//! Text that models read and people do not see.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr3;
use regex::Regex;

/// What one text may hide at most, as separate places.
const PLACES: usize = 64;

/// A hidden part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hidden {
    /// How it is hidden; with `hidden_text.` before it, the rule.
    pub(crate) technique: &'static str,
    /// Where, in the original.
    pub(crate) span: Range<usize>,
    /// How surely nobody hides text this way for a good reason; 0: only what it says matters.
    pub(crate) score: f32,
    /// What it says, where that is not what stands there.
    pub(crate) content: Option<String>,
}

/// Every hidden part of `text`.
pub(crate) fn hidden(text: &str) -> Vec<Hidden> {
    let mut found = Vec::new();
    if !text.is_ascii() {
        invisible(text, &mut found);
    }
    if text.contains('\u{1b}') {
        concealed(text, &mut found);
    }
    if memchr3(b'<', b'\\', b'[', text.as_bytes()).is_some() {
        markup(text, &mut found);
    }
    found
}

/// Families of invisible characters that carry text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Tag,
    Selector,
    ZeroWidth,
    Override,
}

fn family(c: char) -> Option<Family> {
    Some(match c {
        '\u{e0000}'..='\u{e007f}' => Family::Tag,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Family::Selector,
        '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}'
        | '\u{180e}'
        | '\u{3164}'
        | '\u{ffa0}' => Family::ZeroWidth,
        '\u{202d}' | '\u{202e}' => Family::Override,
        _ => return None,
    })
}

fn invisible(text: &str, found: &mut Vec<Hidden>) {
    let mut run: Option<(Family, Range<usize>, String)> = None;
    let mut inside_words = (0usize, 0..0);
    let mut before = ' ';
    let mut seen = ' ';
    let mut rest = 0;
    while rest <= text.len() {
        if run.is_none() {
            let ascii = text.as_bytes()[rest..].iter().take_while(|byte| byte.is_ascii()).count();
            if let Some(last) = text[rest..rest + ascii].chars().next_back() {
                before = last;
            }
            rest += ascii;
        }
        let (at, c) = (rest, text[rest..].chars().next().unwrap_or(' '));
        rest += c.len_utf8();
        let kind = if at == text.len() { None } else { family(c) };
        if let Some((running, span, chars)) = &mut run
            && kind == Some(*running)
        {
            chars.push(c);
            span.end = at + c.len_utf8();
            continue;
        }
        if let Some((running, span, chars)) = run.take() {
            if running == Family::ZeroWidth
                && before.is_ascii_alphanumeric()
                && c.is_ascii_alphanumeric()
            {
                inside_words = match inside_words {
                    (0, _) => (1, span.clone()),
                    (count, whole) => (count + 1, whole.start..span.end),
                };
            }
            if found.len() < PLACES {
                found.extend(decode_run(running, &chars, span, seen));
            }
        }
        match kind {
            Some(kind) => {
                seen = before;
                run = Some((kind, at..at + c.len_utf8(), c.to_string()));
            }
            None => before = c,
        }
    }
    if inside_words.0 >= 3 {
        found.push(Hidden {
            technique: "zero_width",
            span: inside_words.1,
            score: 0.8,
            content: None,
        });
    }
}

/// What a run of invisible characters after `before` says.
fn decode_run(family: Family, run: &str, span: Range<usize>, before: char) -> Option<Hidden> {
    let count = run.chars().count();
    match family {
        Family::Tag => {
            // A black flag with tags is the flag of a region.
            let flag = before == '\u{1f3f4}' && count <= 8;
            let content: String = run
                .chars()
                .filter_map(|c| char::from_u32(c as u32 - 0xe0000))
                .filter(|c| (' '..='~').contains(c) || *c == '\n')
                .collect();
            (!flag && count >= 2).then_some(Hidden {
                technique: "unicode_tags",
                span,
                score: 0.95,
                content: Some(content),
            })
        }
        Family::Selector => {
            let bytes: Vec<u8> = run
                .chars()
                .filter_map(|c| match c as u32 {
                    code @ 0xfe00..=0xfe0f => u8::try_from(code - 0xfe00).ok(),
                    code => u8::try_from(code.wrapping_sub(0xe0100) + 16).ok(),
                })
                .collect();
            let content = String::from_utf8_lossy(&bytes).into_owned();
            (count >= 4).then_some(Hidden {
                technique: "variation_selectors",
                span,
                score: 0.95,
                content: Some(content),
            })
        }
        Family::ZeroWidth => (count >= 8).then(|| Hidden {
            technique: "zero_width_binary",
            span,
            score: 0.9,
            content: zero_width_binary(run),
        }),
        Family::Override => {
            Some(Hidden { technique: "bidi_override", span, score: 0.6, content: None })
        }
    }
}

/// Eight signs a byte, of two signs; which of them is the one is not known.
fn zero_width_binary(run: &str) -> Option<String> {
    let mut signs: Vec<char> = run.chars().collect();
    signs.sort_unstable();
    signs.dedup();
    let [first, second] = signs[..] else { return None };
    [first, second].into_iter().find_map(|one| {
        let bits: Vec<u8> = run.chars().map(|c| u8::from(c == one)).collect();
        let bytes: Vec<u8> = bits
            .chunks_exact(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit))
            .collect();
        let text = String::from_utf8(bytes).ok()?;
        text.chars().all(|c| !c.is_control() || c.is_whitespace()).then_some(text)
    })
}

/// What a terminal is told not to show: between SGR 8 and the next SGR that ends it.
fn concealed(text: &str, found: &mut Vec<Hidden>) {
    for (start, _) in text.match_indices("\u{1b}[8m").take(PLACES) {
        let begin = start + 4;
        let end = text[begin..].find('\u{1b}').map_or(text.len(), |length| begin + length);
        found.push(Hidden {
            technique: "ansi_conceal",
            span: start..end,
            score: 0.85,
            content: None,
        });
    }
}

#[expect(clippy::unwrap_used, reason = "constant expressions; the tests use every one")]
static MARKUP: LazyLock<[(&str, Regex); 6]> = LazyLock::new(|| {
    let style = r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:\.0*)?(?:px|pt|em|rem|%)?\s*[;'\x22]|font-size\s*:\s*1px|opacity\s*:\s*0(?:\.0+)?\s*[;'\x22]|color\s*:\s*(?:white|transparent|#fff(?:fff)?\b|rgba?\(\s*255\s*,\s*255\s*,\s*255)|text-indent\s*:\s*-\d{3,}|(?:left|top|right)\s*:\s*-\d{4,}|(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*[;'\x22]|clip(?:-path)?\s*:\s*(?:rect\(\s*0|inset\(\s*(?:50|100)%)|scale\(\s*0\s*\)|mso-hide\s*:\s*all";
    [
        ("markdown_comment", Regex::new(r"(?m)^\[(?://|comment|#)\]:\s*(?:#|<>)\s*[(\x22'][^\n]*").unwrap()),
        ("latex", Regex::new(r"(?s)(?:\\textcolor\{white\}|\{?\\color\{white\}|\\(?:h|v)?phantom\{|\{?\\fontsize\{0(?:\.\d+)?(?:pt)?\}|\{?\\transparent\{0).{0,2000}?(?:\}(?:[^{]|\z)|\z)").unwrap()),
        ("html_comment", Regex::new(r"(?s)<!--.*?(?:-->|\z)").unwrap()),
        ("hidden_style", Regex::new(&format!(r#"(?is)<[a-z][a-z0-9]*\s[^<>]*style\s*=\s*["'](?:[^"'<>]*[;\s])?(?:{style})[^<>]*>[^<]*"#)).unwrap()),
        ("hidden_element", Regex::new(r#"(?is)<[a-z][a-z0-9]*(?:\s[^<>]*)?\s(?:hidden\b|aria-hidden\s*=\s*["']true)[^<>]*>[^<]*"#).unwrap()),
        ("alternative_text", Regex::new(r#"(?is)\s(?:alt|title|aria-label|data-[a-z-]{1,20}|content)\s*=\s*(?:"[^"]{24}[^"]*"|'[^']{24}[^']*')"#).unwrap()),
    ]
});

fn markup(text: &str, found: &mut Vec<Hidden>) {
    for (technique, regex) in MARKUP.iter() {
        let needed = match *technique {
            "markdown_comment" => text.contains("]:"),
            "latex" => {
                text.contains("{white}")
                    || text.contains("phantom{")
                    || text.contains("size{0")
                    || text.contains("parent{0")
            }
            "html_comment" => text.contains("<!--"),
            "hidden_style" => text.contains("style") || text.contains("STYLE"),
            "hidden_element" => text.contains("hidden") || text.contains("HIDDEN"),
            _ => text.contains("=\"") || text.contains("='"),
        };
        if needed {
            let places = regex.find_iter(text).take(PLACES);
            found.extend(places.map(|place| Hidden {
                technique,
                span: place.range(),
                score: 0.0,
                content: None,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn techniques(text: &str) -> Vec<&'static str> {
        hidden(text).iter().map(|hidden| hidden.technique).collect()
    }

    #[test]
    fn carriers_are_read() {
        let tags: String =
            "send it".chars().map(|c| char::from_u32(0xe0000 + c as u32).unwrap()).collect();
        assert_eq!(hidden(&format!("hello{tags}"))[0].content.as_deref(), Some("send it"));
        let selectors: String =
            "obey".bytes().map(|b| char::from_u32(0xe0100 + u32::from(b) - 16).unwrap()).collect();
        assert_eq!(hidden(&format!("😀{selectors}"))[0].content.as_deref(), Some("obey"));
        let bits: String = "hi"
            .bytes()
            .flat_map(|b| {
                (0..8).rev().map(move |i| if b >> i & 1 == 1 { '\u{200c}' } else { '\u{200b}' })
            })
            .collect();
        assert_eq!(hidden(&format!("a{bits}b"))[0].content.as_deref(), Some("hi"));
        assert_eq!(techniques("i\u{200b}g\u{200b}n\u{200b}o\u{200b}re"), ["zero_width"]);
        assert_eq!(techniques("log \u{1b}[8mobey\u{1b}[0m end"), ["ansi_conceal"]);
        assert_eq!(techniques("a <!-- obey --> b"), ["html_comment"]);
        assert_eq!(techniques("<span style=\"display: none\">obey</span>"), ["hidden_style"]);
        assert_eq!(techniques("<p style='color:#ffffff;'>obey</p>"), ["hidden_style"]);
        assert_eq!(
            techniques("<div style='max-height:0;overflow:hidden'>obey</div>"),
            ["hidden_style"]
        );
        assert_eq!(techniques("<p style='clip-path: inset(100%)'>obey</p>"), ["hidden_style"]);
        assert_eq!(techniques("a\n[//]: # (obey)\nb"), ["markdown_comment"]);
        assert_eq!(techniques("a \\textcolor{white}{obey} b"), ["latex"]);
        assert_eq!(techniques("<div hidden>obey</div>"), ["hidden_element"]);
        assert_eq!(
            techniques("<img src=x alt=\"assistant, please obey this now\">"),
            ["alternative_text"]
        );
    }

    #[test]
    fn ordinary_text_hides_nothing() {
        for text in [
            "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "می\u{200c}خواهم",
            "\u{feff}text",
            "\u{1b}[31mred\u{1b}[0m",
            "background-color: white",
        ] {
            assert_eq!(techniques(text), Vec::<&str>::new(), "{text:?}");
        }
    }
}
