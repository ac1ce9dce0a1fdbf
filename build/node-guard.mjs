/**
 * What stands in front of the command line, and must be understood by old ones: a node that is too old would stumble over something else
 * first.
 * @param range of versions, as package.json has it
 */
export function nodeGuard(range) {
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(range) ?? [];
  if (minor === undefined) throw new Error(`The range of node's versions is not understood: ${range}`);
  return `(function (found) {
  if (+found[0] > ${major} || (+found[0] === ${major} && +found[1] >= ${minor})) return;
  var program = process.execPath.replace(/[^ -~]/g, "?");
  console.error("error: fake needs Node ${major}.${minor} or newer, and this is Node " + process.versions.node + " (" + program + ").");
  process.exit(2);
})(process.versions.node.split("."));`;
}
