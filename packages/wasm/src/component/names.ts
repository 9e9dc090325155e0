// The names of imports and exports -> their kind and parts (component-model Explainer.md, "Import and Export Definitions").

/** A name by its form. `label` is the part that must differ from all others in its scope, in lower case. */
export type NameParts =
  | { readonly kind: "label"; readonly label: string }
  | { readonly kind: "constructor"; readonly resource: string }
  | { readonly kind: "method" | "static"; readonly resource: string; readonly member: string }
  | { readonly kind: "interface"; readonly pkg: string; readonly name: string; readonly version: string | undefined }
  | { readonly kind: "dependency" };

const LABEL = /^(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:[a-z0-9]+|[A-Z0-9]+))*$/;
const WORDS = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const NUMBER = "(?:0|[1-9][0-9]*)";
const PRE = "(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)";
const BUILD = "[0-9a-zA-Z-]+";
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PRE}(?:\\.${PRE})*)?(?:\\+${BUILD}(?:\\.${BUILD})*)?$`,
);
const CANONICAL = /^(?:[1-9][0-9]*|0\.[1-9][0-9]*|0\.0\.[1-9][0-9]*|0\.0\.0)$/;

/** What is wrong with a name. */
export class NameFault {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

export function isSemver(text: string): boolean {
  return text.length <= 256 && SEMVER.test(text);
}

/** The parts of a name, or why it is none. */
export function parseExternName(name: string): NameParts | NameFault {
  const annotation = /^\[([a-z]*)\]/.exec(name);
  if (annotation !== null) return parseAnnotated(annotation[1] ?? "", name.slice(annotation[0].length));
  if (/^(?:url|locked-dep|unlocked-dep|integrity)=/.test(name)) return parseDependency(name);
  if (name.includes(":")) return parseInterface(name);
  return isLabel(name) ? { kind: "label", label: name } : notKebab(name);
}

function parseAnnotated(kind: string, rest: string): NameParts | NameFault {
  if (kind === "constructor") return isLabel(rest) ? { kind, resource: rest } : notKebab(rest);
  if (kind !== "method" && kind !== "static") return new NameFault(`\`[${kind}]\` is not a valid extern name`);
  const dot = rest.indexOf(".");
  if (dot < 0) return new NameFault(`failed to find \`.\` character in \`${rest}\``);
  const [resource, member] = [rest.slice(0, dot), rest.slice(dot + 1)];
  if (!isLabel(resource)) return notKebab(resource);
  return isLabel(member) ? { kind, resource, member } : notKebab(member);
}

/** `namespace:package/interface@version` */
export function parseInterface(name: string): NameParts | NameFault {
  const at = name.indexOf("@");
  const version = at < 0 ? undefined : name.slice(at + 1);
  const path = at < 0 ? name : name.slice(0, at);
  const slash = path.indexOf("/");
  const pkg = slash < 0 ? path : path.slice(0, slash);
  const names = pkg.split(":");
  if (names.length !== 2 || slash < 0) return new NameFault(`expected \`/\` after package name in \`${name}\``);
  for (const part of names) if (!WORDS.test(part)) return notKebab(part);
  const projection = path.slice(slash + 1);
  if (projection.includes("/")) {
    return new NameFault(`trailing characters found: \`${projection.slice(projection.indexOf("/"))}\``);
  }
  if (!isLabel(projection)) return notKebab(projection);
  if (version !== undefined && !isSemver(version) && !CANONICAL.test(version)) {
    return new NameFault(`\`${version}\` is not a valid version`);
  }
  return { kind: "interface", pkg, name: projection, version };
}

/** Names that earlier drafts had for what a package manager fetches: `url=<..>`, `locked-dep=<..>`, `integrity=<..>`. */
function parseDependency(name: string): NameParts | NameFault {
  const pkg = "[a-z][a-z0-9-]*:[a-z][a-z0-9-]*(?:\\/[a-z][a-z0-9-]*)?";
  const forms = [
    new RegExp("^url=<[^<>]*>(?:,integrity=<[^<>]+>)?$"),
    new RegExp(`^locked-dep=<${pkg}(@[^<>@]+)?>(?:,integrity=<[^<>]+>)?$`),
    new RegExp(`^unlocked-dep=<${pkg}(?:@(?:\\*|\\{(?:>=([^<> ]+))?(?: ?<([^<> ]+))?\\}))?>$`),
    new RegExp("^integrity=<(?:sha256|sha384|sha512)-[^<>]+>$"),
  ];
  for (const form of forms) {
    const match = form.exec(name);
    if (match === null) continue;
    const versions = match.slice(1).filter((text) => text !== undefined);
    const isFine = versions.every((text) => isSemver(text.replace(/^@/, "")));
    return isFine && !name.includes("{}") ? { kind: "dependency" } : new NameFault(`\`${name}\` has no valid semver`);
  }
  return new NameFault(`\`${name}\` is not a valid extern name`);
}

function notKebab(text: string): NameFault {
  return new NameFault(`\`${text}\` is not in kebab case`);
}

/** What must be unique among the names of one scope ("Name Uniqueness"). */
export function uniqueKey(name: string, parts: NameParts): string {
  switch (parts.kind) {
    case "constructor":
      return `[constructor]${parts.resource.toLowerCase()}`;
    case "method":
    case "static": {
      const [resource, member] = [parts.resource.toLowerCase(), parts.member.toLowerCase()];
      return resource === member ? resource : `${resource}.${member}`;
    }
    default:
      return name.toLowerCase();
  }
}

/** Whether a version suffix may stand behind the version of an interface name ("Canonical Interface Name"). */
export function isVersionSuffix(parts: NameParts, suffix: string): boolean {
  if (parts.kind !== "interface" || parts.version === undefined || !CANONICAL.test(parts.version)) return false;
  return isSemver(parts.version + suffix);
}
