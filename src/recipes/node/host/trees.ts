/**
 * Trees of node_modules on a host. Sent there as text: it names nothing from outside.
 *
 * A link to a file of the live release is made only of one that nobody can write into: `seal` takes the permission from what an install has
 * brought, and what was written later, by a build say, keeps it, which tells the two apart. Those are copied.
 */
export function createTrees(need: (name: string) => unknown) {
  const fs = need("node:fs") as typeof import("node:fs");
  const { basename, dirname, isAbsolute, join, normalize, relative, sep } = need("node:path") as typeof import("node:path");
  const MARKER = ".fake-node.json";

  function probe(folder: string, ask: (file: string) => boolean): boolean {
    const file = join(folder, ".fake-node-probe");
    try {
      return ask(file);
    } catch {
      return false;
    } finally {
      fs.rmSync(file, { force: true });
    }
  }

  return {
    /** What was done to a release is noted there when it is done, so that half of a tree is never taken for one. */
    marker: (folder: string): string => join(folder, "node_modules", MARKER),
    /** Everything of that name below a folder, but for what is in node_modules. */
    find(folder: string, name: string): readonly string[] {
      const found: string[] = [];
      const visit = (place: string): void => {
        for (const entry of fs.readdirSync(place, { withFileTypes: true })) {
          const path = join(place, entry.name);
          if (entry.name === name) found.push(relative(folder, path));
          else if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== ".git") visit(path);
        }
      };
      visit(folder);
      return found.sort();
    },
    /** A file that nobody may write into cannot be written into: root can. */
    protects: (folder: string): boolean =>
      probe(folder, (file) => {
        fs.writeFileSync(file, "", { mode: 0o444 });
        try {
          fs.closeSync(fs.openSync(file, "r+"));
          return false;
        } catch {
          return true;
        }
      }),
    /** The file system can share data until one side is written to. */
    clones: (folder: string): boolean =>
      probe(folder, (file) => {
        fs.copyFileSync(join(folder, "package.json"), file, fs.constants.COPYFILE_FICLONE_FORCE);
        return true;
      }),
    /** The path of such a tree, inside of the folder, where there is room for it. It comes from a file that anybody may have written. */
    isFree(folder: string, tree: string): boolean {
      if (normalize(tree) !== tree || isAbsolute(tree) || tree.startsWith("..") || basename(tree) !== "node_modules")
        return false;
      const parent = join(folder, dirname(tree));
      if (!fs.existsSync(parent) || fs.existsSync(join(folder, tree))) return false;
      return `${fs.realpathSync(parent)}${sep}`.startsWith(`${fs.realpathSync(folder)}${sep}`);
    },
    /** A tree of another release: files that are sealed as the same files, if `links`, and all others as copies that can be written into. */
    bring(from: string, to: string, links: boolean): void {
      fs.mkdirSync(to);
      for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
        const [source, target] = [join(from, entry.name), join(to, entry.name)];
        if (entry.isDirectory()) this.bring(source, target, links);
        else if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target);
        else if (entry.isFile() && entry.name !== MARKER) {
          const { mode, atime, mtime } = fs.statSync(source);
          if (links && (mode & 0o222) === 0) {
            fs.linkSync(source, target);
            continue;
          }
          fs.copyFileSync(source, target, fs.constants.COPYFILE_FICLONE);
          fs.chmodSync(target, mode | 0o200);
          fs.utimesSync(target, atime, mtime);
        }
      }
    },
    /** @param stamp milliseconds since 1970: what was changed since then stays as it is, and so does what has other names elsewhere */
    seal(folder: string, stamp: number): void {
      const isTop = /^(node_modules|\.pnpm)$/.test(basename(folder));
      for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        // State and caches: programs write into them where they are.
        if (isTop && (entry.name === "lock.yaml" || (entry.name.startsWith(".") && entry.name !== ".pnpm"))) continue;
        if (entry.isDirectory()) this.seal(path, stamp);
        else if (entry.isFile()) {
          const { mode, ctimeMs, nlink, uid } = fs.statSync(path);
          if (ctimeMs < stamp && nlink === 1 && uid === process.getuid?.()) fs.chmodSync(path, mode & 0o555);
        }
      }
    },
  };
}
