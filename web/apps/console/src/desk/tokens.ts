/** What is typed right before the cursor: `/tk` asks for a quick reply, `@小` for a colleague. */
export interface Token {
  kind: "slash" | "mention";
  /** Without its sign. */
  text: string;
  /** Where its sign stands. */
  from: number;
  to: number;
}

export function tokenAt(text: string, cursor: number): Token | null {
  const found = /(^|\s)\/([^\s/]*)$/.exec(text.slice(0, cursor));
  if (found) return { kind: "slash", text: found[2] ?? "", from: found.index + found[1]!.length, to: cursor };
  const named = /@([^\s@]*)$/.exec(text.slice(0, cursor));
  return named ? { kind: "mention", text: named[1] ?? "", from: named.index, to: cursor } : null;
}

/** Puts something in the place of a token; says where the cursor belongs. */
export function replaceToken(text: string, token: Pick<Token, "from" | "to">, by: string): { text: string; cursor: number } {
  return { text: text.slice(0, token.from) + by + text.slice(token.to), cursor: token.from + by.length };
}

/** Who is named in a text; a longer name goes before a shorter one that it begins with. */
export function mentioned<A extends { id: string; name: string; display_name: string }>(text: string, agents: A[]): A[] {
  const names = agents.flatMap((agent) => [agent.display_name, agent.name].map((name) => ({ name, agent }))).sort((a, b) => b.name.length - a.name.length);
  const found = new Set<A>();
  let rest = text;
  for (const { name, agent } of names) {
    if (!name || !rest.includes(`@${name}`)) continue;
    found.add(agent);
    rest = rest.replaceAll(`@${name}`, " ");
  }
  return [...found];
}
