/** Cuts openCypher into tokens, as far as the builder's own queries need. */
export type Token = { kind: "word" | "string" | "number" | "symbol"; text: string };

const TOKEN = /\s+|\/\/[^\n]*|('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|`((?:[^`]|``)+)`|([A-Za-z_]\w*)|(-?\d+(?:\.\d+)?)|(<>|<=|>=|\.\.|[()[\]{}:,.=<>*+\-|$])|(.)/gy;

/** The tokens of `text`, or nothing where a character fits none. */
export function tokenize(text: string): Token[] | null {
  const tokens: Token[] = [];
  for (const [, string, quoted, word, number, symbol, other] of text.matchAll(TOKEN)) {
    if (other !== undefined) return null;
    if (string !== undefined) tokens.push({ kind: "string", text: unescape(string.slice(1, -1)) });
    else if (quoted !== undefined) tokens.push({ kind: "word", text: quoted.replaceAll("``", "`") });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol });
  }
  return tokens;
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
const unescape = (text: string) => text.replaceAll(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
