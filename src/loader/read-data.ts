import { cosmiconfig, defaultLoaders, type Loader } from "cosmiconfig";
import { displayPath } from "../source-location.ts";
import { dataFault } from "./data-fault.ts";

/** What a file of settings says; undefined for a package.json without the key "fake". @throws DeployfileError with the place */
export async function readData(path: string, cwd: string): Promise<{ readonly content: unknown } | undefined> {
  const placed = (load: Loader): Loader => {
    return (file, content) => {
      try {
        return load(file, content);
      } catch (error) {
        throw dataFault(error, displayPath(file, cwd), content);
      }
    };
  };
  const explorer = cosmiconfig("fake", {
    searchPlaces: [],
    cache: false,
    loaders: {
      ".yaml": placed(defaultLoaders[".yaml"]),
      ".yml": placed(defaultLoaders[".yml"]),
      ".json": placed(defaultLoaders[".json"]),
    },
  });
  const result = await explorer.load(path);
  return result === null ? undefined : { content: result.config };
}
