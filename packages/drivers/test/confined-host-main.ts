// A host with one plugin in a sandbox, which is then killed: `MARKER escape|hold`. Prints a line when the plugin has answered.
// `MARKER look` prints what the plugin sees, and ends.
import process from "node:process";
import { openConfined } from "./confined-host.ts";

const [marker = "", act] = process.argv.slice(2);
const { host, plugin } = await openConfined(marker, act === "escape" ? "trusted" : "contained");
if (act === "look") {
  console.log(await plugin.exports.acts.look());
  await host.close();
  process.exit(0);
}
await (act === "escape" ? plugin.exports.acts.escape() : plugin.exports.acts.hold());
console.log("ready");
setInterval(() => {}, 60_000);
