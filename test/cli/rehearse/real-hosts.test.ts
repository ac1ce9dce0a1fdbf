import { describe, expect, it } from "vitest";
import { scratchProblems } from "../../../src/cli/rehearse/real-hosts.ts";

const PATHS = ["/srv/shop", "/srv/shop/releases", "/data/shop/shared", "/srv/shop/repo", "/srv/shop/current"];

describe("the scratch folder of a rehearsal on real hosts", () => {
  it.each([
    ["/srv/fake-rehearsal-1", undefined],
    ["/srv/shop-2/fake-rehearsal-1", "/srv/shop-2"],
    ["/fake-rehearsal-1", "/"],
  ])("may be %s", (scratch, given) => {
    expect(scratchProblems(scratch, PATHS, "app1", given)).toEqual([]);
  });

  it.each([
    ["what is deployed to", "/srv/shop", undefined, "lie in each other"],
    ["in it", "/srv/shop/fake-rehearsal-1", "/srv/shop", "lie in each other"],
    ["deep in it", "/srv/shop/shared/x/fake-rehearsal-1", "/srv/shop/shared/x", "lie in each other"],
    ["around it", "/srv", undefined, "lie in each other"],
    ["around all", "/data", undefined, "lie in each other"],
    ["in a shared path that lies elsewhere", "/data/shop/shared/fake-rehearsal-1", "/data/shop/shared", "lie in each other"],
    ["relative", "tmp/fake-rehearsal-1", "tmp", "no place"],
    ["of the home", "~/fake-rehearsal-1", "~", "no place"],
    ["by way of another", "/srv/x/../shop/fake-rehearsal-1", "/srv/x/../shop", "no place"],
    ["by way of another that join has taken out", "/srv/shop-2/fake-rehearsal-1", "/srv/shop/../shop-2", "no place"],
    ["with a line break", "/srv/\n/fake-rehearsal-1", "/srv/\n", "no place"],
    ["with what a shell reads", "/srv/$(reboot)/fake-rehearsal-1", "/srv/$(reboot)", "no place"],
    ["root", "/", undefined, "no place"],
  ])("is not %s: %j", (_, scratch, given, wrong) => {
    const [problem] = scratchProblems(scratch, PATHS, "app1", given);
    expect(problem?.message).toContain(wrong);
    expect(problem?.hint).toContain("--scratch");
  });
});
