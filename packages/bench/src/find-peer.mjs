// The name of an optional peer -> its module, or the reason on the terminal why its column stays empty.

/** It has a package of its own, because what it installs is heavy: jco alone brings 100 MB. */
const IMPORT = new URL("../peers/import.mjs", import.meta.url).href;

export async function findPeer(name) {
  const { default: importPeer } = await import(IMPORT);
  try {
    return await importPeer(name);
  } catch (thrown) {
    if (thrown.code !== "ERR_MODULE_NOT_FOUND") throw thrown;
    console.error(`no peer: ${name} is not installed; npm ci --prefix packages/bench/peers installs it`);
    return undefined;
  }
}
