// Runs every program in a fresh environment and prints one line for each.
import { standardEnvironment } from "./builtins";
import { Environment } from "./environment";
import { evaluate } from "./evaluator";
import { LIBRARY } from "./library";
import { print } from "./printer";
import { PROGRAMS } from "./programs";
import { Reader } from "./reader";
import { Failure, NIL, Value } from "./values";

// @ts-ignore: decorator
@external("env", "print")
declare function printLine(text: string): void;

function run(source: string, env: Environment): Value {
  const reader = new Reader(source);
  let result: Value = NIL;
  for (let next = reader.next(); next; next = reader.next()) {
    result = next instanceof Failure ? next : evaluate(next, env);
    if (result instanceof Failure) break;
  }
  return result;
}

export function main(): void {
  for (let i = 0; i < PROGRAMS.length; i++) {
    const env = new Environment(standardEnvironment());
    run(LIBRARY, env);
    printLine(PROGRAMS[i].name + " = " + print(run(PROGRAMS[i].source, env)));
  }
}
