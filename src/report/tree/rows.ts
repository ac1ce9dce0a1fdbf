import { Listr, type ListrRenderer, type ListrTaskObject } from "listr2";
import type { StageBoard, TaskBoard } from "./board.ts";
import type { RowState, StageRow } from "./frame.ts";

type Row = ListrTaskObject<unknown, typeof ListrRenderer, typeof ListrRenderer>;

/** The rows of the picture: listr2 tasks that only wait for the run to say how they ended. */
export interface Rows {
  open(stage: StageBoard): void;
  close(stage: StageBoard): void;
  /** Takes a stage that is done out of the picture. */
  forget(stage: StageBoard): void;
  /** What listr2 says of each stage and task, in the order in which they began. */
  read(): readonly StageRow[];
  /** Ends what is still open, as not done. Settles when listr2 is through with it. */
  end(): Promise<void>;
}

interface OpenRow {
  readonly stage: StageBoard;
  readonly finished: Promise<unknown>;
  settle(ok: boolean): void;
}

/**
 * Stands in for listr2's renderers: its default one measures the whole frame at each change, which takes minutes of CPU at 50
 * hosts. This one hands its tasks over to a picture that is drawn at a steady pace and no taller than the screen.
 */
class PictureRenderer implements ListrRenderer {
  static nonTTY = true;
  static rendererOptions: { readonly attach?: (rows: readonly Row[]) => void } = {};
  static rendererTaskOptions: Record<string, never> = {};
  readonly #rows: readonly Row[];
  readonly #options: typeof PictureRenderer.rendererOptions;

  constructor(rows: readonly Row[], options: typeof PictureRenderer.rendererOptions) {
    this.#rows = rows;
    this.#options = options;
  }

  render(): void {
    this.#options.attach?.(this.#rows);
  }

  end(): void {}
}

export function createRows(): Rows {
  let open: readonly OpenRow[] = [];
  let picture: readonly { readonly stage: StageBoard; readonly row: Row }[] = [];
  return {
    open(stage) {
      const attach = (rows: readonly Row[]): void => {
        picture = [...picture, ...rows.map((row) => ({ stage, row }))];
      };
      open = [...open, openRow(stage, attach)];
    },
    close(stage) {
      open.find((row) => row.stage === stage)?.settle(stage.ok);
    },
    forget(stage) {
      open = open.filter((row) => row.stage !== stage);
      picture = picture.filter((row) => row.stage !== stage);
    },
    read: () => picture.map(({ stage, row }) => readRow(stage, row)),
    async end() {
      for (const { stage, settle } of open) settle(stage.duration !== undefined && stage.ok);
      await Promise.allSettled(open.map((row) => row.finished));
    },
  };
}

function openRow(stage: StageBoard, attach: (rows: readonly Row[]) => void): OpenRow {
  let settle: (ok: boolean) => void = () => {};
  const outcome = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const wait = (failed: () => boolean) => async () => {
    const ok = await outcome;
    if (!ok && failed()) throw new Error("failed");
  };
  const list = new Listr<unknown, typeof ListrRenderer>(
    {
      title: stage.name,
      task: (_, task) =>
        task.newListr(
          [...stage.tasks.values(), undefined].map((each) => ({
            title: each?.name ?? stage.name,
            // The last one stands for the stage itself: a stage may fail without any of its tasks.
            task: wait(() => each === undefined || each.failed > 0),
          })),
          { concurrent: true, exitOnError: false },
        ),
    },
    {
      renderer: PictureRenderer as unknown as typeof ListrRenderer,
      rendererOptions: { attach },
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
    },
  );
  return { stage, settle, finished: list.run().catch(() => {}) };
}

/** The events are ahead of listr2, which settles its tasks later: what they say of an end wins. */
function readRow(stage: StageBoard, row: Row): StageRow {
  const below = (row.subtasks ?? []) as readonly Row[];
  const tasks = [...stage.tasks.values()].map((board) => {
    const own = below.find((each) => each.title === board.name);
    return { board, state: own === undefined ? boardState(board) : stateOf(own) };
  });
  if (stage.duration !== undefined) return { board: stage, state: stage.ok ? "ok" : "failed", tasks };
  const state = below.some((each) => each.hasFailed()) ? "failed" : stateOf(row);
  return { board: stage, state: state === "waiting" ? "running" : state, tasks };
}

function stateOf(row: Row): RowState {
  if (row.hasFailed()) return "failed";
  if (row.isCompleted()) return "ok";
  return row.isStarted() ? "running" : "waiting";
}

function boardState(task: TaskBoard): RowState {
  if (task.running > 0) return "running";
  return task.failed > 0 ? "failed" : task.ok > 0 ? "ok" : "waiting";
}
