/**
 * ssh's configuration without ssh: `ssh -G` is a process for each host, and costs more than the login. What is plain comes out as
 * ssh has it; for everything else ssh is asked, where there is one.
 */

import { matchesPatternList } from "../../../glob.ts";
import { type ConfigFile, type ConfigLine, type Criterion, readConfigLines } from "./config-lines.ts";
import { OPTIONS, type RawSshConfig, type SshConfigQuery } from "./ssh-config.ts";

export interface FoundConfig {
  readonly raw: RawSshConfig;
  /** False: only ssh can tell for sure. */
  readonly isPlain: boolean;
}

/** What the files say about a host. */
export type FindConfig = (query: SshConfigQuery) => FoundConfig;

/** Values of the options that are followed, as far as they are plain. */
const FOLLOWED: ReadonlyMap<string, RegExp> = new Map(
  Object.entries(OPTIONS).map(([name, [plain]]) => [name.toLowerCase(), plain]),
);

/** Options that change nothing here. Of one that is in no list, ssh has to say what it is. */
const PASSED_OVER: ReadonlySet<string> = new Set(
  `addkeystoagent bindinterface canonicaldomains canonicalizefallbacklocal canonicalizemaxdots canonicalizepermittedcnames
  casignaturealgorithms checkhostip clearallforwardings compression connectionattempts controlmaster controlpath controlpersist
  dynamicforward enableescapecommandline escapechar exitonforwardfailure fingerprinthash forkafterauthentication forwardagent
  forwardx11 forwardx11timeout forwardx11trusted gatewayports gssapiauthentication gssapidelegatecredentials
  hostbasedacceptedalgorithms hostbasedauthentication ipqos kbdinteractivedevices knownhostscommand localcommand localforward
  loglevel logverbose nohostauthenticationforlocalhost obscurekeystroketiming permitlocalcommand permitremoteopen
  pubkeyacceptedalgorithms pubkeyacceptedkeytypes rekeylimit remotecommand remoteforward requesttty requiredrsasize
  securitykeyprovider sendenv sessiontype setenv stdinnull streamlocalbindmask streamlocalbindunlink syslogfacility tcpkeepalive
  tunnel tunneldevice updatehostkeys verifyhostkeydns visualhostkey xauthlocation`.split(/\s+/),
);

const LISTS: ReadonlySet<string> = new Set(["identityfile", "certificatefile"]);
const WORD_LISTS: ReadonlySet<string> = new Set(["userknownhostsfile", "globalknownhostsfile"]);

/** Reads the files that ssh would read. Never rejects. */
export async function readConfigFiles(files: readonly ConfigFile[], home: string, localUser: string): Promise<FindConfig> {
  const texts = await Promise.all(files.map((file) => readConfigLines(file, home)));
  const lines = texts.flatMap((text) => text.lines);
  const isKnown = ({ keyword }: ConfigLine): boolean => FOLLOWED.has(keyword) || PASSED_OVER.has(keyword);
  const isPlain = texts.every((text) => text.isPlain) && lines.every(isKnown);
  const followed = lines.filter(({ keyword }) => FOLLOWED.has(keyword));
  return (query) => {
    const found = collect(followed, query, localUser);
    return { ...found, isPlain: isPlain && found.isPlain };
  };
}

/** The first value of an option counts; keys are collected. */
function collect(lines: readonly ConfigLine[], query: SshConfigQuery, localUser: string): FoundConfig {
  const raw = new Map<string, string[]>();
  if (query.user !== undefined) raw.set("user", [query.user]);
  if (query.port !== undefined) raw.set("port", [String(query.port)]);
  const hostName = (): string => (raw.get("hostname")?.[0] ?? "%h").replaceAll("%h", query.name);
  const subjects: Readonly<Record<string, () => string>> = {
    originalhost: () => query.name,
    host: hostName,
    user: () => raw.get("user")?.[0] ?? localUser,
    localuser: () => localUser,
  };
  const holds = ({ kind, patterns }: Criterion): boolean => {
    const subject = subjects[kind]?.();
    return subject !== undefined && matchesPatternList(patterns, subject);
  };
  let section: ConfigLine["criteria"] | undefined;
  let applies = false;
  let isPlain = true;
  for (const { keyword, words, criteria } of lines) {
    // Once for all lines of a section: there may be one for each of a thousand hosts.
    if (criteria !== section) applies = criteria.every(holds);
    section = criteria;
    if (!applies) continue;
    isPlain &&= isPlainValue(keyword, words);
    const known = raw.get(keyword);
    if (known !== undefined && LISTS.has(keyword)) known.push(...words.filter((word) => !known.includes(word)));
    else if (known === undefined && !isDecided(raw, keyword)) raw.set(keyword, [joinWords(words)]);
  }
  raw.set("hostname", [hostName().toLowerCase()]);
  return { raw, isPlain };
}

function isPlainValue(keyword: string, words: readonly string[]): boolean {
  const [word = ""] = words;
  return (words.length === 1 || WORD_LISTS.has(keyword)) && FOLLOWED.get(keyword)?.test(word) === true;
}

/** ProxyJump and ProxyCommand are two ways to say one thing. */
function isDecided(raw: RawSshConfig, keyword: string): boolean {
  return ["proxyjump", "proxycommand"].includes(keyword) && (raw.has("proxyjump") || raw.has("proxycommand"));
}

function joinWords(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? "") : words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(" ");
}
