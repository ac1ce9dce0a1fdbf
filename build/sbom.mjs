// A bill of materials in CycloneDX 1.6: what an audit of a project cannot see by itself, because it is bundled.

/**
 * @param product `{ name, version, license }`
 * @param packages `{ name, version, license }` of each that code is bundled of
 */
export function billOfMaterials(product, packages) {
  const components = packages.map(toComponent);
  const root = toComponent(product);
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: root },
    components,
    dependencies: [{ ref: root["bom-ref"], dependsOn: components.map((component) => component["bom-ref"]) }],
  };
}

function toComponent({ name, version, license }) {
  // A scope's @ is written %40 (package URL, type npm).
  const purl = `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
  const [, group, own = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  return {
    type: "library",
    "bom-ref": purl,
    ...(group !== undefined && { group }),
    name: own,
    version,
    licenses: [{ expression: license }],
    purl,
  };
}
