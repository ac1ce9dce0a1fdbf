import { isIPv6 } from "node:net";
import { type Problem, ProblemsError, type SourceLocation } from "../errors.ts";
import type { HostInput, HostObject } from "./host.ts";

/** Hosts that one text may name: a slip of the finger is no reason to fill the memory. */
const MOST = 10_000;

const HOW_TO_WRITE =
  'A range is written "web[1:20]" or "web[1-20]"; "web[01:20]" where numbers have zeros in front; "web[a:c]"; "web[2:20:2]" is every second; ' +
  '"web[1-3,7]" names some.';

const BOUNDS = /^(?:(\d{1,9})[:-](\d{1,9})|([a-z])[:-]([a-z])|([A-Z])[:-]([A-Z]))(?::([1-9]\d{0,8}))?$/;
const ONE = /^(?:\d{1,9}|[a-z]|[A-Z])$/;

/**
 * The hosts that a text with ranges stands for: `web[01:20]` is twenty, and so is `web[01-20]`; `web[1-3,7]` is four. An address in brackets is
 * no range.
 * @throws ProblemsError for what is no range
 */
export function expandRanges(text: string, where?: SourceLocation): readonly string[] {
  if (!/[[\]{}]/.test(text)) return [text];
  const head = text.slice(0, text.lastIndexOf("@") + 1) + addressIn(text.slice(text.lastIndexOf("@") + 1));
  const parts = text.slice(head.length).split(/(\[[^[\]]*\])/);
  const problems = parts.flatMap((part, at) => findProblem(part, at % 2 === 1));
  const lists = problems.length > 0 ? [] : parts.map((part, at) => (at % 2 === 1 ? elementsOf(part).flatMap(toList) : [part]));
  if (lists.reduce((count, list) => count * list.length, 1) > MOST) problems.push({ message: `names more than ${MOST} hosts.` });
  if (problems.length === 0) return lists.reduce((all, list) => all.flatMap((one) => list.map((next) => one + next)), [head]);
  const about = ({ message, hint }: Problem): Problem => ({
    message: `The host ${JSON.stringify(text)} ${message}`,
    subject: text,
    where,
    hint,
  });
  throw new ProblemsError("BAD_HOST", problems.map(about));
}

/** The same for a host as a deployfile writes it: the settings of an object are those of each. @throws ProblemsError */
export function expandHost(input: HostInput, where?: SourceLocation): readonly HostInput[] {
  if (typeof input === "string") return expandRanges(input, where);
  // What is no host is for whoever reads hosts to say.
  if (typeof (input as Partial<HostObject> | null)?.host !== "string") return [input];
  const hosts = expandRanges(input.host, where).map((host) => ({ ...input, host }));
  const shared = (["name", "address"] as const).filter((key) => input[key] !== undefined);
  if (hosts.length <= 1 || shared.length === 0) return hosts;
  throw new ProblemsError("BAD_HOST", [
    {
      message: `The host ${JSON.stringify(input.host)} stands for ${hosts.length} hosts, which cannot share one ${shared.join(" and one ")}.`,
      subject: input.host,
      where,
      hint: "Write hosts with a name or an address of their own one by one.",
    },
  ]);
}

/** An IPv6 address in brackets at the beginning, as it is. */
function addressIn(text: string): string {
  const [bracketed = "", content = ""] = /^\[([^[\]]*)\]/.exec(text) ?? [];
  // What is alone in brackets, and no range either, is for whoever reads addresses to refuse.
  const isRange = BOUNDS.test(content) || content.includes(",");
  return isIPv6(content) || (bracketed === text.replace(/:\d*$/, "") && !isRange) ? bracketed : "";
}

/** What stands in brackets, between its commas. */
function elementsOf(part: string): readonly string[] {
  return part.slice(1, -1).split(",");
}

function findProblem(part: string, isRange: boolean): Problem[] {
  if (!isRange) {
    const braces = /\{(\w+)\.\.(\w+)\}/.exec(part);
    if (braces !== null) return [{ message: `has a range in braces.`, hint: `Write [${braces[1]}:${braces[2]}].` }];
    return /[[\]{}]/.test(part) ? [{ message: "has a bracket without its other half.", hint: HOW_TO_WRITE }] : [];
  }
  const elements = elementsOf(part);
  const problems = elements.flatMap((element) => findFault(element, elements.length === 1));
  const count = problems.length > 0 ? 0 : elements.reduce((sum, element) => sum + countOf(element), 0);
  return count > MOST ? [{ message: `has ${part}: that is ${count} hosts, and ${MOST} are the most.` }] : problems;
}

/** @param isAlone in its brackets, where one alone would be no range */
function findFault(element: string, isAlone: boolean): Problem[] {
  const shown = (text: string): string => (isAlone ? `[${text}]` : text);
  const bounds = isAlone && ONE.test(element) ? undefined : boundsOf(element);
  if (bounds === undefined)
    return [{ message: `has ${shown(element) || "nothing at a comma"}, which is no range.`, hint: HOW_TO_WRITE }];
  const [first, last] = bounds;
  const between = element.charAt(first.length);
  const isPadded = [first, last].some((bound) => /^0\d/.test(bound));
  if (isPadded && first.length !== last.length) {
    const width = Math.max(first.length, last.length);
    const right = shown(`${first.padStart(width, "0")}${between}${last.padStart(width, "0")}`);
    return [
      { message: `has ${shown(element)}, whose ends have not as many digits.`, hint: `Write ${right}, or leave the zeros out.` },
    ];
  }
  if (numberOf(first) <= numberOf(last)) return [];
  return [
    { message: `has ${shown(element)}, which begins behind its end.`, hint: `Write ${shown(`${last}${between}${first}`)}.` },
  ];
}

function boundsOf(range: string): [first: string, last: string, step: number] | undefined {
  if (ONE.test(range)) return [range, range, 1];
  const [, ...found] = BOUNDS.exec(range) ?? [];
  const [first, last] = found.slice(0, 6).filter((bound) => bound !== undefined);
  return first === undefined || last === undefined ? undefined : [first, last, Number(found[6] ?? 1)];
}

/** How many a range without problems stands for. */
function countOf(range: string): number {
  const [first, last, step] = boundsOf(range) ?? ["", "", 1];
  return Math.floor((numberOf(last) - numberOf(first)) / step) + 1;
}

/** What they are. */
function toList(range: string): string[] {
  const [first, , step] = boundsOf(range) ?? ["", "", 1];
  const width = first.startsWith("0") ? first.length : 0;
  const count = countOf(range);
  const show = (value: number): string => (/\d/.test(first) ? String(value).padStart(width, "0") : String.fromCharCode(value));
  return Array.from({ length: count }, (_, index) => show(numberOf(first) + index * step));
}

function numberOf(bound: string): number {
  return /\d/.test(bound) ? Number(bound) : bound.charCodeAt(0);
}
