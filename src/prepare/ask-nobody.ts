import type { DeclaredSetting, EnvDefinition } from "../env/definition.ts";

/**
 * Settings for looking at them: what a recipe would ask others about (its asynchronous defaults: a git server, say) counts
 * as a fact that nobody has stated, and reads as `<key>`. What the user wrote is called as always.
 */
export function askNobody(definition: EnvDefinition): EnvDefinition {
  const declarations = [...definition.declarations].map(([key, declared]) => [key, toFact(declared)] as const);
  return { ...definition, declarations: new Map(declarations) };
}

/** How a setting reads that nobody has stated. */
export function placeholderOf(key: string): string {
  return `<${key}>`;
}

function toFact(declared: DeclaredSetting): DeclaredSetting {
  const { declaration } = declared;
  if (declaration.default?.constructor.name !== "AsyncFunction") return declared;
  return { ...declared, declaration: { ...declaration, kind: "fact", schema: undefined, default: undefined } };
}
