// Names of protobuf -> labels of WIT.

/** `GetProviderSchema`, `get_provider_schema` and `HTTP2Server` -> kebab-case; words that start with a digit join the one before. */
export function labelOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const label = words.reduce((text, word) => (text === "" || /^\d/.test(word) ? text + word : `${text}-${word}`), "");
  return /^[a-z]/.test(label) ? label : `x${label}`;
}

/** Labels for all names, each once: what would come twice gets `-x` behind it. */
export function uniqueLabels(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let label = labelOf(name);
    while (taken.has(label)) label += "-x";
    taken.add(label);
    return label;
  });
}
