/**
 * ssh's configuration without ssh: `ssh -G` is a process for each host, and costs more than the login. What is plain comes out as
 * ssh has it; for everything else ssh is asked, where there is one.
 */

import { matchesGlob, matchesPatternList } from "../../../glob.ts";
import { type ConfigFile, type ConfigLine, type Criterion, readConfigLines, splitWords } from "./config-lines.ts";
import { OPTIONS, type RawSshConfig, type SshConfigQuery, WORD_LISTS } from "./ssh-config.ts";
import type { SshConfigScope } from "./tokens.ts";

export interface FoundConfig {
  readonly raw: RawSshConfig;
  /** False: only ssh can tell for sure. */
  readonly isPlain: boolean;
  /** What ssh says of an option of several words, without quotes, as the words that the files have for it. */
  readonly divide: (keyword: string, text: string) => readonly string[];
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
  dynamicforward enableescapecommandline escapechar exitonforwardfailure fingerprinthash forwardagent
  forwardx11 forwardx11timeout forwardx11trusted gatewayports gssapiauthentication gssapidelegatecredentials
  hostbasedacceptedalgorithms hostbasedauthentication ipqos kbdinteractivedevices localcommand localforward
  loglevel logverbose nohostauthenticationforlocalhost obscurekeystroketiming permitlocalcommand permitremoteopen
  pubkeyacceptedalgorithms pubkeyacceptedkeytypes rekeylimit remotecommand remoteforward requesttty requiredrsasize
  securitykeyprovider sendenv sessiontype setenv stdinnull streamlocalbindmask streamlocalbindunlink syslogfacility tcpkeepalive
  tunnel tunneldevice updatehostkeys verifyhostkeydns visualhostkey xauthlocation`.split(/\s+/),
);

/** Kinds of criteria that hold the second time. */
const FINAL: ReadonlySet<string> = new Set(["final", "canonical"]);
const LISTS: ReadonlySet<string> = new Set(["identityfile", "certificatefile"]);

/** Reads the files that ssh would read. Never rejects. */
export async function readConfigFiles(files: readonly ConfigFile[], scope: Omit<SshConfigScope, "name">): Promise<FindConfig> {
  const texts = await Promise.all(files.map((file) => readConfigLines(file, scope)));
  const lines = texts.flatMap((text) => text.lines);
  const isKnown = ({ keyword }: ConfigLine): boolean => FOLLOWED.has(keyword) || PASSED_OVER.has(keyword);
  const isPlain = texts.every((text) => text.isPlain) && lines.every(isKnown);
  const followed = lines.filter(({ keyword }) => FOLLOWED.has(keyword));
  return (query) => {
    const found = collect(followed, query, scope.localUser);
    const divide: FoundConfig["divide"] = (keyword, text) => {
      const written = followed.flatMap((line) => (line.keyword === keyword ? [line.words] : []));
      return [found.raw.get(keyword) ?? [], ...written].find((words) => saysThe(words, text)) ?? splitWords(text);
    };
    return { ...found, isPlain: isPlain && found.isPlain, divide };
  };
}

/** The first value of an option counts; keys are collected. */
function collect(lines: readonly ConfigLine[], query: SshConfigQuery, localUser: string): Omit<FoundConfig, "divide"> {
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
  let isFinal = false;
  const holds = ({ kind, patterns, negated = false }: Criterion): boolean => {
    if (FINAL.has(kind)) return isFinal !== negated;
    const subject = subjects[kind]?.();
    return subject !== undefined && matchesPatternList(patterns, subject) !== negated;
  };
  let isPlain = true;
  // With Match final, ssh goes through all of it once more.
  for (isFinal of lines.some(({ criteria }) => criteria.some(({ kind }) => kind === "final")) ? [false, true] : [false]) {
    let section: ConfigLine["criteria"] | undefined;
    let applies = false;
    for (const { keyword, words, criteria } of lines) {
      // Once for all lines of a section: there may be one for each of a thousand hosts.
      if (criteria !== section) applies = criteria.every(holds);
      section = criteria;
      if (!applies) continue;
      isPlain &&= isPlainValue(keyword, words);
      const known = raw.get(keyword);
      if (known !== undefined && LISTS.has(keyword)) known.push(...words.filter((word) => !known.includes(word)));
      else if (known === undefined && !isDecided(raw, keyword))
        raw.set(keyword, WORD_LISTS.has(keyword) ? [...words] : [words.join(" ")]);
    }
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

/** True when the words are what ssh says: with or without what stands for something else, which versions of ssh differ in. */
function saysThe(words: readonly string[], text: string): boolean {
  return words.length > 0 && matchesGlob(words.join(" ").replace(/%.|\$\{\w+\}|(?<=^| )~[^/ ]*/g, "*"), text);
}
