/** Settings as a recipe adds them: seen by every deployfile that imports the recipe. */
declare module "fake-deploy" {
  interface Settings {
    typedKeep: number;
    typedDirs: readonly string[];
  }
}

export {};
