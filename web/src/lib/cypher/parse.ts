/** Reads a query back into chips, where it is of the form that the builder writes. */
import type { Built, Condition, Operator, PropertyCondition, RelationCondition, Value } from "./built";
import { DEFAULT_LIMIT } from "./built";
import { type Token, tokenize } from "./tokens";

/** Thrown and caught here: the query says more than chips can. */
class NotBuilt extends Error {}

type Node = { variable: string | null; kind: string | null; properties: PropertyCondition[] };
type Edge = { from: string; relation: string; direction: "out" | "in"; to: string };

/** The chips for `text`, or `null` where it says something that chips cannot. */
export function fromCypher(text: string): Built | null {
  const tokens = tokenize(text);
  if (!tokens) return null;
  try {
    return new Reader(tokens).query();
  } catch (error) {
    if (error instanceof NotBuilt) return null;
    throw error;
  }
}

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
    do this.name(); while (this.take(","));
    const limit = this.takeWord("LIMIT") ? Number(this.next("number").text) : DEFAULT_LIMIT;
    if (this.position !== this.tokens.length || this.root === null) throw new NotBuilt();
    const used = new Set<Edge>();
    const built = { kind: this.kindOf(this.root), conditions: this.conditionsOf(this.root, used), limit };
    // A pattern that does not hang on the root, or a circle, is more than a sentence can say.
    if (used.size !== this.edges.length || this.kinds.size !== used.size + 1) throw new NotBuilt();
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
        kind: this.kindOf(other), conditions: this.conditionsOf(other, used),
      });
    }
    return result;
  }

  private pattern(): void {
    let from = this.declare(this.node());
    this.root ??= from;
    while (this.peek("-") || this.peek("<")) {
      const { relation, direction } = this.arrow();
      const to = this.declare(this.node());
      this.edges.push({ from, relation, direction, to });
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
    const kind = this.take(":") ? this.name() : null;
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

  private arrow(): { relation: string; direction: "out" | "in" } {
    const back = this.take("<");
    this.symbol("-");
    this.symbol("[");
    this.symbol(":");
    const relation = this.name();
    this.symbol("]");
    this.symbol("-");
    const forward = this.take(">");
    if (back === forward) throw new NotBuilt();
    return { relation, direction: back ? "in" : "out" };
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
    this.add(variable, { type: "property", property: this.name(), operator: this.operator(), value: this.value() });
  }

  private absence(): void {
    this.word("EXISTS");
    this.symbol("{");
    this.takeWord("MATCH");
    const { variable } = this.node();
    const { relation, direction } = this.arrow();
    const other = this.node();
    this.symbol("}");
    if (variable === null || other.kind === null || other.variable !== null || other.properties.length > 0) throw new NotBuilt();
    const condition: RelationCondition = {
      type: "relation", relation, direction, absent: true, kind: other.kind, conditions: [],
    };
    this.add(variable, condition);
  }

  private operator(): Operator {
    for (const symbol of ["=", "<>", ">", "<"] as const) if (this.take(symbol)) return symbol;
    if (this.takeWord("CONTAINS")) return "CONTAINS";
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
    throw new NotBuilt();
  }

  private add(variable: string, ...conditions: Condition[]): void {
    this.conditions.set(variable, [...(this.conditions.get(variable) ?? []), ...conditions]);
  }

  private kindOf(variable: string): string {
    const kind = this.kinds.get(variable);
    if (kind === undefined) throw new NotBuilt();
    return kind;
  }

  private at(): Token | undefined {
    return this.tokens[this.position];
  }

  private next(kind: Token["kind"]): Token {
    const token = this.at();
    if (token?.kind !== kind) throw new NotBuilt();
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
    if (!this.take(symbol)) throw new NotBuilt();
  }

  private takeWord(word: string): boolean {
    const token = this.at();
    const taken = token?.kind === "word" && token.text.toUpperCase() === word;
    if (taken) this.position += 1;
    return taken;
  }

  private word(word: string): void {
    if (!this.takeWord(word)) throw new NotBuilt();
  }
}
