import type { App } from "../../src/dsl/app.ts";
import { delegate } from "../../src/transport/delegate.ts";
import type { Connection } from "../../src/transport/transport.ts";
import { type RigOptions, rig } from "./rig.ts";

/** Like `rig`, and counts the commands of each flight to "web1". */
export function counted(recipe: (app: App) => void, options: RigOptions = {}) {
  const made = rig(recipe, { hosts: "web1", ...options });
  const flights: number[] = [];
  const connect = made.memory.connect.bind(made.memory);
  made.memory.connect = async (host, given): Promise<Connection> => {
    const connection = await connect(host, given);
    return delegate(connection, {
      flight: (commands, o) => {
        if (host.id === "web1") flights.push(commands.length);
        return connection.flight(commands, o);
      },
    });
  };
  return { ...made, flights };
}
