/** Reads a query back into chips, where it is of the form that the builder writes. */
import type { Built, Condition, Operator, PropertyCondition, RelationCondition, Value } from "./built";
import { DEFAULT_LIMIT } from "./built";
import { type Token, tokenize } from "./tokens";

/** Thrown and caught here: the query says more than chips can, and what. */
class NotBuilt extends Error {}

type Node = { variable: string | null; kind: string | null; properties: PropertyCondition[] };
type Arrow = { relation: string; direction: "out" | "in"; steps: [number, number] | null };
type Edge = Arrow & { from: string; to: string };

/** The chips for a query, or what of it chips cannot say. */
export type Reading = { built: Built; beyond: null } | { built: null; beyond: string };

export function readCypher(text: string): Reading {
  const tokens = tokenize(text);
  if (!tokens) return { built: null, beyond: "a character that is not openCypher" };
  if (tokens.length === 0) return { built: null, beyond: "an empty query" };
  try {
    return { built: new Reader(tokens).query(), beyond: null };
  } catch (error) {
    if (error instanceof NotBuilt) return { built: null, beyond: error.message };
    throw error;
  }
}

/** The chips for `text`, or `null` where it says something that chips cannot. */
export const fromCypher = (text: string): Built | null => readCypher(text).built;

/** More steps than this make no sentence. */
const MOST_STEPS = 9;

class Reader {
  private position = 0;
  private anonymous = 0;
  private root: string | null = null;
  private readonly kinds = new Map<string, string>();
  private readonly edges: Edge[] = [];
  private readonly conditions = new Map<string, Condition[]>();

  constructor(private readonly tokens: Token[]) {}

  query(): Built {
    this.word("MATCH");
    do this.pattern(); while (this.take(","));
    if (this.takeWord("WHERE")) {
      do this.condition(); while (this.takeWord("AND"));
    }
    this.word("RETURN");
    this.takeWord("DISTINCT");
    do this.returned(); while (this.take(","));
    const limit = this.takeWord("LIMIT") ? Number(this.next("number").text) : DEFAULT_LIMIT;
    if (this.position !== this.tokens.length || this.root === null) throw this.unexpected();
    const used = new Set<Edge>();
    const built = { kind: this.kindOf(this.root), conditions: this.conditionsOf(this.root, used), limit };
    // A pattern that does not hang on the root, or a circle, is more than a sentence can say.
    if (used.size !== this.edges.length || this.kinds.size !== used.size + 1) throw new NotBuilt("patterns that do not hang together as one sentence");
    return built;
  }

  private conditionsOf(variable: string, used: Set<Edge>): Condition[] {
    const result = [...(this.conditions.get(variable) ?? [])];
    for (const edge of this.edges) {
      if (used.has(edge) || (edge.from !== variable && edge.to !== variable)) continue;
      used.add(edge);
      const forward = edge.from === variable;
      const other = forward ? edge.to : edge.from;
      const opposite = edge.direction === "out" ? "in" : "out";
      result.push({
        type: "relation", relation: edge.relation, direction: forward ? edge.direction : opposite, absent: false,
        kind: this.kindOf(other), conditions: this.conditionsOf(other, used), ...(edge.steps ? { steps: edge.steps } : {}),
      });
    }
    return result;
  }

  private pattern(): void {
    if (this.at()?.kind === "word") throw new NotBuilt("a path with a name");
    let from = this.declare(this.node());
    this.root ??= from;
    while (this.peek("-") || this.peek("<")) {
      const arrow = this.arrow();
      const to = this.declare(this.node());
      this.edges.push({ from, to, ...arrow });
      from = to;
    }
  }

  private declare(node: Node): string {
    const variable = node.variable ?? `\u0000${(this.anonymous += 1)}`;
    if (node.kind !== null) this.kinds.set(variable, node.kind);
    this.add(variable, ...node.properties);
    return variable;
  }

  private node(): Node {
    this.symbol("(");
    const variable = this.at()?.kind === "word" ? this.name() : null;
    const kind = this.take(":") ? this.names() : null;
    const properties: PropertyCondition[] = [];
    if (this.take("{")) {
      do {
        const property = this.name();
        this.symbol(":");
        properties.push({ type: "property", property, operator: "=", value: this.value() });
      } while (this.take(","));
      this.symbol("}");
    }
    this.symbol(")");
    return { variable, kind, properties };
  }

  private arrow(): Arrow {
    const back = this.take("<");
    this.symbol("-");
    this.symbol("[");
    if (!this.peek(":")) throw new NotBuilt("a relation with a name or of any type");
    this.symbol(":");
    const relation = this.names();
    const steps = this.take("*") ? this.steps() : null;
    this.symbol("]");
    this.symbol("-");
    const forward = this.take(">");
    if (back === forward) throw new NotBuilt("a relation in either direction");
    return { relation, direction: back ? "in" : "out", steps };
  }

  private steps(): [number, number] {
    const number = () => (this.at()?.kind === "number" ? Number(this.next("number").text) : null);
    const least = number();
    const most = this.take("..") ? (number() ?? Infinity) : (least ?? Infinity);
    if (most > MOST_STEPS) throw new NotBuilt("a relation of any length");
    return [least ?? 1, most];
  }

  /** Names with `|` between them. */
  private names(): string {
    const names = [this.name()];
    while (this.take("|")) {
      this.take(":");
      names.push(this.name());
    }
    return names.join("|");
  }

  /** What is returned must be an asset; the name it is given is not kept. */
  private returned(): void {
    this.name();
    if (this.peek("(")) throw new NotBuilt("a computed column");
    if (this.peek(".")) throw new NotBuilt("a property as a column");
    if (this.takeWord("AS")) this.name();
  }

  private condition(): void {
    if (this.takeWord("NOT")) { this.absence(); return; }
    const token = this.at();
    if (token?.kind === "string") {
      const value = this.value();
      this.word("IN");
      const variable = this.name();
      this.symbol(".");
      this.add(variable, { type: "property", property: this.name(), operator: "HAS", value }); return;
    }
    const variable = this.name();
    this.symbol(".");
    const property = this.name();
    if (this.takeWord("IS")) {
      const operator = this.takeWord("NOT") ? "IS NOT NULL" : "IS NULL";
      this.word("NULL");
      this.add(variable, { type: "property", property, operator, value: true });
      return;
    }
    this.add(variable, { type: "property", property, operator: this.operator(), value: this.value() });
  }

  private absence(): void {
    this.word("EXISTS");
    this.symbol("{");
    this.takeWord("MATCH");
    const { variable } = this.node();
    const { relation, direction, steps } = this.arrow();
    const other = this.node();
    this.symbol("}");
    if (variable === null || other.kind === null || other.variable !== null || other.properties.length > 0) throw new NotBuilt("NOT EXISTS with more than one relation");
    const condition: RelationCondition = {
      type: "relation", relation, direction, absent: true, kind: other.kind, conditions: [], ...(steps ? { steps } : {}),
    };
    this.add(variable, condition);
  }

  private operator(): Operator {
    for (const symbol of ["=", "<>", ">=", "<=", ">", "<"] as const) if (this.take(symbol)) return symbol;
    if (this.takeWord("CONTAINS")) return "CONTAINS";
    if (this.takeWord("ENDS")) {
      this.word("WITH");
      return "ENDS WITH";
    }
    this.word("STARTS");
    this.word("WITH");
    return "STARTS WITH";
  }

  private value(): Value {
    const token = this.tokens[this.position];
    this.position += 1;
    if (token?.kind === "string") return token.text;
    if (token?.kind === "number") return Number(token.text);
    if (token?.kind === "word" && /^(true|false)$/i.test(token.text)) return token.text.toLowerCase() === "true";
    this.position -= 1;
    throw this.unexpected();
  }

  private add(variable: string, ...conditions: Condition[]): void {
    this.conditions.set(variable, [...(this.conditions.get(variable) ?? []), ...conditions]);
  }

  private kindOf(variable: string): string {
    const kind = this.kinds.get(variable);
    if (kind === undefined) throw new NotBuilt("an asset of any kind");
    return kind;
  }

  private at(): Token | undefined {
    return this.tokens[this.position];
  }

  private next(kind: Token["kind"]): Token {
    const token = this.at();
    if (token?.kind !== kind) throw this.unexpected();
    this.position += 1;
    return token;
  }

  private name(): string {
    return this.next("word").text;
  }

  private peek(symbol: string): boolean {
    const token = this.at();
    return token?.kind === "symbol" && token.text === symbol;
  }

  private take(symbol: string): boolean {
    const taken = this.peek(symbol);
    if (taken) this.position += 1;
    return taken;
  }

  private symbol(symbol: string): void {
    if (!this.take(symbol)) throw this.unexpected();
  }

  private takeWord(word: string): boolean {
    const token = this.at();
    const taken = token?.kind === "word" && token.text.toUpperCase() === word;
    if (taken) this.position += 1;
    return taken;
  }

  private word(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected();
  }

  private unexpected(): NotBuilt {
    const token = this.at();
    return new NotBuilt(token ? `“${token.text}”` : "an unfinished query");
  }
}
