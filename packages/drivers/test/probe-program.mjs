// The probe as a program: one function for each run, in the same JavaScript as everywhere.
import process from "node:process";
import plugin from "@tenon/verify/plugins/probe";

const [name, ...args] = process.argv.slice(2);
const { probe } = await plugin.create({ host: { listed: () => 7, unlisted: () => 0 } });
const value = await probe[name](...args.map((arg) => (/^(\d+|true|false)$/.test(arg) ? JSON.parse(arg) : arg)));
if (value !== undefined) process.stdout.write(String(value));
