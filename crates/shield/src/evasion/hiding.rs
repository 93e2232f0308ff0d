//! Text that people do not see, inside text that they do.

use super::{Dressed, hosted, mapped};
use crate::classifier::train::Random;

const BEFORE: &str = "Thank you for your order. It leaves our warehouse on Monday and should arrive within three days. ";
const AFTER: &str =
    " If anything is missing, please write to our service team and mention the order number.";

pub(super) fn tags(text: &str, random: &mut Random) -> Dressed {
    let hidden: String = text
        .chars()
        .filter(char::is_ascii)
        .filter_map(|c| char::from_u32(0xe0000 + c as u32))
        .collect();
    if random.below(3) == 0 { hosted("", &hidden, "") } else { hosted(BEFORE, &hidden, AFTER) }
}

pub(super) fn selectors(text: &str, random: &mut Random) -> Dressed {
    let selector = |byte: u8| {
        let byte = u32::from(byte);
        char::from_u32(if byte < 16 { 0xfe00 + byte } else { 0xe0100 + byte - 16 })
    };
    let hidden: String = text.bytes().filter_map(selector).collect();
    if random.below(2) == 0 { hosted("😀", &hidden, "") } else { hosted(BEFORE, &hidden, AFTER) }
}

pub(super) fn bidi_override(text: &str, _: &mut Random) -> Dressed {
    let reversed: String = text.chars().rev().collect();
    hosted("", &format!("\u{202e}{reversed}\u{202c}"), "")
}

pub(super) fn bidi_isolates(text: &str, random: &mut Random) -> Dressed {
    mapped(text, |c| match random.below(4) {
        0 => format!("\u{2066}{c}\u{2069}"),
        1 => format!("\u{200e}{c}"),
        _ => c.to_string(),
    })
}

pub(super) fn html_comment(text: &str, _: &mut Random) -> Dressed {
    hosted(BEFORE, &format!("<!-- {} -->", text.replace("--", "- ")), AFTER)
}

pub(super) fn markdown_comment(text: &str, _: &mut Random) -> Dressed {
    hosted(BEFORE, &format!("\n\n[//]: # ({})\n\n", text.replace('\n', " ")), AFTER)
}

pub(super) fn tagged(text: &str, random: &mut Random) -> Dressed {
    let mark = *random.pick(&["<b></b>", "<!-- -->", "<wbr>", "<i></i>"]);
    let mut letters = 0;
    mapped(text, |c| {
        letters = if c.is_alphabetic() { letters + 1 } else { 0 };
        if letters > 0 && letters % 3 == 2 { format!("{c}{mark}") } else { c.to_string() }
    })
}

pub(super) fn ansi(text: &str, _: &mut Random) -> Dressed {
    let mut colour = 30;
    mapped(text, |c| {
        colour = if colour >= 37 { 31 } else { colour + 1 };
        if c.is_alphabetic() { format!("\u{1b}[{colour}m{c}\u{1b}[0m") } else { c.to_string() }
    })
}

pub(super) fn concealed(text: &str, _: &mut Random) -> Dressed {
    hosted(
        "build finished in 3.2 s\n",
        &format!("\u{1b}[8m{text}\u{1b}[28m"),
        "\n0 warnings, 0 errors\n",
    )
}

pub(super) fn style(text: &str, random: &mut Random) -> Dressed {
    let style = random.pick(&[
        "display:none",
        "visibility: hidden",
        "font-size:0px;",
        "color:#ffffff; background:#fff",
        "position:absolute; left:-9999px",
        "opacity:0;",
        "max-height:0;overflow:hidden",
        "clip-path: inset(100%)",
    ]);
    let text = text.replace('<', "(").replace('>', ")");
    hosted(
        &format!("<p>{BEFORE}</p>"),
        &format!("<div style=\"{style}\">{text}</div>"),
        &format!("<p>{AFTER}</p>"),
    )
}

pub(super) fn alt(text: &str, random: &mut Random) -> Dressed {
    let text = text.replace(['"', '\n', '<', '>', ']', '['], "'");
    let part = if random.below(2) == 0 {
        format!("<img src=\"x.png\" alt=\"{text}\">")
    } else {
        format!("![{text}](x.png)")
    };
    hosted(BEFORE, &part, AFTER)
}

pub(super) fn latex(text: &str, random: &mut Random) -> Dressed {
    let command = random.pick(&[
        "\\textcolor{white}{",
        "{\\color{white} ",
        "\\phantom{",
        "{\\fontsize{0.1pt}{0.1pt}\\selectfont ",
    ]);
    hosted(BEFORE, &format!("{command}{}}}", text.replace(['{', '}'], "")), AFTER)
}
