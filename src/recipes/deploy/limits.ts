/** Time limits of the deploy recipe, in milliseconds unless the name says otherwise. */

/** How far a clock may be ahead before what it named stops counting. */
export const FUTURE_MS = 2 * 86_400_000;
/** By which a host's clock may differ before it is worth a word. */
export const CLOCK_SKEW_MS = 300_000;
/** Without a sign of life, after which git on the control machine is given up. */
export const GIT_SILENCE_MS = { question: 30_000, transfer: 600_000 };
/** In which ssh has to reach the repository: a deploy waits for the answer. */
export const GIT_CONNECT_SECONDS = 15;
/** After which a pack that was made for hosts is thrown away. */
export const PACK_MS = 86_400_000;

/** How long git waits for a ref of the clone on the control machine that another run is writing. */
export const REF_LOCK_MS = 2000;
