/** Time limits of the transport layer, in milliseconds or, where a shell on a host counts, in seconds. */

// Logging in

/** For connecting and authenticating, where nobody says otherwise. */
export const CONNECT_MS = 20_000;
/** Before each further attempt, give or take half: many clients that came together must not come together again. */
export const LOGIN_PAUSES_MS: readonly number[] = [100, 200, 400, 800, 1600, 2000, 2000];
/** An agent that says nothing for so long is left out. */
export const AGENT_ANSWER_MS = 5000;
/** In which a server that has said what it is says which algorithms it knows. */
export const SERVER_LIST_MS = 10;
/** In which a server that has said what it is proves its host key, where our key came before that: else it has overheard it. At most a quarter of the whole login. */
export const EARLY_KEY_MS = 5000;

// Being there

/** Between two requests that a server has to answer, where the ssh config says nothing. */
export const KEEPALIVE_MS = 15_000;
/** For a host to answer that all it had sent has come: longer than a lost link goes unnoticed. */
export const CATCH_UP_MS = 60_000;
/** Between two signs of life of the client. */
export const BEAT_MS = 15_000;
/** Between two looks of a command with input at its parent, on the host. */
export const PARENT_LOOK_S = 2;

// Sessions

/** Before a session that was refused is asked for again. */
export const SESSION_PAUSES_MS: readonly number[] = [100, 400];
/** In which a shell that has started is sent its first flight, or is told what it has to know without one. */
export const PRELUDE_MS = 1000;
/** That sshd may take to count one session less. A request that arrives together with the last goodbye is refused. */
export const SETTLING_MS = 10;
/** Before a session for a signal is asked for again, where there was one a moment ago. */
export const KILL_PAUSE_MS = 50;
/** After a signal was sent, until a shell that has made room for it is opened again: its session is counted until then. */
export const SPARE_MS = 1000;
/** In which a process without input ends, before its session is closed. */
export const SHELL_END_MS = 1000;
/** In which the outputs end once their process has: longer, and a daemon holds their other ends. Over a link, and on this machine. */
export const HELD_MS = 1000;
export const LOCAL_HELD_MS = 300;

// Ending what runs

/** Between SIGTERM and SIGKILL, where a transport is not told otherwise. */
export const GRACE_MS = 5000;
/** The same, where the host ends what runs because nobody is there any more. */
export const GUARD_GRACE_S = 5;
/** In which the news of a killed process group must have come. */
export const KILL_NEWS_MS = 2000;
/** In which a process says its pid, when the end comes before that. */
export const PID_MS = 2000;
/** In which a host has to do as told, when it is to end something. */
export const SIGNAL_MS = 10_000;
/** For what a lost connection has left: longer than the silence that a guard waits for, and the grace time behind it. */
export const OUTWAIT_S = 75;

// Hanging up

/** After so long a link is no more, though the goodbye could not be sent. */
export const FAREWELL_MS = 2000;
/** In which what still runs on the hosts must have been told to end. */
export const CLOSE_MS = 3000;

// Processes of ssh

/** Between two looks for the control socket. */
export const SOCKET_LOOK_MS = 5;
/** For what ssh has still to say when it has ended. */
export const LAST_WORDS_MS = 300;
/** Until an ssh is told again to end, and until it is ended. */
export const SSH_REMINDER_MS = 50;
export const SSH_END_MS = 2000;

/** Processes of this machine at once that tell of hosts, such as `ssh -G`: each takes 5 ms of a CPU, and as much of this process for its fork. */
export const PROCESSES = 8;
