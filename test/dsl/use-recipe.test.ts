import { describe, expect, it } from "vitest";
import type { App } from "../../src/dsl/app.ts";
import { createApp } from "../../src/dsl/create-app.ts";
import { fact } from "../../src/env/declare.ts";
import { fill, messages, type Untyped } from "./fill.ts";

const body = (): void => undefined;

/** A recipe as they are written: options in, handles out. */
const notifying = (channel: string) =>
  function notify({ task, env, settings }: App) {
    settings({ channel: fact("Where to") });
    env.set({ channel } as never);
    return { notified: task(`notify:${channel}`, body) };
  };

describe("use", () => {
  it("runs a recipe with the same app and gives its handles", () => {
    const { app, seal } = createApp({ locate: () => undefined });
    const seen: App[] = [];
    const handles = app.use((inner) => {
      seen.push(inner);
      return { built: inner.task("build", body) };
    });
    app.after(handles.built, app.task("test", body));
    expect(seen).toEqual([app]);
    expect(seen[0]).toBe(app);
    expect(handles).toEqual({ built: { kind: "task", name: "build" } });
    expect(seal().graph.hooksOf("build").after).toEqual(["test"]);
  });

  it("gives whatever the recipe gives", () => {
    const handles = new Map();
    fill(({ use }) => {
      expect(use(() => undefined)).toBeUndefined();
      expect(use(() => "text")).toBe("text");
      expect(use(() => handles)).toBe(handles);
    });
  });

  it("of the same recipe again gives the handles it gave before", () => {
    const recipe = notifying("ops");
    const sealed = fill(({ use }) => expect(use(recipe)).toBe(use(recipe)));
    expect(messages(sealed)).toEqual([]);
    expect(sealed.graph.tasks()).toHaveLength(1);
  });

  it("of a recipe made twice runs both, and reports what they define twice in one problem each", () => {
    const sealed = fill(({ use }) => [use(notifying("ops")), use(notifying("ops"))]);
    expect(messages(sealed)).toEqual([
      expect.stringMatching(/^The setting "channel" is declared twice: by the recipe notify, and first by the recipe notify/),
      expect.stringMatching(/^Task "notify:ops" is defined twice, first at deployfile\.ts:/),
    ]);
  });

  it("folds what a recipe declares twice into one problem", () => {
    const many = () =>
      function many({ settings }: App) {
        settings({ a: fact("A"), b: fact("B"), c: fact("C"), d: fact("D") });
      };
    expect(messages(fill(({ use }) => [use(many()), use(many())]))).toEqual([
      '"a", "b", "c" and 1 more settings are declared twice: by the recipe many, and first by the recipe many at deployfile.ts:1.',
    ]);
  });

  it("inside a recipe names the inner one as what declares a setting", () => {
    const sealed = fill(({ use }) =>
      use(function outer({ use, settings }) {
        use(notifying("ops"));
        settings({ level: fact("How loud") });
      }),
    );
    expect(sealed.declarations.get("channel")?.recipe).toBe("notify");
    expect(sealed.declarations.get("level")?.recipe).toBe("outer");
  });

  it("of a recipe that uses itself ends", () => {
    const sealed = fill(({ use }) => {
      const recipe = (app: App): void => {
        app.use(recipe);
        app.task("a", body);
      };
      use(recipe);
    });
    expect(sealed.graph.tasks()).toHaveLength(1);
  });

  it("lets what a recipe throws through, and knows afterwards where it is", () => {
    const sealed = fill(({ use, settings }) => {
      expect(() =>
        use(function broken() {
          throw new Error("no luck");
        }),
      ).toThrow("no luck");
      settings({ a: fact("A") });
    });
    expect(sealed.declarations.get("a")?.recipe).toBeUndefined();
  });

  it("puts a recipe's values under those of whoever uses it, wherever it stands", () => {
    const { deployfile } = fill(({ env, use }) => {
      env.set({ channel: "mine" } as never);
      use((app) => {
        app.use(notifying("innermost"));
        app.env.set({ channel: "inner" } as never);
      });
      env.set({ other: 1 } as never);
    }).env();
    expect(deployfile.map((layer) => layer.values)).toEqual([
      { channel: "innermost" },
      { channel: "inner" },
      { channel: "mine" },
      { other: 1 },
    ]);
  });
});

describe("a handle that a recipe does not give", () => {
  const recipe = () =>
    function deploy({ task }: App) {
      return { starting: task("starting", {}), finished: task("finished", {}) };
    };

  it("is named where it is used, with the one that was meant", () => {
    const sealed = fill(({ use, task, after }: Untyped) => {
      const { finishd } = use(recipe());
      after(finishd, task("restart", body));
    });
    expect(sealed.problems()).toMatchObject([
      {
        message: "after: the target is undefined.",
        hint: 'The recipe deploy gives no handle "finishd". Did you mean "finished"? It gives: starting, finished.',
        where: { file: "deployfile.ts" },
      },
    ]);
  });

  it("is not blamed on those that were there", () => {
    const sealed = fill(({ use, before, task }: Untyped) => {
      const { starting } = use(recipe());
      before(undefined, task("a", { needs: [starting] }, body));
    });
    expect(sealed.problems()[0]?.hint).toMatch(/^Define the task first/);
  });

  it("is no problem when nothing is done with it", () => {
    expect(messages(fill(({ use }: Untyped) => use(recipe()).publishing?.name))).toEqual([]);
  });

  it("is not reported again when its recipe was", () => {
    const sealed = fill((app: Untyped) => {
      const { finished } = app.use(recipe);
      app.after(finished, app.task("restart", body));
      app.before(finished, "restart");
    });
    expect(sealed.problems()).toMatchObject([
      { message: "use: recipe gives a function instead of handles.", hint: "Call it to get the recipe: use(recipe())." },
    ]);
  });
});
