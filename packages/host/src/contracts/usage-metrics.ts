// Counts of contracts -> the text that metric collectors read (OpenMetrics, and Prometheus' format before it).
import type { UsageReport } from "./usage.ts";

type Labels = Readonly<Record<string, string | undefined>>;

/** Two counters; `# EOF` is left to whoever puts this together with other metrics. Ends with a newline. */
export function usageMetrics({ contracts, deprecated }: UsageReport): string {
  const starts = contracts.map(({ plugin, contract, digest, verdict, starts: count }) =>
    sample("tenon_contract_starts", { plugin, contract, digest, verdict }, count),
  );
  const calls = deprecated.map(({ plugin, contract, path, item, removeAfter, calls: count }) =>
    sample("tenon_deprecated_calls", { plugin, contract, path, item, remove_after: removeAfter }, count),
  );
  return [
    ...family("tenon_contract_starts", "Starts of plugins, by the contract that they were built for.", starts),
    ...family(
      "tenon_deprecated_calls",
      "Calls of host functions that are deprecated or carry deprecated types.",
      calls,
    ),
  ].join("");
}

function family(name: string, help: string, samples: readonly string[]): readonly string[] {
  return samples.length === 0 ? [] : [`# HELP ${name} ${help}\n# TYPE ${name} counter\n`, ...samples];
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).flatMap(([key, text]) =>
    text === undefined ? [] : [`${key}="${escaped(text)}"`],
  );
  return `${name}_total{${pairs.join(",")}} ${value}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
