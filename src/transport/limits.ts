/** Time limits of the transport layer, in milliseconds unless the name says otherwise. */

/** Between SIGTERM and SIGKILL, where a transport is not told otherwise. */
export const GRACE_MS = 5000;
/** In which the news of a killed process group must have come. */
export const KILL_NEWS_MS = 2000;
/** In which a process says its pid, when it has to be ended before it said it. */
export const PID_MS = 2000;
/** Between two signs of life of the client. */
export const BEAT_MS = 15_000;
/** In which a host has to do as told, when it is to end something. */
export const SIGNAL_MS = 10_000;
/** In which a process without input ends, before its session is closed. */
export const SHELL_END_MS = 1000;
/** In which the outputs end once their process has: longer, and a daemon holds their other ends. Over a link, and on this machine. */
export const HELD_MS = 1000;
export const LOCAL_HELD_MS = 300;
/** Before a session that was refused is asked for again. */
export const SESSION_PAUSES_MS: readonly number[] = [100, 400];
/** That sshd may take to count one session less. A request that arrives together with the last goodbye is refused. */
export const SETTLING_MS = 10;
