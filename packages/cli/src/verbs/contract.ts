// `tenon contract`: what can be said of a contract as a whole, and of how it changes.
import process from "node:process";
import type { Command } from "commander";
import { installedBoundaries, loadDriver } from "../call/drivers.ts";
import { fitAll, fitJson, fitText } from "../contract/fit.ts";
import { defineEvolution } from "../contract/verbs.ts";
import { readWorld, type WitSelection } from "../contract-source.ts";
import { EXIT } from "../exit.ts";
import { paintFor, say, sayJson } from "../terminal.ts";

interface FitOptions extends WitSelection {
  readonly boundary?: string;
}

export function define(command: Command, exit: (code: number) => void): void {
  command.addHelpText(
    "after",
    `
Examples:
  tenon contract fit contracts/builder
  tenon contract fit plugin.wit --boundary exec --json
  tenon contract diff contracts/builder/frozen/0.1.0 contracts/builder
  tenon contract freeze contracts/builder
  tenon contract check contracts/builder`,
  );
  defineEvolution(command, exit);
  command
    .command("fit")
    .description("show which boundaries can carry a contract, function by function, and why not")
    .argument("<wit>", "a WIT file, or a folder with *.wit files and deps/")
    .option("--json", "print one JSON document")
    .option("--world <name>", "the world, where the package has several")
    .option("--boundary <name>", "only this one; exit with 1 if it cannot carry the contract")
    .option("--features <names>", "turn on @unstable features, separated by commas")
    .option("--all-features", "turn on all of them")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      `
yes: values of the function cross. no: the boundary refuses the contract because of it. -: a host function that plugins
behind this boundary cannot call; the contract loads all the same. Nothing is loaded or run: the contract alone decides.

Examples:
  tenon contract fit contracts/builder
  tenon contract fit plugin.wit --world plugin
  tenon contract fit plugin.wit --boundary exec --json`,
    )
    .action(async (path: string, _options: FitOptions, sub: Command) => {
      const options = sub.optsWithGlobals<FitOptions & { readonly json?: boolean }>();
      const { contract } = readWorld(path, options);
      const names = options.boundary === undefined ? installedBoundaries() : [options.boundary];
      const fits = fitAll(contract, await Promise.all(names.map(loadDriver)));
      if (options.json) sayJson(fitJson(contract, fits));
      else say(fitText(contract, fits, paintFor(process.stdout)));
      if (options.boundary !== undefined && !fits.every(({ carries }) => carries)) exit(EXIT.failed);
    });
}
