/** How a question is put. */
export interface Asking {
  /** Whom it is about: shown in front of it. */
  readonly about?: string | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

/** What puts questions to somebody: one at a time, whoever asks. It rejects where there is no answer. */
export interface Prompter {
  ask(question: string, how?: Asking & { readonly default?: string | undefined; readonly secret?: boolean }): Promise<string>;
  confirm(question: string, how?: Asking & { readonly default?: boolean | undefined }): Promise<boolean>;
  choice(question: string, choices: readonly string[], how?: Asking & { readonly default?: string | undefined }): Promise<string>;
}

/** A question that is open, or its answer. */
export interface OpenQuestion {
  readonly answer: Promise<unknown>;
  answered: boolean;
  /** How many wait for it. */
  waiting: number;
  readonly unheard: AbortController;
}

/** What was asked and is not asked again, by what it is and by who asks. */
export type SharedAnswers = Map<string, OpenQuestion>;
