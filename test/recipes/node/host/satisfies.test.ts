import { expect, it } from "vitest";
import { satisfies } from "../../../../src/recipes/node/host/satisfies.ts";

it.each([
  ["20.20.2", ">=20", true],
  ["20.20.2", ">= 20.19 <21", true],
  ["20.20.2", "^20.19.0 || >=22.12", true],
  ["22.1.0", "^20.19.0 || >=22.12", false],
  ["20.20.2", "20", true],
  ["20.20.2", "20.x", true],
  ["20.20.2", "v20.20.2", true],
  ["20.20.2", "20.20.1", false],
  ["20.20.2", "18 - 20", true],
  ["21.0.0", "18 - 20", false],
  ["20.20.2", ">20", false],
  ["21.0.0", ">20", true],
  ["20.20.2", "<=20", true],
  ["20.20.2", "<20", false],
  ["20.20.2", "~20.20", true],
  ["20.21.0", "~20.20", false],
  ["20.21.0", "~20", true],
  ["0.12.3", "^0.12.1", true],
  ["0.13.0", "^0.12.1", false],
  ["20.20.2", "*", true],
  ["20.20.2", "", true],
  ["20.20.2", ">=20.20.2", true],
  ["20.20.2", ">=20.20.3", false],
  ["20.20.2", "lts", undefined],
  ["20.20.2", ">=20 $(reboot)", undefined],
])("takes %s for a version of %j: %j", (version, range, is) => {
  expect(satisfies(version, range)).toBe(is);
});
