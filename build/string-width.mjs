// string-width makes an `Intl.Segmenter` and the set of all emoji when it is loaded: 15 ms, where node itself takes 40 to start. Most of
// what is measured is ASCII.

const WHOLE = "string-width?whole";

/** Stands in for it: what is not ASCII is left to the whole of it, loaded then. */
const whenUsed = `
let measure;
export default function stringWidth(text, options) {
  if (typeof text === "string" && /^[\\x20-\\x7e]*$/.test(text)) return text.length;
  measure ??= require("${WHOLE}").default;
  return measure(text, options);
}
`;

export const stringWidthWhenUsed = {
  name: "string-width-when-used",
  resolveId: {
    async handler(id, importer) {
      if (id !== "string-width" && id !== WHOLE) return undefined;
      const found = await this.resolve("string-width", importer?.replace(/\?.*$/, ""), { skipSelf: true });
      return id === WHOLE ? found : `${found.id}?when-used`;
    },
  },
  load: (id) => (id.endsWith("string-width/index.js?when-used") ? whenUsed : undefined),
};
