// ssh2 makes 16 MB of WebAssembly when it is loaded, for a cipher that comes last in what we offer. So much memory beside its heap has V8
// collect garbage while the first host is waited for: 10 to 20 ms of CPU for a command that takes 150.

const BINARY = /"data:application\/octet-stream;base64,([A-Za-z0-9+/=]{1000,})"/;

/** In the bundle it is made when a server takes that cipher. */
export const poly1305WhenUsed = {
  name: "poly1305-when-used",
  transform(code, id) {
    if (!/ssh2\/lib\/protocol\/crypto\/poly1305\.js$/.test(id)) return undefined;
    const binary = BINARY.exec(code)?.[1];
    if (binary === undefined) throw new Error(`${id} is not what it was: build/poly1305.mjs finds no WebAssembly in it.`);
    const lazy = `module.exports = (${whenUsed})(createPoly1305, ${JSON.stringify(binary)});`;
    // Lines stay where they are: the source map holds.
    return { code: `${code.replace(BINARY, '""')}\n${lazy}\n`, map: null };
  },
};

/** Stands in for the module: what ssh2 asks of it, with 16 bytes of memory, where the result of the one function is put. */
function whenUsed(create, binary) {
  function start(signature) {
    const made = {
      instantiateWasm(imports, receive) {
        const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(binary, "base64")), imports);
        receive(instance);
        return instance.exports;
      },
    };
    create(made);
    const result = made._malloc(16);
    const call = made.cwrap(...signature);
    return (...inputs) => {
      call(result, ...inputs);
      return made.HEAPU8.subarray(result, result + 16);
    };
  }
  return async () => {
    const HEAPU8 = new Uint8Array(16);
    let authenticate;
    const cwrap = (...signature) => {
      return (_result, ...inputs) => {
        authenticate ??= start(signature);
        HEAPU8.set(authenticate(...inputs));
      };
    };
    return { HEAPU8, _malloc: () => 0, cwrap };
  };
}
