import { type Script, script, sh } from "../../index.ts";

/**
 * True in the shell when a file has this line. By the shell itself: a program for each such question is most of what a
 * deploy would cost a host.
 */
export function hasLine(file: string, line: string): Script {
  return script(
    sh`{ _found=; while IFS= read -r _line; do [ "$_line" != ${line} ] || _found=1; done <${file}; [ -n "$_found" ]; } 2>/dev/null`,
  );
}

/** Makes a directory, and the program only where there is none yet. */
export function makeDirectory(path: string): Script {
  return script(sh`{ [ -d ${path} ] || mkdir -p ${path}; }`);
}
