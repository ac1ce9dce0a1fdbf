import { onHost } from "./on-host.ts";
import { readHostProject } from "./project.ts";
import { satisfies } from "./satisfies.ts";
import { createTrees } from "./trees.ts";

const PARTS = { satisfies, readHostProject, createTrees };

/** JavaScript for the node of a host, which reads its `NodeWork` as JSON from the variable FAKE_NODE_WORK. */
export const PROGRAM: string = (() => {
  const parts = Object.entries(PARTS).map(([name, part]) => `${name}: ${part.toString()}`);
  // What it starts has no use for it.
  const work = "const work = JSON.parse(process.env.FAKE_NODE_WORK);\ndelete process.env.FAKE_NODE_WORK;";
  return `${work}\n(${onHost.toString()})(work, require, {\n${parts.join(",\n")}\n});`;
})();
