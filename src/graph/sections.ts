import type { Section, Step } from "./plan.ts";

/** The part of a run that a step is in. Compared by identity: steps of two areas always have a barrier between them. */
export interface Area {
  readonly stage: string;
  readonly flow: string | undefined;
  readonly rolling: boolean;
}

export type SectionBuilder<Body> = ReturnType<typeof createSections<Body>>;

export function createSections<Body>() {
  const sections: { area: Area; steps: Step<Body>[] }[] = [];
  let count = 0;
  let isCut = true;
  return {
    /** Adds a step, in a new section when the area is another one or `cut` was called. */
    add(area: Area, step: Omit<Step<Body>, "index">): void {
      let section = sections.at(-1);
      if (section === undefined || isCut || section.area !== area) {
        section = { area, steps: [] };
        sections.push(section);
      }
      isCut = false;
      section.steps.push(Object.freeze({ index: count++, ...step }));
    },
    /** Puts a barrier before the next step. */
    cut(): void {
      isCut = true;
    },
    /** Steps added so far. */
    count: () => count,
    build: (): readonly Section<Body>[] =>
      Object.freeze(sections.map(({ area, steps }, index) => Object.freeze({ index, ...area, steps: Object.freeze(steps) }))),
  };
}
