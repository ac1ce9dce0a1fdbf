import { expect } from "vitest";
import { ConnectError } from "../../../src/errors.ts";
import type { CommandEvent } from "../../../src/transport/transport.ts";
import type { ContractCase } from "./case.ts";
import { outputs, sh, statuses } from "./support.ts";

export const connectionCases: readonly ContractCase[] = [
  {
    title: "knows its host",
    async run({ connection, host }) {
      expect(connection.host).toBe(host);
    },
  },
  {
    title: "refuses to connect when that is no longer wanted",
    async run({ transport, host }) {
      await expect(transport.connect(host, { signal: AbortSignal.abort(), after: undefined })).rejects.toThrow();
    },
  },
  {
    title: "says without an error that it was closed, however often",
    async run({ connection }) {
      await connection.close();
      await connection.close();
      await expect(connection.closed).resolves.toBeUndefined();
    },
  },
  {
    title: "sends nothing over a closed connection",
    async run({ connection }) {
      await connection.close();
      await expect(connection.flight([sh("echo no")], {})).rejects.toBeInstanceOf(ConnectError);
      await expect(connection.exec(sh("echo no"), {})).rejects.toBeInstanceOf(ConnectError);
    },
  },
  {
    title: "closes one connection without the other",
    answers: { "echo here": { stdout: "here\n" } },
    async run({ connection, connect }) {
      const other = await connect();
      await connection.close();
      expect(outputs(await other.flight([sh("echo here")], {}))).toEqual(["here\n"]);
    },
  },
  {
    title: "closes its connections with the transport",
    async run({ transport, connection }) {
      await transport.close();
      await expect(connection.closed).resolves.toBeUndefined();
    },
  },
  {
    title: "says unknown of a command during which the connection is closed",
    answers: { "sleep 30": { hangs: true } },
    async run({ connection }) {
      const onEvent = ({ kind }: CommandEvent): void => {
        if (kind === "started") void connection.close();
      };
      const results = await connection.flight([sh("sleep 30"), sh("echo no")], { onEvent });
      expect(results[0]).toMatchObject({ status: "unknown", exitCode: undefined });
      expect(results[0]?.cause).toBeInstanceOf(Error);
      expect(statuses(results)[1]).toMatch(/^(unknown|skipped)$/);
    },
  },
];
